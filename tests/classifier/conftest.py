"""What the tests of the classifier share: the real rules, and copies an officer has edited."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from classifier.programmes import FOLDER, Rules, load_rules
from crawler.reading.eligibility.vocabulary import COUNTRY_GROUPS


@pytest.fixture(scope="session")
def rules() -> Rules:
    return load_rules()


@pytest.fixture
def edited(tmp_path: Path) -> Callable[..., Path]:
    """A copy of the rules with one piece of one file replaced, as an officer's hand might."""

    def edit(file: str, old: str, new: str, count: int = 1) -> Path:
        folder = tmp_path / "rules"
        shutil.copytree(FOLDER, folder)
        shutil.copy(COUNTRY_GROUPS, folder)
        path = folder / file
        text = path.read_text(encoding="utf-8")
        assert old in text, f"{old!r} is not in {file}"
        path.write_text(text.replace(old, new, count), encoding="utf-8")
        return folder

    return edit
