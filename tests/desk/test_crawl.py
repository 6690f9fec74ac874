"""``bridges crawl`` and ``bridges sources`` against the sample portal, over real HTTP."""

from __future__ import annotations

import contextlib
import json
import signal
import socket
import subprocess
from collections.abc import Iterator
from datetime import timedelta

import pytest

from desk.demo.portal import PortalSite
from desk.demo.portal_records import records
from desk.harvest_words import gaps, sentence
from storage.domain import Harvest, Outcome
from tests.desk.making import NOW, STATED, House
from tests.desk.test_program import BRIDGES, environment


@pytest.fixture
def portal() -> Iterator[tuple[PortalSite, str]]:
    site = PortalSite(records(NOW))
    with site.serve() as url:
        yield site, f"eu_portal={url}"


def test_a_harvest_is_told_on_one_line_and_the_next_is_unchanged(
    house: House, portal: tuple[PortalSite, str]
) -> None:
    _, at = portal
    first = house.ask("crawl", "eu_portal", "--at", at)
    assert first.exit_code == 0
    assert first.stdout.startswith("eu_portal  ok  ")
    assert " 0 changed, 0 unchanged, 0 gone, in " in first.stdout
    assert first.stderr == ""
    (second,) = house.lines("crawl", "eu_portal", "--at", at, "--json")
    assert second["outcome"] == "ok"
    assert (second["new"], second["changed"]) == (0, 0)
    assert second["unchanged"] == second["items"] > 20
    assert second["complete"] is True


def test_a_limit_is_kept_and_concludes_nothing(
    house: House, portal: tuple[PortalSite, str]
) -> None:
    _, at = portal
    (harvest,) = house.lines("crawl", "eu_portal", "--at", at, "--limit", "3", "--json")
    assert harvest["items"] == 3
    assert harvest["complete"] is False


def test_a_dead_source_fails_with_the_reason(house: House) -> None:
    result = house.ask("crawl", "eu_portal", "--at", "eu_portal=http://127.0.0.1:9")
    assert result.exit_code == 1
    assert result.stdout.startswith("eu_portal  failed: ")
    assert "what was kept before is untouched" in result.stdout
    assert len(result.stdout.splitlines()) == 1
    told = house.answer("sources")
    assert "failed" in told
    doctor = house.ask("doctor", "--json")
    assert doctor.exit_code == 1
    (source,) = [one for one in map(json.loads, doctor.stdout.splitlines()) if one["check"] == "source eu_portal"]  # fmt: skip  # noqa: E501
    assert source["state"] == "fail"
    assert "bridges crawl eu_portal" in source["do"]


def test_no_visit_is_made_when_the_database_cannot_be_opened(
    house: House, portal: tuple[PortalSite, str]
) -> None:
    site, at = portal
    (house.folder / "bridges.db").write_bytes(b"no database" * 999)
    result = house.ask("crawl", "eu_portal", "--at", at)
    assert result.exit_code == 1
    assert len(result.stderr.splitlines()) == 1
    assert not site.requests


def test_at_for_a_source_that_is_not_crawled(house: House) -> None:
    result = house.ask("crawl", "--at", "eu_portal=http://[bad")
    assert result.exit_code == 2


def test_sources_before_and_after_a_harvest(house: House, portal: tuple[PortalSite, str]) -> None:
    before = house.answer("sources")
    assert "eu_portal" in before
    assert "never" in before
    assert "unproven" in before
    assert "Never harvested" in house.answer("sources", "eu_portal")
    house.ask("crawl", "eu_portal", "--at", portal[1])
    assert "just now" in house.answer("sources")
    page = house.answer("sources", "eu_portal")
    assert "Publisher: European Commission." in page
    assert "This source is unproven." in page
    assert "Its last harvest:" in page
    assert "opening day 100%" in page
    assert "words." not in page
    assert "is now proven by an operator on Sun 22 Nov 2026" in house.answer(
        "sources", "confirm", "eu_portal"
    )
    assert "This source is proven by an operator on Sun 22 Nov 2026." in house.answer(
        "sources", "eu_portal"
    )
    (record,) = [one for one in house.lines("sources", "--json") if one["source"] == "eu_portal"]
    assert record["proven_by"] == "operator"
    (one,) = house.lines("sources", "eu_portal", "--json")
    assert house.lines("sources", "--json", "eu_portal") == [one]
    assert len(one["recent"]) == 1


def test_sources_are_legible_on_a_narrow_terminal(house: House) -> None:
    told = [line.rstrip() for line in house.answer("sources", columns=60).splitlines()]
    assert "bdns                 never, unproven" in told
    assert "                     needs BRIDGES_AIDES_TERRITOIRES_KEY" in told
    assert max(map(len, told)) <= 60


def test_confirming_what_was_never_harvested_is_noted(house: House) -> None:
    result = house.ask("sources", "confirm", "eu_portal")
    assert result.exit_code == 0
    assert "never harvested here" in result.stderr
    assert "bridges crawl eu_portal" in result.stderr


def harvest(**said: object) -> Harvest:
    given: dict[str, object] = {
        "source": "eu_portal",
        "started": NOW,
        "finished": NOW + timedelta(seconds=84),
        "items": 1187,
        "new": 12,
        "changed": 3,
        "unchanged": 1172,
        "outcome": Outcome.OK,
    }
    return Harvest(**{**given, **said})  # type: ignore[arg-type]


def test_a_harvest_in_a_sentence() -> None:
    counts = "1,187 calls: 12 new, 3 changed, 1,172 unchanged, 0 gone, in 84 s"
    assert sentence(harvest()) == f"ok  {counts}"
    degraded = harvest(outcome=Outcome.DEGRADED, reason="type 2: 3 rows\ncame \x1b[2Jtwice")
    assert sentence(degraded) == f"degraded  {counts}: type 2: 3 rows came twice"
    failed = harvest(outcome=Outcome.FAILED, items=0, reason="answered 500")
    assert sentence(failed) == "failed: answered 500 (what was kept before is untouched)"
    assert (
        sentence(harvest(outcome=Outcome.FAILED, reason="killed")) == f"failed: killed ({counts})"
    )
    assert "still running" in sentence(harvest(finished=None, outcome=None))


def test_gaps_are_what_was_unreadable_and_what_was_lost() -> None:
    before = harvest(coverage={"deadlines": 0.98, "url": 1.0})
    now = harvest(coverage={"deadlines": 0.6, "url": 0.9}, unreadable={"opens_on": 3})
    assert list(gaps(now, before)) == [
        "opening day unreadable in 3 calls",
        "deadlines in 60% of calls, 98% before",
    ]
    assert list(gaps(now, None)) == ["opening day unreadable in 3 calls"]


def test_the_moment_of_a_harvest_is_the_stated_one(
    house: House, portal: tuple[PortalSite, str]
) -> None:
    (told,) = house.lines("crawl", "eu_portal", "--at", portal[1], "--json")
    assert told["started"].startswith(STATED[:19])


@pytest.mark.usefixtures("ctrl_c")
def test_ctrl_c_leaves_no_crawl_behind(house: House) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        with subprocess.Popen(
            [*BRIDGES, "crawl", "eu_portal", "--at", f"eu_portal=http://127.0.0.1:{port}"],
            env=environment(house),
            cwd=house.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as child:
            connection, _ = silent.accept()  # the crawl is waiting for an answer now
            child.send_signal(signal.SIGINT)
            told, noted = child.communicate(timeout=60)
            connection.settimeout(60)
            with contextlib.suppress(ConnectionResetError):
                while connection.recv(65536):  # ends when the crawl is gone
                    pass
            connection.close()
    assert child.returncode == 130
    assert told == ""
    assert "Traceback" not in noted
    assert "Stopped" in noted
