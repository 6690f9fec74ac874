"""A house of its own for every test of the desk."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.desk.making import House


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> House:
    monkeypatch.chdir(tmp_path)
    return House(tmp_path)
