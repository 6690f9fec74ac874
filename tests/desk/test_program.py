"""The program as a whole: exit codes, its clock, help, and what it does when things break."""

from __future__ import annotations

import json
import os
import shlex
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import click
import pytest

from desk.cli import program
from tests.desk.making import STATED, House, call

BRIDGES = (sys.executable, "-m", "desk")
REPOSITORY = Path(__file__).resolve().parents[2]


def run(house: House, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
    """Run the program in a process of its own."""
    return subprocess.run(
        [*BRIDGES, *words],
        env=environment(house, **more),
        cwd=house.folder,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )


def environment(house: House, **more: str) -> dict[str, str]:
    plain = {name: value for name, value in os.environ.items() if not name.startswith("BRIDGES_")}
    ours = {name: value for name, value in house.environment.items() if value is not None}
    return {**plain, **ours, "PYTHONPATH": str(REPOSITORY), "PYTHONUTF8": "1", **more}


def commands(group: click.Group, *above: str) -> list[tuple[str, ...]]:
    found: list[tuple[str, ...]] = []
    for name, command in group.commands.items():
        found.append((*above, name))
        if isinstance(command, click.Group):
            found += commands(command, *above, name)
    return found


@pytest.mark.parametrize("words", commands(program), ids=" ".join)
def test_every_command_has_help_and_json(house: House, words: tuple[str, ...]) -> None:
    result = house.ask(*words, "--help")
    assert result.exit_code == 0
    groups = {"calls", "partnerships", "digest", "recipients", "bounces"}
    assert "--json" in result.stdout or (len(words) == 1 and words[0] in groups)
    assert len(result.stdout.splitlines()) > 4


def test_answers_and_notes_are_kept_apart(house: House) -> None:
    house.keep(call())
    done = run(house, "--now", STATED, "calls", "find", "--json")
    assert done.returncode == 0
    assert json.loads(done.stdout)["id"] == "officer:2026-7"
    assert done.stderr == "Calls, by deadline: 1 call\n"


def test_a_reader_that_leaves_is_no_failure(house: House) -> None:
    house.keep(*[call(str(number), summary="word " * 2000) for number in range(200)])
    with subprocess.Popen(
        [*BRIDGES, "calls", "find", "--json", "--limit", "0"],
        env=environment(house),
        cwd=house.folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    ) as child:
        assert child.stdout is not None
        assert child.stderr is not None
        assert child.stdout.readline().startswith("{")
        child.stdout.close()
        told = child.stderr.read()
    assert child.returncode == 0
    assert "Error" not in told
    assert "Traceback" not in told
    assert "Broken" not in told


@pytest.mark.usefixtures("ctrl_c")
def test_ctrl_c_ends_quietly(house: House) -> None:
    house.keep(call())
    pipe = house.folder / "waiting.ndjson"
    os.mkfifo(pipe)
    with subprocess.Popen(
        [*BRIDGES, "calls", "import", str(pipe)],
        env=environment(house),
        cwd=house.folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as child:
        with pipe.open("w") as writer:  # returns when the program has opened the other end
            time.sleep(0.1)
            child.send_signal(signal.SIGINT)
            child.wait(timeout=30)
            del writer
        assert child.stderr is not None
        told = child.stderr.read()
    assert child.returncode == 130
    assert "Traceback" not in told


def test_help_loads_nothing_that_takes_long() -> None:
    heavy = "sqlalchemy|pydantic|rich|scrapy|openpyxl|icalendar|yaml|torch|numpy"
    check = (
        f"import sys, re, desk.cli; print([m for m in sys.modules if re.match('({heavy})$', m)])"
    )
    done = subprocess.run(
        [sys.executable, "-c", check],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "[]\n"


def test_an_encoding_without_our_letters_is_no_failure(house: House) -> None:
    house.keep(call(title="Вода"))
    done = run(house, "calls", "find", PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert done.returncode == 0
    assert "\\u0412" in done.stdout


@pytest.mark.parametrize(
    "now", ["2026-11-22", "2026-11-22T10:00", "yesterday", "", "0001-01-01T00:00+14:00"]
)
def test_a_moment_needs_its_offset(house: House, now: str) -> None:
    result = house.ask("calls", "find", now=None)
    assert result.exit_code == 0
    result = house.ask("--now", now, "calls", "find", now=None)
    assert result.exit_code == 2
    assert "2026-12-01T09:00+02:00" in result.stderr


def test_now_replaces_the_clock(house: House) -> None:
    house.keep(call())
    statuses = {
        now: json.loads(house.ask("calls", "find", "--json", now=now).stdout)["status"]
        for now in ("2026-12-01T09:00+02:00", "2026-12-20T09:00Z", "2027-01-01T00:00-05:00")
    }
    assert list(statuses.values()) == ["open", "closing", "closed"]


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (("cals",), "nearest: calls"),
        (("calls", "fnd"), "nearest: find"),
        (("calls", "find", "--statsu", "open"), "--status"),
        (("calls", "find", "--status", "opne"), "nearest: open"),
        (("calls", "find", "--applicant", "local_autority"), "local_authority"),
        (("calls", "find", "--country", "UK"), "did you mean GB?"),
        (("calls", "find", "--region", "Lublin"), "UA-59"),
        (("calls", "find", "--closing-within", "soon"), "30d"),
        (("calls", "find", "--new-since", "monday"), "2026-11-30"),
        (("calls", "find", "--format", "pdf"), "table"),
        (("calls", "find", "--limit", "-1"), "limit"),
        (("calls", "find", "--limit", "99999999999999999999"), "limit"),
        (("calls", "find", "--source", "eu_protal"), "nearest: eu_portal"),
        (("calls", "find", "--partnership", "x"), "no partnership 'x'"),
        (("calls", "find", "--sort", "relevance"), "--partnership"),
        (("calls", "show", "officer:2026-8"), "nearest: officer:2026-7"),
        (("sources", "eu_protal"), "nearest: eu_portal"),
        (("sources", "zzz"), "no source 'zzz'; one of: aides_territoires, bdns, "),
        (("sources", "confirm", "eu_protal"), "nearest: eu_portal"),
        (("crawl", "eu_protal"), "nearest: eu_portal"),
        (("crawl", "--at", "eu_portal"), "SOURCE=URL"),
        (("crawl", "--at", "eu_portal=ftp://x"), "SOURCE=URL"),
        (("crawl", "--limit", "0"), "limit"),
        (("calls", "import"), "FILE"),
    ],
)
def test_wrong_usage_is_2_and_names_the_nearest(
    house: House, words: tuple[str, ...], hint: str
) -> None:
    house.keep(call())
    result = house.ask(*words)
    assert result.exit_code == 2
    assert hint in result.stderr
    assert result.stdout == ""


@pytest.mark.parametrize(
    ("name", "value", "hint"),
    [
        ("BRIDGES_DATABSE_URL", "x", "BRIDGES_DATABASE_URL"),
        ("BRIDGES_CONTACT", "nobody", "e-mail"),
    ],
)
def test_a_wrong_setting_is_2_in_one_line(house: House, name: str, value: str, hint: str) -> None:
    house.environment[name] = value
    result = house.ask("calls", "find")
    assert result.exit_code == 2
    assert name in result.stderr
    assert hint in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_an_argument_that_is_no_text_is_refused_in_one_line(house: House) -> None:
    house.keep(call())
    cases = ((("calls", "show", "officer:\udcff"), 2), (("calls", "find", "--source", "\udcff"), 1))
    for words, code in cases:
        result = house.ask(*words)
        assert result.exit_code == code
        assert len(result.stderr.splitlines()) == 1
        assert result.stderr.startswith("Error: ")


def test_a_file_that_is_no_database_is_1_in_one_line(house: House) -> None:
    (house.folder / "bridges.db").write_text("not a database at all, but long enough" * 50)
    result = house.ask("calls", "find")
    assert result.exit_code == 1
    assert len(result.stderr.splitlines()) == 1
    assert "not a database" in result.stderr


def test_the_unforeseen_is_one_line_and_a_traceback_on_request(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("a mistake\n\x1b[31mof ours")

    monkeypatch.setattr("storage.settings.load_settings", broken)
    result = house.ask("calls", "find")
    assert result.exit_code == 1
    assert len(result.stderr.splitlines()) == 1
    assert "ZeroDivisionError: a mistake of ours" in result.stderr
    assert "--debug" in result.stderr
    assert "Traceback" in house.ask("--debug", "calls", "find").stderr


def test_version(house: House) -> None:
    assert house.answer("--version").startswith("bridges ")


def test_a_database_of_a_later_release_is_refused_in_one_line(house: House) -> None:
    house.keep(call())
    with sqlite3.connect(house.folder / "bridges.db") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    result = house.ask("calls", "find")
    assert result.exit_code == 1
    assert len(result.stderr.splitlines()) == 1
    assert "newer program" in result.stderr


@pytest.mark.parametrize("form", ["table", "json", "csv", "xlsx", "ics", "atom"])
def test_a_full_disk_is_one_line(house: House, form: str) -> None:
    house.keep(call())
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [*BRIDGES, "calls", "find", "--format", form],
            env=environment(house),
            cwd=house.folder,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == 1
    question, told = done.stderr.splitlines()
    assert question == "Calls, by deadline: 1 call"
    assert told == "Error: No space left on device; free some space and try again"


def test_a_closed_stdout_is_no_failure(house: House) -> None:
    house.keep(call())
    shell = ["sh", "-c", f"exec {shlex.join(BRIDGES)} calls find >&-"]
    done = subprocess.run(
        shell, env=environment(house), cwd=house.folder, stderr=subprocess.PIPE, check=False
    )
    assert done.returncode == 0
    assert b"Traceback" not in done.stderr


def test_a_place_that_refuses_is_told_with_what_to_do(house: House, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    result = house.ask("demo", "--out", str(tmp_path / "file" / "demo"))
    assert result.exit_code == 1
    assert result.stderr.endswith("; make the folder first, or name another place\n")
    assert "Traceback" not in result.stderr
