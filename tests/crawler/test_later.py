"""A library that is loaded when it is first used, and no sooner."""

from __future__ import annotations

import subprocess
import sys

import pytest

from crawler.later import later

_SELECTED = """
import sys
from crawler.reading.pieces import pieces_of
assert pieces_of("<h2>Water</h2>").pieces == [("Water", True)]
assert "soupsieve.css_parser" not in sys.modules
from bs4 import BeautifulSoup
print(BeautifulSoup("<p>one</p><p class=a>two</p>", "lxml").select_one("p.a").string)
"""


def test_selectors_wait_until_somebody_selects() -> None:
    command = [sys.executable, "-W", "error", "-c", _SELECTED]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stdout == "two\n", done.stderr


def test_what_is_missing_is_missed_at_once() -> None:
    before = list(sys.meta_path)
    with pytest.raises(ModuleNotFoundError, match="no_such_library"), later("no_such_library"):
        import no_such_library  # type: ignore[import-not-found]  # noqa: F401, PLC0415
    assert sys.meta_path == before
