"""A module that is loaded late is the same for whoever uses it."""

from __future__ import annotations

import subprocess
import sys

import pytest

from crawler.reading.later import Later, load_later

NAME = "this_is_nowhere"

USED = """
import sys
from crawler.reading.pieces import pieces_of
pieces_of("<p>one</p>")
assert "soupsieve.css_parser" not in sys.modules
from bs4 import BeautifulSoup
assert BeautifulSoup("<p class=a>one</p><p>two</p>", "lxml").select_one("p.a").string == "one"
import soupsieve.css_match
assert soupsieve is sys.modules["soupsieve"]
"""


def test_selectors_are_there_as_soon_as_they_are_wanted() -> None:
    subprocess.run([sys.executable, "-c", USED], check=True)


def test_what_is_loaded_already_stays() -> None:
    load_later("sys")
    assert sys.modules["sys"] is sys


def test_what_is_not_there_is_said_when_it_is_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, NAME, Later(NAME))
    with pytest.raises(ModuleNotFoundError, match=NAME):
        sys.modules[NAME].anything  # noqa: B018
