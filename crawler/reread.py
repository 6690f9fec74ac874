"""Better readers, the same words: stored calls read again without a crawl."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.engine import Connection, Engine

from crawler.raw import RawCall
from crawler.reading import fingerprint, read
from storage import calls
from storage.database import reading
from storage.domain import Change
from storage.errors import DatabaseUnavailable

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Reread:
    """How many calls were read again, and what that changed (or would), by ``source:reference``.

    ``failed`` are those the reader tripped over, and why; they stay as they were.
    """

    total: int = 0
    changes: dict[str, tuple[Change, ...]] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)


def reread(
    engine: Engine,
    now: datetime,
    *,
    dry_run: bool = False,
    progress: Callable[[int], None] | None = None,
) -> Reread:
    """Read every stored call that another reader has read; each in a transaction of its own.

    With ``dry_run`` the same work is done and undone, so that it says exactly what would change.
    ``progress`` is given the number of calls done so far.
    """
    done = Reread()
    with reading(engine) as asking:
        waiting = [
            (words.call_id, words.call.id)
            for words in calls.stored_words(asking, not_fingerprint=fingerprint())
        ]
    for call_id, name in waiting:
        with engine.connect() as connection, connection.begin() as transaction:
            try:
                changed = read_again(connection, call_id, now)
            except DatabaseUnavailable:
                raise
            except Exception as error:  # whatever a reader trips over, the other calls wait
                log.exception("%s could not be read again", name)
                done.failed[name] = repr(error)
                transaction.rollback()
            else:
                if changed:
                    done.changes[name] = changed
                if dry_run:
                    transaction.rollback()
        done.total += 1
        if progress:
            progress(done.total)
    return done


def read_again(
    connection: Connection,
    call_id: int,
    now: datetime,
    *,
    words: RawCall | None = None,
    first: bool = False,
) -> tuple[Change, ...]:
    """Correct one stored call by what today's reader makes of its words; nothing without words.

    ``words`` are to be read instead of the stored ones, ``first`` is as in ``calls.correct``.
    """
    if words is None and (stored := calls.words_of(connection, call_id)) is not None:
        words = RawCall.from_json(stored)
    if words is None:
        return ()
    return calls.correct(connection, read(words), now=now, first=first)
