"""Every benchmark still runs, at a tiny size; how fast it is says nothing here."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

HOUSE = Path(__file__).resolve().parent.parent
BENCHMARKS = sorted(
    path.stem
    for path in (HOUSE / "benchmarks").glob("*.py")
    if "Board(" in path.read_text(encoding="utf-8") and path.stem != "__init__"
)


def test_there_are_benchmarks() -> None:
    assert len(BENCHMARKS) >= 5


@pytest.mark.parametrize("name", BENCHMARKS)
def test_a_benchmark_runs(name: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", f"benchmarks.{name}", "--quick"],
        cwd=HOUSE,
        env={key: value for key, value in os.environ.items() if not key.startswith("BRIDGES_")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    assert re.search(r"target .*: not judged", done.stdout), done.stdout


@pytest.mark.parametrize("name", BENCHMARKS)
def test_a_benchmark_is_written_down(name: str) -> None:
    written = (HOUSE / "docs/benchmarks.md").read_text(encoding="utf-8")
    assert f"python -m benchmarks.{name}" in written
