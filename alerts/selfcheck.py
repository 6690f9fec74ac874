"""The daily look at ourselves: was every letter written and handed over, does every source live.

What is amiss is told to the operator by letter, once, and once more when it is mended.
"""

from __future__ import annotations

import html
import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from alerts import due
from alerts.audience import CLOCK_ERROR, Addressee, audience, is_due
from alerts.digest import build_digest
from alerts.mail import message_id
from alerts.plain import line, shorten
from alerts.receipt import Source, sources
from storage import findings, harvests, letters, work
from storage.database import reading
from storage.domain import Frequency, Harvest, Outcome
from storage.findings import Finding
from storage.letters import Letter, LetterState
from storage.settings import Settings, secret_key
from storage.work import Work

log = logging.getLogger(__name__)

OPERATOR = "operator"
"""The kind of a letter to whoever runs the program."""

PATIENCE = timedelta(hours=24)
"""How long a letter may be on its way, a step may fail, or a letter be missing, until it is told.

Work that fails is tried again within minutes and letters within hours: most of it mends itself.
"""

FORGIVEN = 2
"""Cadences a source may go without a good harvest; one visit in vain is nothing to be woken for."""

_WORDS = 300


@dataclass(frozen=True, slots=True)
class Checked:
    """What a look at ourselves came to: newly found, mended since the last, and open in all."""

    found: int
    mended: int
    open: int


def check_ourselves(
    engine: sa.Engine,
    settings: Settings,
    now: datetime,
    *,
    known_sources: Sequence[Source] | None = None,
) -> Checked:
    """Look, and write the operator a letter if anything was found or is mended.

    The letter and the note that it was told are written in one transaction.
    """
    known = sources() if known_sources is None else known_sources
    with reading(engine) as connection:
        amiss = {one.key: one for one in _amiss(connection, settings, now, known)}
        newcomers = list(_newcomers(connection))
    with engine.begin() as connection:
        for key in newcomers:
            work.done(connection, due.newcomer_name(key), now)
    address = settings.operator or settings.contact
    if address == Settings.model_fields["contact"].default:
        for one in amiss.values():
            log.error("%s (nobody is named in BRIDGES_OPERATOR to be told)", one.said)
        return Checked(len(amiss), 0, len(amiss))
    with engine.begin() as connection:
        told = findings.told(connection)
        new = [one for key, one in amiss.items() if key not in told]
        gone = [one for key, one in told.items() if key not in amiss]
        mended = [one for one in gone if not _is_past(connection, one)]
        if new or mended:
            still = [one for key, one in amiss.items() if key in told]
            letter = _letter(address, now, new, mended, still)
            made = message_id(letter, settings.contact, secret_key(settings))
            letters.write(connection, letter, (), message_id=made, now=now)
        findings.forget(connection, [one.key for one in gone])
        findings.note(connection, new, now)
    return Checked(len(new), len(mended), len(amiss))


def _amiss(
    connection: sa.Connection, settings: Settings, now: datetime, known: Sequence[Source]
) -> Iterator[Finding]:
    yield from _not_handed_over(connection, now)
    yield from _missing(connection, now, known)
    yield from _failing_steps(connection, now)
    for source in known:
        yield from _silent_source(connection, settings, source.name, now)


def _not_handed_over(connection: sa.Connection, now: datetime) -> Iterator[Finding]:
    """Letters written a day ago or earlier that no mail server has taken."""
    states = [state for state in LetterState if state is not LetterState.SENT]
    for posted in letters.find_letters(connection, states):
        if posted.letter.kind == OPERATOR or not PATIENCE <= now - posted.created < 30 * PATIENCE:
            continue
        why = shorten(line(posted.reason or posted.reply), _WORDS)
        said = (
            f"The {posted.letter.kind} to {line(posted.letter.address)} of"
            f" {posted.created:%Y-%m-%d %H:%M} UTC is {posted.state.value}"
        )
        yield Finding(f"letter/{posted.id}/{posted.state.value}", f"{said}: {why}" if why else said)


def _missing(
    connection: sa.Connection, now: datetime, known: Sequence[Source]
) -> Iterator[Finding]:
    """Digests that were due a day ago and do not exist."""
    known_work = work.all_work(connection)
    compared = {name for name, one in known_work.items() if one.done and "match/" in name}
    for one in audience(connection)[0]:
        written = letters.first_and_last(connection, one.key, due.DIGEST, until=now + CLOCK_ERROR)
        if not any(due.match_name(partnership.id) in compared for partnership in one.partnerships):
            continue  # nothing was compared yet; that step says itself that it fails
        noticed = known_work.get(due.newcomer_name(one.key), Work(""))
        if written[1] is None and (noticed.done is None or now - noticed.done < PATIENCE):
            continue  # it came a moment ago: its first letter may be on its way
        if _is_missing(connection, one, written, now, known):
            names = ", ".join(partnership.name for partnership in one.partnerships)
            last = f"the last is of {written[1]:%Y-%m-%d}" if written[1] else "there was none yet"
            yield Finding(
                f"missing/{one.key}",
                f"The {one.recipient.frequency.value} digest to {line(one.recipient.email)}"
                f" ({shorten(line(names), _WORDS)}) was due a day ago and was not written; {last}",
            )


def _newcomers(connection: sa.Connection) -> Iterator[str]:
    """The addresses (their hashes) that have had no letter yet and were not seen before."""
    known = work.all_work(connection)
    for one in audience(connection)[0]:
        if due.newcomer_name(one.key) not in known and (
            letters.last_created(connection, one.key, due.DIGEST) is None
        ):
            yield one.key


def _is_missing(
    connection: sa.Connection,
    one: Addressee,
    written: tuple[datetime | None, datetime | None],
    now: datetime,
    known: Sequence[Source],
) -> bool:
    first, last = written
    yesterday = now - PATIENCE
    if last is not None and last > yesterday:
        return False
    if not is_due(one.recipient, last, yesterday, first):
        return False
    digest = build_digest(connection, one.recipient, one.partnerships, now, known_sources=known)
    if not digest.sections:
        return False
    if one.recipient.frequency is not Frequency.INSTANT and one.recipient.receipt:
        return True  # even "nothing is new" would have been a letter
    seen = {offer.call.first_seen for section in digest.sections for offer in section.new}
    return any(moment is not None and moment < yesterday - PATIENCE for moment in seen)


def _failing_steps(connection: sa.Connection, now: datetime) -> Iterator[Finding]:
    for name, one in work.all_work(connection).items():
        often = one.failures > len(due.STEP_RETRIES)
        if "/" not in name and often and due.is_old(one.done, now, PATIENCE):
            said = f"The step {name} failed {one.failures} times in a row"
            yield Finding(f"step/{name}", f"{said}: {shorten(line(one.reason), _WORDS)}")


def _silent_source(
    connection: sa.Connection, settings: Settings, name: str, now: datetime
) -> Iterator[Finding]:
    """A source whose harvests were not well for longer than its cadence allows."""
    every = due.cadence(settings, name)
    ended = [one for one in harvests.recent(connection, name, 60) if one.finished is not None]
    if not ended or ended[0].outcome is Outcome.OK:
        return
    since = _since(ended)
    if now - since < every * FORGIVEN:
        return
    newest = ended[0]
    how = "was not read" if newest.outcome is Outcome.FAILED else "is read with gaps"
    why = shorten(line(newest.reason), _WORDS)
    yield Finding(
        f"source/{name}/{newest.outcome}",
        f"The source {name} {how} since {since:%Y-%m-%d %H:%M} UTC: {why};"
        f" look with: bridges sources {name}",
    )


def _since(ended: Sequence[Harvest]) -> datetime:
    """When the first of the harvests began that were as bad as the newest, in a row."""
    since = ended[0].started
    for one in ended:
        if one.outcome is Outcome.OK or (
            ended[0].outcome is Outcome.FAILED and one.outcome is not Outcome.FAILED
        ):
            break
        since = one.started
    return since


def _is_past(connection: sa.Connection, one: Finding) -> bool:
    """Whether a finding is gone without having been mended: too old now, or in another state.

    A letter given up on is told as that, not as good news about the letter being tried.
    """
    kind, _, rest = one.key.partition("/")
    return kind == "letter" and not letters.is_sent(connection, int(rest.partition("/")[0]))


def _letter(
    address: str,
    now: datetime,
    new: Sequence[Finding],
    mended: Sequence[Finding],
    still: Sequence[Finding],
) -> Letter:
    parts = [
        ("Needs you", [one.said for one in new]),
        ("Mended", [one.said for one in mended]),
        ("Told before and still so", [one.said for one in still]),
    ]
    counted = [f"{len(new)} to look at"] if new else []
    counted += [f"{len(mended)} mended"] if mended else []
    keys = "".join(one.key for one in (*new, *mended))
    return Letter(
        kind=OPERATOR,
        address=address,
        subject_key=f"check-{work.digest(f'{now.isoformat()} {keys}')}",
        subject=f"Bridges of Trust: {', '.join(counted)}",
        text=_text(parts),
        html=_html(parts),
        headers={"Content-Language": "en"},
    )


_CLOSING = "More: bridges doctor, and docs/operating.md of the program."


def _text(parts: Sequence[tuple[str, Sequence[str]]]) -> str:
    blocks = [
        "\n".join([title, *(f"- {line(said)}" for said in every)])
        for title, every in parts
        if every
    ]
    return "\n\n".join([*blocks, _CLOSING]) + "\n"


def _html(parts: Sequence[tuple[str, Sequence[str]]]) -> str:
    blocks = "".join(
        f"<h2>{title}</h2><ul>{''.join(f'<li>{html.escape(line(one))}</li>' for one in every)}</ul>"
        for title, every in parts
        if every
    )
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Bridges of Trust</title>'
        f"</head><body>{blocks}<p>{_CLOSING}</p></body></html>"
    )
