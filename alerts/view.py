"""Turns a digest into what a letter shows, in the reader's language; layout comes after."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from alerts.cards import Card, Reader, changed_card, offer_card
from alerts.nouns import Digest, Section
from alerts.plain import line, shorten
from alerts.receipt_view import ReceiptView, receipt_view
from alerts.tongue import Tongue, later, tongue
from alerts.when import day
from alerts.zones import zones_of

_NOTHING_NEW = later("There is nothing new for you since the last letter.")
_NOTHING_YET = later("We have found no call for you yet.")
_SUBJECT = 140
_NAME = 70


@dataclass(frozen=True, slots=True)
class Block:
    """Cards of one kind, under a heading and perhaps a sentence."""

    heading: str
    note: str
    cards: tuple[Card, ...]


@dataclass(frozen=True, slots=True)
class SectionView:
    """One partnership's part of the letter; ``quiet`` is said when there is nothing to tell."""

    name: str
    blocks: tuple[Block, ...]
    quiet: str
    more: str
    more_link: str


@dataclass(frozen=True, slots=True)
class LetterView:
    """All that a letter shows, top to bottom, in one language."""

    t: Tongue
    subject: str
    date: str
    greeting: str
    summary: tuple[str, ...]
    sections: tuple[SectionView, ...]
    receipt: ReceiptView | None
    footer: tuple[str, ...]

    @property
    def several(self) -> bool:
        """Whether each section needs its partnership's name above it."""
        return len(self.sections) > 1


def view(digest: Digest, *, base_url: str, contact: str) -> LetterView:
    """Return what the letter of ``digest`` shows."""
    t = tongue(digest.recipient.language)
    zone = digest.recipient.zone
    sections = tuple(_section(t, digest, one, base_url) for one in digest.sections)
    return LetterView(
        t=t,
        subject=subject(t, digest),
        date=day(t, digest.now.astimezone(ZoneInfo(zone)).date()),
        greeting=t.say("Dear colleagues,"),
        summary=tuple(_summary(t, digest)),
        sections=sections,
        receipt=receipt_view(t, digest, base_url),
        footer=tuple(_footer(t, sections, contact)),
    )


def subject(t: Tongue, digest: Digest) -> str:
    """``Trostianets – Lublin: 3 new calls, 1 change``."""
    names = [shorten(one.partnership.name, _NAME) for one in digest.sections]
    name = names[0] if len(names) == 1 else t.say("Bridges of Trust")
    told = ", ".join(_counts(t, digest)) or t.say("nothing new")
    return shorten(f"{name}: {told}", _SUBJECT)


def _counts(t: Tongue, digest: Digest) -> Iterator[str]:
    count = digest.count()
    if number := count["new"]:
        yield t.many("{n} new call", "{n} new calls", number)
    if number := count["changed"]:
        yield t.many("{n} changed", "{n} changed", number)
    if number := count["corrected"]:
        yield t.many("{n} correction", "{n} corrections", number)
    if number := count["disputed"]:
        yield t.many("{n} in dispute", "{n} in dispute", number)
    if number := count["closing"]:
        yield t.many("{n} closing soon", "{n} closing soon", number)


def _summary(t: Tongue, digest: Digest) -> Iterator[str]:
    several = len(digest.sections) > 1
    if digest.empty:
        yield t.say(_NOTHING_YET if digest.first else _NOTHING_NEW)
        yield t.say("We looked, and that is why we write: so that silence means silence.")
        return
    told = ", ".join(_counts(t, digest))
    yield t.say("In this letter: {told}.", told=told)
    if digest.first and not several:
        yield t.say(
            "This is your first letter. It shows the open calls that suit your partnership best;"
            " from now on we write only of what is new or has changed."
        )
    elif digest.first:
        yield t.say(
            "This is your first letter. It shows the open calls that suit your partnerships best;"
            " from now on we write only of what is new or has changed."
        )


def _section(t: Tongue, digest: Digest, section: Section, base_url: str) -> SectionView:
    partnership, zone = section.partnership, digest.recipient.zone
    zones = zones_of(partnership.partners, zone)
    reader = Reader(t, partnership, digest.now, zone, zones, base_url)
    more = section.more + section.more_urgent
    asked = urlencode({"partnership": partnership.id, "sort": "relevance"})
    return SectionView(
        name=line(partnership.name),
        blocks=tuple(_blocks(reader, section, first=digest.first)),
        quiet=t.say("Nothing new for this partnership.") if section.empty else "",
        more=_more(t, more, linked=bool(base_url)) if more else "",
        more_link=f"{base_url}/calls?{asked}" if base_url else "",
    )


def _more(t: Tongue, count: int, *, linked: bool) -> str:
    """Say how many calls wait for the next letters, and lead to them where that is possible."""
    if linked:
        return t.many(
            "{n} more call suits you and waits for the next letter. See it now:",
            "{n} more calls suit you and wait for the next letters. See them now:",
            count,
        )
    return t.many(
        "{n} more call suits you and waits for the next letter.",
        "{n} more calls suit you and wait for the next letters.",
        count,
    )


def _blocks(reader: Reader, section: Section, *, first: bool) -> Iterator[Block]:
    t = reader.t
    if section.changed:
        yield Block(
            t.say("Changed by the source"),
            t.say("We told you of these calls before; since then their publisher changed them."),
            tuple(changed_card(reader, one) for one in section.changed),
        )
    if section.corrected:
        yield Block(
            t.say("Our corrections"),
            t.say("The source has said so all along; the mistake was ours. We are sorry."),
            tuple(changed_card(reader, one) for one in section.corrected),
        )
    if section.disputed:
        yield Block(
            t.say("Sources that disagree"),
            t.say(
                "We told you of these calls before; another source now gives other dates. Ask the"
                " publisher, and plan for the earlier date."
            ),
            tuple(changed_card(reader, one) for one in section.disputed),
        )
    if section.closing:
        yield Block(
            t.say("Closing within 14 days"),
            t.say("You know these calls already; their time is running out."),
            tuple(offer_card(reader, one) for one in section.closing),
        )
    if section.new:
        heading = t.say("The best open calls for you") if first else t.say("New for you")
        yield Block(heading, "", tuple(offer_card(reader, one) for one in section.new))


def _footer(t: Tongue, sections: tuple[SectionView, ...], contact: str) -> Iterator[str]:
    if any(card.by_rule for one in sections for block in one.blocks for card in block.cards):
        yield t.say(
            "Where the portal names only the day, we write the hour at which its calls close:"
            " 17:00 in Brussels."
        )
    yield t.say(
        "We read what funders publish, and we may misread it. Rely on the call's own page before"
        " you apply."
    )
    yield t.say(
        "You get this letter because you agreed to it for your partnership. To change or stop it,"
        " write to {contact}.",
        contact=line(contact),
    )
