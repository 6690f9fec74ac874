"""The letters to one address: stopped, let go again, shown to its owner, erased, pruned."""

from __future__ import annotations

import contextlib
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from storage.columns import Row
from storage.letters import Letter, LetterState, Posted
from storage.preferences import forget_preferences
from storage.recipients import State, address_key, put
from storage.records import moment_to_json
from storage.schema import answers, bounces, letters, preferences, recipients, suppressions, told

STOPPED = "not sent: its recipient left before it was"
ERASED = "erased at the wish of its recipient"
SUPERSEDED = "not sent: it waited so long that a newer one went instead"

RELEASE = timedelta(days=3)
"""How old a stopped letter may be to be sent after all, when its recipient comes back."""

_WAITING = [LetterState.PENDING.value, LetterState.RETRY.value]
_SETTLED = [LetterState.SENT.value, LetterState.FAILED.value]


def stop_letters(connection: sa.Connection, key: str, now: datetime) -> int:
    """Keep letters that wait from going out to an address (its hash); returns how many."""
    rows = (
        sa.update(letters)
        .where(letters.c.recipient == key, letters.c.state.in_(_WAITING))
        .values(state=LetterState.FAILED.value, state_at=now, lease=None, reason=STOPPED)
    )
    return connection.execute(rows).rowcount


def supersede(connection: sa.Connection, key: str, kind: str, now: datetime) -> int:
    """Keep waiting letters of a kind from an address, as a newer one is being written; how many."""
    rows = (
        sa.update(letters)
        .where(
            letters.c.recipient == key,
            letters.c.kind == kind,
            letters.c.state.in_(_WAITING),
        )
        .values(state=LetterState.FAILED.value, state_at=now, lease=None, reason=SUPERSEDED)
    )
    return connection.execute(rows).rowcount


def release_letters(connection: sa.Connection, key: str, now: datetime) -> int:
    """Let letters wait again that were stopped; those that are old by now stay stopped."""
    rows = (
        sa.update(letters)
        .where(
            letters.c.recipient == key,
            letters.c.state == LetterState.FAILED.value,
            letters.c.reason == STOPPED,
            letters.c.created > now - RELEASE,
        )
        .values(state=LetterState.PENDING.value, state_at=now, due=now, reason="")
    )
    return connection.execute(rows).rowcount


def letters_to(connection: sa.Connection, key: str) -> list[Posted]:
    """Return the letters to an address (its hash) without their texts, oldest first."""
    query = sa.select(letters).where(letters.c.recipient == key, letters.c.address != "")
    return [
        Posted(
            id=row.id,
            key=row.key,
            letter=Letter(row.kind, row.address, row.subject_key, row.subject, "", ""),
            message_id=row.message_id,
            created=row.created,
            state=LetterState(row.state),
            state_at=row.state_at,
            due=row.due,
            tries=row.tries,
        )
        for row in connection.execute(query.order_by(letters.c.id))
    ]


def erase(connection: sa.Connection, address: str, now: datetime) -> bool:
    """Forget an address; only its hash stays, so that no import brings it back.

    Of its letters stay the dates and what they told of which call. Returns whether anything was
    known of it.
    """
    key = address_key(address)
    known = bool(_everything(connection, key))
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA secure_delete = ON")  # what is deleted is overwritten
    put(connection, key, State.ERASED, now)
    stop_letters(connection, key, now)
    _empty(connection, letters.c.recipient == key, reason=ERASED)
    forget_preferences(connection, key)
    connection.execute(sa.delete(bounces).where(bounces.c.recipient == key))
    mine = sa.update(answers).where(answers.c.recipient == key)
    connection.execute(mine.values(recipient=""))
    return known


def clear_log(engine: sa.Engine) -> None:
    """Empty the log beside a SQLite file, in which what was erased may still stand."""
    if engine.dialect.name == "sqlite":
        with contextlib.closing(engine.raw_connection()) as connection:  # in no transaction
            connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")


def prune(connection: sa.Connection, now: datetime, keep: timedelta) -> int:
    """Empty letters that were settled longer ago than ``keep``; returns how many.

    Their dates and what they told stay, so that nothing is told twice.
    """
    old = sa.and_(
        letters.c.state.in_(_SETTLED), letters.c.state_at < now - keep, letters.c.address != ""
    )
    connection.execute(sa.delete(bounces).where(bounces.c.at < now - keep))
    return _empty(connection, old)


def export(connection: sa.Connection, address: str) -> dict[str, Any]:
    """Return all that is kept about an address, as JSON values; empty for nothing."""
    return _everything(connection, address_key(address))


def _empty(
    connection: sa.Connection, which: sa.ColumnElement[bool], *, reason: str | None = None
) -> int:
    nothing: dict[str, Any] = {
        "address": "",
        "text": "",
        "html": "",
        "headers": {},
        "calendar": None,
        "reply": "",
    }
    rows = sa.update(letters).where(which).values(nothing)
    if reason is not None:
        rows = rows.values(reason=reason)
    return connection.execute(rows).rowcount


def _everything(connection: sa.Connection, key: str) -> dict[str, Any]:
    parts = {
        "listed": (recipients, recipients.c.address_key),
        "left": (suppressions, suppressions.c.address_key),
        "chosen": (preferences, preferences.c.address_key),
        "letters": (letters, letters.c.recipient),
        "told": (told, told.c.recipient),
        "answers": (answers, answers.c.recipient),
        "returned": (bounces, bounces.c.recipient),
    }
    found = {}
    for name, (table, column) in parts.items():
        rows = connection.execute(sa.select(table).where(column == key)).all()
        if rows:
            found[name] = [_plain(row) for row in rows]
    return found


def _plain(row: Row) -> dict[str, Any]:
    return {
        name: moment_to_json(value) if isinstance(value, datetime) else value
        for name, value in row._mapping.items()  # noqa: SLF001 - SQLAlchemy's public name
    }
