"""Turns a digest into what a letter shows, in the reader's language; layout comes after."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from alerts.answering import Answering, Answers, LinkTo, News, answers_counted, footer_links
from alerts.cards import FULL, Card, Reader, Room, changed_card, offer_card
from alerts.links import Links
from alerts.nouns import KINDS, REMINDER, Changed, Digest, Offer, Section
from alerts.plain import line, shorten
from alerts.receipt_view import ReceiptView, receipt_view, silence, warnings
from alerts.tongue import Tongue, later, later_many, tongue
from alerts.when import day
from alerts.zones import zones_of

_NOTHING_NEW = later("There is nothing new for you since the last letter.")
_NOTHING_YET = later("We have found no call for you yet.")
_SUBJECT = 110
_NAME = 70

_COUNTS = {
    "new": later_many("{n} new call", "{n} new calls"),
    "closing": later_many("{n} closing soon", "{n} closing soon"),
    "changed": later_many("{n} changed", "{n} changed"),
    "corrected": later_many("{n} correction", "{n} corrections"),
    "disputed": later_many("{n} in dispute", "{n} in dispute"),
    "withdrawn": later_many("{n} withdrawn", "{n} withdrawn"),
    "cancelled": later_many("{n} cancelled", "{n} cancelled"),
    "reopened": later_many("{n} open again", "{n} open again"),
    "near": later_many("{n} that nearly fits", "{n} that nearly fit"),
}
_HEADINGS = {
    "new": (later("New for you"), ""),
    "closing": (
        later("Closing soon"),
        later("You know these calls already; their time is running out."),
    ),
    "changed": (
        later("Changed by the source"),
        later("We told you of these calls before; since then their publisher changed them."),
    ),
    "corrected": (
        later("Our corrections"),
        later("The source has said so all along; the mistake was ours. We are sorry."),
    ),
    "disputed": (
        later("Sources that disagree"),
        later(
            "We told you of these calls before; another source now gives other dates. Ask the"
            " publisher, and plan for the earlier date."
        ),
    ),
    "withdrawn": (
        later("Withdrawn calls"),
        later("We told you of these calls; their source no longer shows them."),
    ),
    "cancelled": (
        later("Cancelled calls"),
        later("We told you of these calls; their funder has called them off."),
    ),
    "reopened": (
        later("Open again"),
        later("We told you of these calls; they had ended, and can be applied to once more."),
    ),
    "near": (
        later("Nearly fits: something has to be found first"),
        later("These calls suit your interests; what each still needs stands with it."),
    ),
}
"""For each kind of ``KINDS``: its heading, and a sentence under it."""

BY_THE_PORTAL = later(
    "Where the portal names only the day, we write the hour at which its calls close:"
    " 17:00 in Brussels."
)
"""Said where a deadline rests on ``cards.PORTAL_HOUR``."""

RELY_ON_THE_PAGE = later(
    "We read what funders publish, and we may misread it. Rely on the call's own page before"
    " you apply."
)
_BEST = later("The best open calls for you")
_REMINDED = later("You marked these calls as useful; their time is running out.")


@dataclass(frozen=True, slots=True)
class Told:
    """A call as the letter tells it: its card, and what this one reader may answer to it."""

    card: Card
    answers: Answers


@dataclass(frozen=True, slots=True)
class Block:
    """Calls of one kind, under a heading and perhaps a sentence."""

    heading: str
    note: str
    calls: tuple[Told, ...]


@dataclass(frozen=True, slots=True)
class SectionView:
    """One partnership's part of the letter; ``quiet`` is said when there is nothing to tell."""

    name: str
    blocks: tuple[Block, ...]
    quiet: str
    more: str
    more_link: str
    answered: News


@dataclass(frozen=True, slots=True)
class LetterView:
    """All that a letter shows, top to bottom, in one language.

    ``warnings`` name what could not be read since the last letter; the receipt tells of it in full.
    """

    t: Tongue
    subject: str
    date: str
    headline: str
    greeting: str
    summary: tuple[str, ...]
    warnings: tuple[str, ...]
    sections: tuple[SectionView, ...]
    receipt: ReceiptView | None
    footer: tuple[str, ...]
    footer_links: tuple[LinkTo, ...] = ()

    @property
    def several(self) -> bool:
        """Whether each section needs its partnership's name above it."""
        return len(self.sections) > 1


def view(
    digest: Digest,
    *,
    base_url: str,
    contact: str,
    links: Links | None = None,
    room: Room = FULL,
) -> LetterView:
    """Return what the letter of ``digest`` shows, with so much ``room`` for each call.

    Without ``links`` nothing can be answered.
    """
    t = tongue(digest.recipient.language)
    zone = digest.recipient.zone
    sections = tuple(_section(t, digest, one, base_url, links, room) for one in digest.sections)
    return LetterView(
        t=t,
        subject=subject(t, digest),
        date=day(t, digest.now.astimezone(ZoneInfo(zone)).date()),
        headline=t.say("Calls for your partnerships"),
        greeting=t.say("Dear colleagues,"),
        summary=tuple(_summary(t, digest)),
        warnings=tuple(warnings(t, digest)),
        sections=sections,
        receipt=receipt_view(t, digest, base_url, briefly=not room.links),
        footer=tuple(_footer(t, sections, contact)),
        footer_links=footer_links(t.code, links),
    )


def subject(t: Tongue, digest: Digest) -> str:
    """``Trostianets – Lublin: 3 new calls, 1 change``."""
    names = [shorten(one.partnership.name, _NAME) for one in digest.sections]
    name = names[0] if len(names) == 1 else t.say("Bridges of Trust")
    told, *others = list(_counts(t, digest)) or [t.say("nothing new")]
    for one in others:
        if len(f"{name}: {told}, {one}") > _SUBJECT:
            return f"{name}{t.colon} {told}, …"
        told = f"{told}, {one}"
    return f"{name}{t.colon} {told}"


def _counts(t: Tongue, digest: Digest) -> Iterator[str]:
    count = digest.count()
    for kind in KINDS:
        if number := count[kind]:
            yield t.many(*_COUNTS[kind], number)
    if number := sum(len(one.answered) for one in digest.sections):
        yield answers_counted(t.code, number)


def _summary(t: Tongue, digest: Digest) -> Iterator[str]:
    several = len(digest.sections) > 1
    if digest.empty:
        yield t.say(_NOTHING_YET if digest.first else _NOTHING_NEW)
        yield silence(t, digest)
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


def _section(  # noqa: PLR0913, PLR0917 - one step of view
    t: Tongue, digest: Digest, section: Section, base_url: str, links: Links | None, room: Room
) -> SectionView:
    partnership, zone = section.partnership, digest.recipient.zone
    zones = zones_of(partnership.partners, zone)
    answering = Answering(t.code, section, links, each=room.links)
    reader = Reader(t, partnership, digest.now, zone, zones, base_url, room)
    more = section.more + section.more_urgent
    return SectionView(
        name=line(partnership.name),
        blocks=tuple(_blocks(reader, answering, digest, section)),
        quiet=t.say("Nothing new for this partnership.") if section.empty else "",
        more=_more(t, more) if more else "",
        more_link=links.suiting(partnership.id) if links else "",
        answered=answering.news(),
    )


def _more(t: Tongue, count: int) -> str:
    """Say how many calls wait for the next letters."""
    return t.many(
        "{n} more call suits you and waits for the next letter.",
        "{n} more calls suit you and wait for the next letters.",
        count,
    )


def _blocks(
    reader: Reader, answering: Answering, digest: Digest, section: Section
) -> Iterator[Block]:
    t = reader.t
    for kind in KINDS:
        told: tuple[Offer | Changed, ...] = getattr(section, kind)
        if not told:
            continue
        heading, note = _HEADINGS[kind]
        if digest.kind == REMINDER:
            note = _REMINDED
        elif kind == "new" and digest.first:
            heading = _BEST
        calls = tuple(
            Told(changed_card(reader, one), answering.of(one.offer.call))
            if isinstance(one, Changed)
            else Told(offer_card(reader, one), answering.of(one.call))
            for one in told
        )
        yield Block(t.say(heading), t.say(note) if note else "", calls)


def _footer(t: Tongue, sections: tuple[SectionView, ...], contact: str) -> Iterator[str]:
    cards = [told.card for one in sections for block in one.blocks for told in block.calls]
    if any(card.by_rule for card in cards):
        yield t.say(BY_THE_PORTAL)
    if any(card.dated for card in cards):
        yield t.say("All deadlines of this letter are in the attached calendar file.")
    yield t.say(RELY_ON_THE_PAGE)
    yield t.say(
        "You get this letter because you agreed to it for your partnership. To change or stop it,"
        " write to {contact}.",
        contact=line(contact),
    )
