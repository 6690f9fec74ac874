"""What is in ``deploy/`` and ``docs/operating.md`` fits the program it belongs to."""

from __future__ import annotations

import configparser
import re
from pathlib import Path

import pytest

from alerts.children import HURRY
from alerts.scheduler import LEAVING
from desk.cli import program
from storage.settings import Settings, load_settings

HOUSE = Path(__file__).resolve().parent.parent
DEPLOY = HOUSE / "deploy"
VARIABLE = re.compile(r"\b(BRIDGES_[A-Z_]+)=")


def unit(name: str) -> configparser.ConfigParser:
    parsed = configparser.ConfigParser(strict=False, interpolation=None)
    parsed.optionxform = str  # type: ignore[assignment,method-assign]
    parsed.read(DEPLOY / name, encoding="utf-8")
    return parsed


@pytest.mark.parametrize("name", ["bridges.env.example", "Containerfile", "../docs/operating.md"])
def test_only_settings_that_exist_are_named(name: str) -> None:
    known = {f"BRIDGES_{one.upper()}" for one in Settings.model_fields}
    found = set(VARIABLE.findall((DEPLOY / name).read_text(encoding="utf-8")))
    assert found
    assert found <= known


def test_the_example_of_the_settings_can_be_read() -> None:
    lines = (DEPLOY / "bridges.env.example").read_text(encoding="utf-8").splitlines()
    pairs = dict(one.split("=", 1) for one in lines if one and not one.startswith("#"))
    assert load_settings(pairs).operator_port == 9711


@pytest.mark.parametrize(
    ("name", "words"), [("bridges.service", ["run"]), ("bridges-once.service", ["run", "--once"])]
)
def test_the_services_start_what_there_is(name: str, words: list[str]) -> None:
    command, *rest = unit(name)["Service"]["ExecStart"].split()
    assert command.endswith("/.venv/bin/bridges")
    assert rest == words
    options = {option for one in program.commands["run"].params for option in one.opts}
    assert set(rest[1:]) <= options


def test_both_services_are_equally_shut_in() -> None:
    one, other = (
        dict(unit(name)["Service"]) for name in ("bridges.service", "bridges-once.service")
    )
    differing = {name for name in one | other if one.get(name) != other.get(name)}
    assert differing == {
        "ExecStart",
        "Restart",
        "RestartPreventExitStatus",
        "RestartSec",
        "TimeoutStartSec",
        "Type",
    }
    assert other["ProtectSystem"] == "strict"


def test_a_service_is_given_more_than_its_ten_seconds_to_end() -> None:
    assert HURRY < LEAVING <= 10 < int(unit("bridges.service")["Service"]["TimeoutStopSec"])
