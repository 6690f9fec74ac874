"""How the receipt is told: sources, what was read, the best call below the line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from alerts import when
from alerts.cards import page_of
from alerts.nouns import Digest, Receipt, Section, SourceNote, Standing
from alerts.plain import line, shorten, web_address
from alerts.tongue import Tongue, later
from classifier.outcomes import Note

_NOTES = {
    Note.FROM_THEMES: later(
        "Your interests are known only as themes; a sentence in your own words would find more."
    ),
    Note.ONE_WORD: later(
        "Your interests are a single word; a sentence or two would find more, and surer."
    ),
    Note.VERY_LONG: later(
        "Your interests are so long that no call stands out; the few most important sentences"
        " would find more."
    ),
}
_REASON = 160
_TITLE = 120


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the receipt; ``tone`` is good, warn, bad or info, and ``reason`` is English."""

    text: str
    tone: str = "good"
    reason: str = ""
    title: str = ""
    link: str = ""


@dataclass(frozen=True, slots=True)
class ReceiptView:
    """The receipt in words."""

    heading: str
    entries: tuple[Entry, ...]


def receipt_view(t: Tongue, digest: Digest, base_url: str) -> ReceiptView | None:
    """Say what was looked at for a letter; None for a recipient who does not want to know."""
    receipt = digest.receipt
    if receipt is None:
        return None
    zone = digest.recipient.zone
    entries = [_checked(t, receipt)]
    entries += [_source(t, one, zone) for one in _in_order(receipt.sources)]
    entries += _read(t, receipt, zone)
    for section in digest.sections:
        entries += _line(t, section, base_url, several=len(digest.sections) > 1)
    return ReceiptView(t.say("What we looked at"), tuple(entries))


def _checked(t: Tongue, receipt: Receipt) -> Entry:
    """How many sources count as checked: unproven and failing ones do not."""
    every = len(receipt.sources)
    good = sum(one.standing in (Standing.CHECKED, Standing.GAPS) for one in receipt.sources)
    text = t.many(
        "Sources checked: {good} of {n}.", "Sources checked: {good} of {n}.", every, good=good
    )
    return Entry(text, "good" if good == every and every else "warn")


def _in_order(sources: Sequence[SourceNote]) -> list[SourceNote]:
    order = list(Standing)
    return sorted(sources, key=lambda one: (order.index(one.standing), one.name))


def _source(t: Tongue, note: SourceNote, zone: str) -> Entry:
    name = line(note.publisher)
    name = f"{name} ({line(note.name)})" if name else line(note.name)
    read = when.moment(t, note.read_at, zone) if note.read_at else ""
    calls = t.many("{n} call read", "{n} calls read", note.items)
    reason = shorten(note.reason, _REASON)
    if note.standing is Standing.CHECKED:
        return Entry(t.say("{name}: checked {when}, {calls}.", name=name, when=read, calls=calls))
    if note.standing is Standing.GAPS:
        told = t.say("{name}: read {when} with gaps, {calls}.", name=name, when=read, calls=calls)
        return Entry(told, "warn", reason)
    if note.standing is Standing.UNPROVEN:
        told = t.say(
            "{name}: read {when}, {calls}. Not proven yet: nobody has compared what we read there"
            " with the site itself, so it does not count as checked.",
            name=name, when=read, calls=calls,
        )  # fmt: skip
        return Entry(told, "warn", reason)
    if note.standing is Standing.STALE:
        return Entry(t.say("{name}: not read since {when}.", name=name, when=read), "warn")
    if note.standing is Standing.NEVER:
        return Entry(t.say("{name}: not read yet.", name=name), "warn")
    since = when.moment(t, note.failing_since, zone) if note.failing_since else ""
    told = t.say("{name}: cannot be read since {when}.", name=name, when=since)
    if read:
        told += " " + t.say("Read last on {when}; what it published since is missing here.",
                            when=read)  # fmt: skip
    return Entry(told, "bad", reason)


def _read(t: Tongue, receipt: Receipt, zone: str) -> Iterator[Entry]:
    known = t.many("{n} call in our records", "{n} calls in our records", receipt.known)
    now_open = t.many("{n} of them open today", "{n} of them open today", receipt.open_now)
    text = f"{known}, {now_open}."
    if receipt.compared_at is not None:
        text += " " + t.say("Last compared with your interests: {when}.",
                            when=when.moment(t, receipt.compared_at, zone))  # fmt: skip
    yield Entry(text, "info")


def _line(t: Tongue, section: Section, base_url: str, *, several: bool) -> Iterator[Entry]:
    """Of what was compared, how much reached the line, and how near the best of the rest came."""
    prefix = f"{line(section.partnership.name)}: " if several else ""
    compared = t.many("{n} call compared", "{n} calls compared", section.read)
    threshold = t.number(round(section.line))
    reached = t.many(
        "{n} reaches your line of {line} out of 100",
        "{n} reach your line of {line} out of 100",
        section.matched,
        line=threshold,
    )
    if not section.matched:
        reached = t.say("none reaches your line of {line} out of 100", line=threshold)
    said = f"{compared}, {reached}."
    yield Entry(f"{prefix}{said}" if prefix else f"{said[0].upper()}{said[1:]}", "info")
    for note, told in _NOTES.items():
        if note in section.notes:
            yield Entry(prefix + t.say(told), "warn")
    if section.below is not None:
        yield Entry(
            prefix + t.say("Best below the line, with {score}:",
                           score=t.number(round(section.below.score))),
            tone="info",
            title=shorten(section.below.title, _TITLE),
            link=page_of(base_url, section.below.call) or web_address(section.below.url) or "",
        )  # fmt: skip
