"""A harvest in a child process: whatever becomes of it, what was kept is sound and it is told."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from crawler import harvest
from storage.claim import claimed
from storage.database import open_database
from storage.domain import Harvest, Outcome
from storage.errors import BridgesError
from tests.crawler.conftest import Database
from tests.crawler.server import Answer, Asked, Server, page

NOW = datetime(2026, 11, 22, 9, 0, 0, 123456, tzinfo=UTC)
ROOT = Path(__file__).resolve().parents[2]
CHILD = (sys.executable, str(Path(__file__).with_name("child.py")))
REAL_CHILD = harvest.CHILD
UNREAD = "pages the spider could not read"
STATEMENTS = {
    "CREATE TABLE:5": 0,
    "INSERT INTO versions:5": 4,
    "INSERT INTO status_spans:9": 12,
}
"""Before which statement a harvest is killed, and how many calls are kept by then."""
MANNERLY = 15
"""Seconds within which a test's child must be gone, with other programs busy beside it."""


@pytest.fixture(autouse=True)
def child(monkeypatch: pytest.MonkeyPatch) -> None:
    """Harvest with the spiders of ``misbehaving``, and with less patience."""
    monkeypatch.setattr(harvest, "CHILD", CHILD)
    monkeypatch.setattr(harvest, "GRACE", 1)
    monkeypatch.setattr(harvest, "HURRY", 2)


@pytest.fixture
def pid_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the child writes which process it is."""
    place = tmp_path / "pid"
    monkeypatch.setenv("TEST_PID", str(place))
    return place


def run(source: str, database: Database, *, days: float = 0, **more: Any) -> Harvest:
    now = NOW + timedelta(days=days)
    found = harvest.run(source, database_url=database.url, now=now, log_level="CRITICAL", **more)
    assert found == database.last(source)
    assert database.is_sound()
    return found


def gone(pid: int) -> bool:
    """Whether the process has ended (nobody may be there to bury it)."""
    try:
        return f"{Path(f'/proc/{pid}/stat').read_text(encoding='ascii')}".split()[2] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True


def soon(what: Callable[[], bool]) -> bool:
    """Whether it comes true within ``MANNERLY`` seconds."""
    until = time.monotonic() + MANNERLY
    while not what():
        if time.monotonic() > until:
            return False
        time.sleep(0.05)
    return True


def test_a_good_harvest_is_whole_and_tells_how_far_it_is(database: Database) -> None:
    told: list[Mapping[str, Any]] = []
    found = run("good", database, on_progress=told.append)
    assert (found.outcome, found.complete, found.new) == (Outcome.OK, True, 30)
    assert found.started == NOW
    assert [event["items"] for event in told] == [25]


def test_a_harvest_elsewhere_asks_only_there_and_says_who_asks(
    database: Database, server: Server
) -> None:
    for number in range(5):
        server.tell(f"/{number}", page(f"Call {number}"))
    told: list[Mapping[str, Any]] = []
    found = run(
        "asks", database, at=server.url, contact="towns@example.org", limit=2,
        on_progress=told.append,
    )  # fmt: skip
    assert (found.outcome, found.complete, found.items) == (Outcome.OK, False, 2)
    assert server.paths() == ["/0", "/1"]
    assert all("towns@example.org" in one.headers["user-agent"] for one in server.asked)
    assert told[-1]["requests"] == 3
    assert database.call("asks:1").title == "Call 1"


@pytest.mark.parametrize(
    ("source", "kept", "reason"),
    [
        ("crashes", 10, "the harvest process ended early (exit code 7)"),
        ("hungry", 10, f"stopped early: the spider failed; {UNREAD}: 1 (MemoryError: 1)"),
        ("unborn", 0, "LookupError('no such page')"),
        ("miscounts", 30, "its books could not be written: "),
        ("crowded", 10, "the disk refused to write"),
    ],
)
def test_a_harvest_that_dies_is_told_and_keeps_what_it_had(
    source: str, kept: int, reason: str, database: Database
) -> None:
    found = run(source, database)
    assert (found.outcome, found.complete) == (Outcome.FAILED, False)
    assert found.reason.startswith(reason)
    assert len(database.references(source)) == kept
    assert len(database.recent(source)) == 1


def test_a_harvest_that_hangs_is_ended(
    database: Database, monkeypatch: pytest.MonkeyPatch, pid_file: Path
) -> None:
    monkeypatch.setattr(harvest, "LIMIT", 6)
    found = run("hangs", database)
    assert (found.outcome, found.complete) == (Outcome.FAILED, False)
    assert found.reason == "the harvest process ended early (killed by SIGKILL)"
    assert len(database.references("hangs")) == 10
    assert gone(int(pid_file.read_text(encoding="ascii")))


def test_a_harvest_that_dies_when_its_books_are_written_is_told_too(database: Database) -> None:
    found = run("crashes_late", database)
    assert found.reason == "the harvest process ended early (exit code 9)"
    assert [one.outcome for one in database.recent("crashes_late")] == [Outcome.FAILED, Outcome.OK]
    assert len(database.references("crashes_late")) == 30


def test_what_a_spider_prints_is_not_taken_for_a_message(
    database: Database, capfd: pytest.CaptureFixture[str]
) -> None:
    found = run("chatty", database)
    assert (found.outcome, found.new) == (Outcome.OK, 30)
    assert "just looking" in capfd.readouterr().err


def test_a_harvest_killed_before_any_statement_is_finished_by_the_next(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    database.path.unlink()  # the first is killed while it makes the tables
    for day, (statement, kept) in enumerate(STATEMENTS.items()):
        monkeypatch.setenv("TEST_STATEMENT", statement)
        killed = run("killed", database, days=day)
        assert killed.outcome is Outcome.FAILED
        assert killed.reason == "the harvest process ended early (killed by SIGKILL)"
        references = database.references("killed")
        assert references == [f"{number:02}" for number in range(kept)]
        for reference in references:
            call = database.call(f"killed:{reference}")
            assert (call.title, len(call.deadlines), call.version) == ("As published", 1, 1)
    monkeypatch.delenv("TEST_STATEMENT")
    found = run("killed", database, days=8)
    assert (found.outcome, found.complete) == (Outcome.OK, True)
    assert (found.new, found.unchanged, found.gone) == (18, 12, 0)
    monkeypatch.setenv("TEST_STATEMENT", "UPDATE harvests:2")  # as it writes its books
    assert run("killed", database, days=9).outcome is Outcome.FAILED
    assert len(database.references("killed")) == 30
    assert database.history("killed:00") == []


def test_a_harvest_killed_with_its_parent_leaves_what_was_kept_before(
    database: Database, monkeypatch: pytest.MonkeyPatch, pid_file: Path
) -> None:
    monkeypatch.setenv("TEST_GRACE", "1")
    parent = subprocess.Popen([sys.executable, "-c", PARENT, "endless", database.url, *CHILD],
                              cwd=ROOT)  # fmt: skip
    assert soon(lambda: pid_file.exists() and len(database.references("endless")) > 20)
    parent.kill()
    parent.wait()
    orphan = int(pid_file.read_text(encoding="ascii"))
    assert soon(lambda: gone(orphan))
    assert database.is_sound()
    last = database.last("endless")
    assert (last.outcome, last.complete) == (Outcome.FAILED, False)
    assert last.reason == "stopped early: it was told to stop"
    assert last.items == len(database.references("endless"))


def test_an_orphan_that_hangs_ends_itself(
    database: Database, monkeypatch: pytest.MonkeyPatch, pid_file: Path
) -> None:
    monkeypatch.setenv("TEST_GRACE", "0.5")
    parent = subprocess.Popen([sys.executable, "-c", PARENT, "hangs", database.url, *CHILD],
                              cwd=ROOT)  # fmt: skip
    assert soon(lambda: pid_file.exists() and len(database.references("hangs")) == 10)
    parent.kill()
    parent.wait()
    assert soon(lambda: gone(int(pid_file.read_text(encoding="ascii"))))
    assert database.is_sound()


PARENT = """
import sys
from datetime import UTC, datetime
from crawler import harvest
source, url, *harvest.CHILD = sys.argv[1:]
harvest.run(source, database_url=url, now=datetime.now(UTC), log_level="CRITICAL")
"""


def test_two_harvests_of_a_source_never_run_at_once(
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
    pid_file: Path,
    request: pytest.FixtureRequest,
) -> None:
    first = subprocess.Popen([sys.executable, "-c", PARENT, "endless", database.url, *CHILD],
                             cwd=ROOT)  # fmt: skip
    request.addfinalizer(first.kill)  # whatever fails, it must not run on
    assert soon(lambda: pid_file.exists() and len(database.references("endless")) > 20)
    running = int(pid_file.read_text(encoding="ascii"))
    monkeypatch.setenv("TEST_PATIENCE", "0.3")
    refused = harvest.run("endless", database_url=database.url, now=NOW)
    assert (refused.outcome, refused.items) == (Outcome.FAILED, 0)
    assert refused.reason == (
        "endless is being harvested by another program; wait until it is done"
    )
    assert run("good", database).outcome is Outcome.OK  # another source is free
    monkeypatch.setenv("TEST_PATIENCE", str(MANNERLY))
    os.kill(running, signal.SIGTERM)
    monkeypatch.setattr(harvest, "LIMIT", 2)
    run("endless", database)  # waits for the first to end, and goes on until told to stop
    assert first.wait(MANNERLY) == 0
    reasons = [one.reason for one in database.recent("endless")]
    assert len(reasons) == 2
    assert reasons[-1] == "stopped early: it was told to stop"  # not marked as killed by the others
    engine = open_database(database.url)
    with claimed(engine, "harvest-endless", patience=MANNERLY, refusal="it is still held"):
        pass  # free again, however the last one ended
    engine.dispose()


def test_a_caller_that_leaves_takes_the_harvest_along(database: Database, pid_file: Path) -> None:
    def leave(_: Mapping[str, Any]) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run("endless", database, on_progress=leave)
    assert gone(int(pid_file.read_text(encoding="ascii")))
    assert database.is_sound()
    assert database.last("endless").reason == "stopped early: it was told to stop"


def test_a_harvest_that_is_told_to_stop_closes_its_books(
    database: Database, pid_file: Path
) -> None:
    def stop(_: Mapping[str, Any]) -> None:
        os.kill(int(pid_file.read_text(encoding="ascii")), signal.SIGTERM)

    found = run("endless", database, on_progress=stop)
    assert (found.outcome, found.complete) == (Outcome.FAILED, False)
    assert found.reason == "stopped early: it was told to stop"
    assert found.items == found.new == len(database.references("endless")) >= 25


def test_a_child_that_cannot_even_begin_is_told(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(harvest, "CHILD", (sys.executable, "-c", "raise SystemExit(3)"))
    first = run("good", database)
    assert first.reason == "the harvest process ended early (exit code 3)"
    run("good", database)  # at the very same moment of a replayed clock
    assert len(database.recent("good")) == 2


def test_a_folder_with_our_names_is_not_mistaken_for_us(
    database: Database, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("storage", "crawler", "json"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text("raise SystemExit(5)", encoding="ascii")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(harvest, "CHILD", REAL_CHILD)
    found = run("eu_portal", database, at=server.url)
    assert "answered 404" in found.reason
    assert server.paths() == ["/search-api/prod/rest/search"] * 3


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("http://127.0.0.1:9000", ["127.0.0.1:9000"]),
        ("http://127.0.0.1", ["127.0.0.1:80"]),
        ("https://127.0.0.1/folder", ["127.0.0.1:443"]),
        ("http://[::1]:9000/", ["::1:9000"]),
        ("http://10.0.0.7:8080", ["10.0.0.7:8080"]),
    ],
)
def test_exactly_the_address_that_was_named_is_allowed(url: str, allowed: list[str]) -> None:
    settings = harvest.crawl_settings({"at": url}, ("funding.example.eu",))
    assert settings["GUARD_ALLOW"] == allowed
    assert settings["SEND_TO"] == url
    assert settings["SEND_TO_HOSTS"] == ["funding.example.eu"]
    assert ("DOWNLOAD_DELAY" in settings) == ("10.0.0.7" not in url)
    assert ("AUTOTHROTTLE_ENABLED" in settings) == ("10.0.0.7" not in url)
    if "DOWNLOAD_DELAY" in settings:
        assert settings["DOWNLOAD_DELAY"] > 0


def test_without_a_stand_in_nothing_private_is_allowed_and_nothing_hurried() -> None:
    settings = harvest.crawl_settings({"at": None}, ("funding.example.eu",))
    assert not {"GUARD_ALLOW", "SEND_TO", "DOWNLOAD_DELAY", "RETRY_BACKOFF"} & settings.keys()


def test_an_address_that_is_none_is_refused() -> None:
    with pytest.raises(BridgesError, match="cannot be found"):
        harvest.crawl_settings({"at": "http://no.such.host.invalid"}, ())


def test_every_source_can_be_named_and_loaded() -> None:
    assert "eu_portal" in harvest.spider_names()
    assert harvest.load_spider("eu_portal").hosts


def scrapy(*words: str, environ: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "scrapy", *words],
        cwd=ROOT, env={**os.environ, **environ}, capture_output=True, text=True, check=False,
        timeout=90,
    )  # fmt: skip


def test_scrapy_itself_knows_the_sources() -> None:
    listed = scrapy("list", environ={})
    assert listed.returncode == 0
    assert listed.stdout.split() == harvest.spider_names()


def options(**settings: Any) -> list[str]:
    return [word for name, value in settings.items() for word in ("-s", f"{name}={value}")]


def test_scrapy_itself_can_harvest_a_source(database: Database, server: Server) -> None:
    empty = '{"apiVersion": "2", "results": [], "totalResults": 0, "pageNumber": 1}'
    one = empty.replace("[]", f"[{ROW}]").replace('"totalResults": 0', '"totalResults": 1')

    def search(asked: Asked) -> Answer:
        return page(one if b'"1"' in asked.body else empty, Content_Type="application/json")

    server.tell("/search-api/prod/rest/search", search)
    done = scrapy(
        "crawl", "eu_portal",
        *options(
            SEND_TO=server.url,
            SEND_TO_HOSTS="api.tech.ec.europa.eu",
            GUARD_ALLOW=f"127.0.0.1:{server.port}",
            DOWNLOAD_DELAY=0.001,
            AUTOTHROTTLE_START_DELAY=0.001,
            LOG_LEVEL="WARNING",
        ),
        environ={"BRIDGES_CONTACT": "clerk@example.org"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert database.references("eu_portal") == ["TOWN-2027-1"]
    assert server.asked[-1].headers["user-agent"].endswith("(+mailto:clerk@example.org)")


STOCK = "scrapy.core.downloader.handlers.http11.HTTP11DownloadHandler"


def test_the_way_back_to_the_reactor_is_open(database: Database, server: Server) -> None:
    for number in range(3):
        server.tell(f"/{number}", page(status=503), page(f"Call {number}"))
    handlers = dict.fromkeys(["http", "https"], STOCK) | dict.fromkeys(["file", "ftp", "data"])
    done = scrapy(
        "crawl", "direct",
        *options(
            SPIDER_MODULES="tests.crawler.misbehaving",
            TWISTED_REACTOR_ENABLED=True,
            DOWNLOAD_HANDLERS=json.dumps(handlers),
            GUARD_ALLOW=f"127.0.0.1:{server.port}",
            DOWNLOAD_DELAY=0.001,
            AUTOTHROTTLE_START_DELAY=0.001,
            RETRY_BACKOFF=0.01,
            LOG_LEVEL="WARNING",
        ),
        environ={"TEST_URL": server.url},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found = database.last("direct")
    assert (found.outcome, found.new, found.requests) == (Outcome.OK, 3, 7)
    assert database.call("direct:2").title == "Call 2"
    assert server.paths() == ["/0", "/0", "/1", "/1", "/2", "/2"]


ROW = """{"reference": "1", "url": "https://example.eu", "metadata": {"type": ["1"],
"status": ["31094502"], "DATASOURCE": ["SEDIA"], "language": ["en"],
"identifier": ["TOWN-2027-1"], "title": ["Towns"], "deadlineDate": ["2027-03-31T00:00:00+0000"],
"deadlineModel": ["single-stage"]}}""".replace("\n", " ")
