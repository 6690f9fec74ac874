"""How the receipt is told: sources, what was read, the best call below the line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from alerts import when
from alerts.cards import page_of
from alerts.nouns import Digest, Receipt, Section, SourceNote, Standing
from alerts.plain import line, shorten, web_address
from alerts.tongue import Tongue, later
from classifier.outcomes import Note
from classifier.rounding import told_score

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
_MOST_LINES = 6
"""Checked sources that get a line each; more are told in one paragraph."""

_MOST_NAMED = 3


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the receipt; ``tone`` is good, warn, bad or info, and ``reason`` is English.

    ``title`` is that of a call, in ``language`` ("" when the call does not say).
    """

    text: str
    tone: str = "good"
    reason: str = ""
    title: str = ""
    link: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True)
class ReceiptView:
    """The receipt in words."""

    heading: str
    entries: tuple[Entry, ...]


def receipt_view(
    t: Tongue, digest: Digest, base_url: str, *, briefly: bool = False
) -> ReceiptView | None:
    """Say what was looked at for a letter; None for a recipient who does not want to know.

    ``briefly`` leaves out which call nearly matched.
    """
    receipt = digest.receipt
    if receipt is None:
        return None
    zone = digest.recipient.zone
    entries = [_checked(t, receipt), *_sources(t, receipt.sources, zone)]
    entries += _read(t, receipt, zone)
    for section in digest.sections:
        told = replace(section, below=None) if briefly else section
        entries += _line(t, told, base_url, several=len(digest.sections) > 1)
    return ReceiptView(t.say("What we looked at"), tuple(entries))


def warnings(t: Tongue, digest: Digest) -> Iterator[str]:
    """Say at the top, once, that sources cannot be read, and once that they can again."""
    sources = () if digest.receipt is None else digest.receipt.sources
    down = [one for one in sources if one.fresh and one.standing is Standing.FAILING]
    mended = [one for one in sources if one.mended_since is not None]
    if down:
        yield t.say("Could not be read, so news may be missing: {names}.", names=_names(t, down))
    if mended:
        yield t.say("Can be read again: {names}.", names=_names(t, mended))


def _names(t: Tongue, some: Sequence[SourceNote]) -> str:
    named = [line(one.publisher) or line(one.name) for one in some[:_MOST_NAMED]]
    if (more := len(some) - _MOST_NAMED) > 0:
        named.append(t.many("and {n} more source", "and {n} more sources", more))
    return t.joined(named)


def silence(t: Tongue, digest: Digest) -> str:
    """What a letter without news may promise: no more than was looked at."""
    good, every = (1, 1) if digest.receipt is None else _count(digest.receipt)
    if not good:
        return t.say(
            "But no source counts as checked today, so this does not mean that nothing was"
            " published. What we did look at stands below."
        )
    if good < every:
        return t.say(
            "We looked at {good} of {every} sources. What the others published may be missing;"
            " which ones they are stands below.",
            good=good,
            every=every,
        )
    return t.say("We looked, and that is why we write: so that silence means silence.")


def _count(receipt: Receipt) -> tuple[int, int]:
    """How many sources count as checked, of how many: unproven and failing ones do not."""
    good = sum(one.standing in (Standing.CHECKED, Standing.GAPS) for one in receipt.sources)
    return good, len(receipt.sources)


def _checked(t: Tongue, receipt: Receipt) -> Entry:
    good, every = _count(receipt)
    text = t.many(
        "Sources checked: {good} of {n}.", "Sources checked: {good} of {n}.", every, good=good
    )
    return Entry(text, "good" if good == every and every else "warn")


def _sources(t: Tongue, every: Sequence[SourceNote], zone: str) -> Iterator[Entry]:
    """What is wrong first, and in full when it is news; then what is well."""
    of = {one: [note for note in every if note.standing is one] for one in Standing}
    for note in (*of[Standing.FAILING], *of[Standing.STALE]):
        yield _down(t, note, zone)
    for note in every:
        if note.mended_since is not None:
            since = when.moment(t, note.mended_since, zone)
            told = t.say("{name}: can be read again; before, it could not since {when}.",
                         name=_name(note), when=since)  # fmt: skip
            yield Entry(told)
        elif note.whole_again:
            yield Entry(t.say("{name}: read without gaps again.", name=_name(note)))
    for note in of[Standing.GAPS]:
        told = t.say("{name}: read {when} with gaps, {calls}.", name=_name(note),
                     when=_read_at(t, note, zone), calls=_calls(t, note))  # fmt: skip
        yield Entry(told, "warn", shorten(note.reason, _REASON) if note.fresh else "")
    yield from _well(t, of[Standing.CHECKED], zone)
    if unproven := of[Standing.UNPROVEN]:
        named = t.joined(f"{_name(one)} – {_calls(t, one)}" for one in unproven)
        told = t.say(
            "Read, but not counted as checked, because nobody has compared yet what we read there"
            " with the site itself: {names}.",
            names=named,
        )
        yield Entry(told, "warn")
    if never := of[Standing.NEVER]:
        told = t.say("Not read yet: {names}.", names=t.joined(map(_name, never)))
        yield Entry(told, "warn")


def _down(t: Tongue, note: SourceNote, zone: str) -> Entry:
    read = _read_at(t, note, zone)
    if note.standing is Standing.STALE:
        return Entry(t.say("{name}: not read since {when}.", name=_name(note), when=read), "warn")
    since = when.moment(t, note.failing_since, zone) if note.failing_since else ""
    if not note.fresh:
        told = t.say("{name}: still cannot be read, since {when}.", name=_name(note), when=since)
        return Entry(told, "bad")
    told = t.say("{name}: cannot be read since {when}.", name=_name(note), when=since)
    if read:
        told += " " + t.say("Read last on {when}; what it published since is missing here.",
                            when=read)  # fmt: skip
    return Entry(told, "bad", shorten(note.reason, _REASON))


def _well(t: Tongue, checked: Sequence[SourceNote], zone: str) -> Iterator[Entry]:
    if len(checked) > _MOST_LINES:
        named = t.joined(
            f"{_name(one)} – {_read_at(t, one, zone)}, {_calls(t, one)}" for one in checked
        )
        yield Entry(t.say("Checked: {names}.", names=named))
        return
    for one in checked:
        yield Entry(t.say("{name}: checked {when}, {calls}.", name=_name(one),
                          when=_read_at(t, one, zone), calls=_calls(t, one)))  # fmt: skip


def _name(note: SourceNote) -> str:
    publisher = line(note.publisher)
    return f"{publisher} ({line(note.name)})" if publisher else line(note.name)


def _read_at(t: Tongue, note: SourceNote, zone: str) -> str:
    return when.moment(t, note.read_at, zone) if note.read_at else ""


def _calls(t: Tongue, note: SourceNote) -> str:
    return t.many("{n} call read", "{n} calls read", note.items)


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
    if (below := section.below) is not None:
        yield Entry(
            prefix + t.say("Best below the line, with {score}:",
                           score=t.number(round(told_score(below.score, section.line)))),
            tone="info",
            title=shorten(below.title, _TITLE),
            link=page_of(base_url, below.call) or web_address(below.url) or "",
            language=below.language,
        )  # fmt: skip
