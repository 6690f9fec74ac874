"""A new source as the command writes it: it runs as it is, and passes every test of the house."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from desk.cli import program
from desk.new_source import KINDS, files
from storage.errors import BridgesError

HOUSE = Path(__file__).resolve().parents[2]
COPIED = (
    "alerts", "classifier", "crawler", "desk", "spiders", "storage",
    "tests/crawler", "tests/spiders", "tests/test_house.py", "pyproject.toml", "scrapy.cfg",
)  # fmt: skip


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project's own folder, in a place where new files harm nobody."""
    place = tmp_path_factory.mktemp("copy")
    for name in COPIED:
        here, there = HOUSE / name, place / name
        if here.is_dir():
            left = shutil.ignore_patterns("__pycache__", "locale", "*.safetensors", "*.png")
            shutil.copytree(here, there, ignore=left)
        else:
            shutil.copy(here, there)
    return place


def in_copy(copy: Path, *words: str) -> str:
    environment = {name: text for name, text in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        [sys.executable, *words],
        cwd=copy,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_every_kind_runs_as_written(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(copy)
    monkeypatch.delenv("PYTHONPATH", raising=False)
    told = CliRunner().invoke(program, ["new-source", "new_html", "--kind", "html"])
    assert told.exit_code == 0, told.output
    assert all((copy / place).is_file() for place in told.stdout.split())
    assert "tests/golden/new_html.json" in told.stdout
    names = [f"new_{kind}" for kind in KINDS]
    for name, kind in zip(names, KINDS, strict=True):
        if kind != "html":
            for place, words in files(name, kind, language="uk").items():
                (copy / place).parent.mkdir(parents=True, exist_ok=True)
                (copy / place).write_text(words, encoding="utf-8")
    in_copy(copy, "-m", "tests.spiders.record", *names[1:])
    tests = [f"tests/spiders/test_{name}.py" for name in names]
    in_copy(copy, "-m", "ruff", "check", "spiders", *tests)
    in_copy(copy, "-m", "ruff", "format", "--check", "spiders", *tests)
    passed = in_copy(
        copy, "-m", "pytest", "-p", "no:xdist", "-p", "no:cacheprovider", "-k", " or ".join(names),
        *tests, "tests/spiders/test_golden.py", "tests/test_house.py",
    )  # fmt: skip
    assert passed.count(".") >= 5 * len(names), passed


def test_nothing_that_exists_is_overwritten(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(copy)
    before = (copy / "spiders/eu_portal.py").read_bytes()
    told = CliRunner().invoke(program, ["new-source", "eu_portal", "--kind", "feed"])
    assert told.exit_code == 1
    assert "spiders/eu_portal.py is there already" in told.stderr
    assert (copy / "spiders/eu_portal.py").read_bytes() == before
    assert not (copy / "tests/samples/eu_portal").exists()


def test_elsewhere_than_in_the_project_nothing_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    told = CliRunner().invoke(program, ["new-source", "agency", "--kind", "html"])
    assert told.exit_code == 1
    assert "not the project's folder" in told.stderr
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "Agency"}, {"name": "class"}, {"name": "../agency"}, {"name": "new-agency"},
        {"site": "agency.example.eu"}, {"site": "https://agency.example.eu/calls"},
        {"site": "file:///etc"}, {"language": "Ukrainian"}, {"language": "ua"},
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(BridgesError, match=r"cannot name|not the address|not a language"):
        files(**({"name": "agency", "kind": "html"} | wrong))
