"""What a harvest tells the process that started it, also when that is no longer there."""

from __future__ import annotations

import os
import sys

import pytest

from crawler.progress import tell


def test_a_parent_that_was_killed_is_told_nothing_and_nothing_fails(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    read, write = os.pipe()
    with os.fdopen(write, "w", encoding="utf-8") as stream:
        monkeypatch.setattr(sys, "__stdout__", stream)
        tell({"event": "begun"})
        assert os.read(read, 100) == b'{"event": "begun"}\n'
        os.close(read)
        tell({"event": "progress"})
        tell({"event": "failed"})
