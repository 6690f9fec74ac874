"""What a letter offers to answer, and what the partner towns answered, in words and links."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from alerts.link_words import link_tongue
from alerts.links import Do, Links, proposing
from alerts.nouns import Answered, Section
from alerts.plain import line, shorten
from alerts.tongue import Tongue, later
from storage.answers import Answer
from storage.domain import Call

_TITLE = 120

LABELS = {
    Do.USEFUL: later("Useful"),
    Do.NOT_FOR_US: later("Not for us"),
    Do.LEAD: later("We would lead"),
    Do.JOIN: later("We would join"),
    Do.DISMISS: later("Never show it again"),
}
"""The five answers, in the order in which they are offered."""

_SAID = {
    Answer.LEAD: later("{town} would lead:"),
    Answer.JOIN: later("{town} would join:"),
    Answer.DISMISS: later("{town} does not want to see this call again, so letters leave it out:"),
    Answer.TAKEN_BACK: later("{town} took its answer back:"),
}


@dataclass(frozen=True, slots=True)
class LinkTo:
    """A link as a letter shows it."""

    label: str
    url: str


@dataclass(frozen=True, slots=True)
class Answers:
    """What a card offers: ``links`` with words, or one ``url`` to all after the words ``ask``.

    ``towns`` says what partner towns mean to do already; all are empty where there is nothing.
    """

    towns: str = ""
    ask: str = ""
    url: str = ""
    links: tuple[LinkTo, ...] = ()


@dataclass(frozen=True, slots=True)
class NewsLine:
    """One answer: who said what of which call, and a link to answer oneself."""

    said: str
    title: str = ""
    label: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class News:
    """The answers under their heading; how many calls are left out is the last line."""

    heading: str = ""
    lines: tuple[NewsLine, ...] = ()


@dataclass(frozen=True, slots=True)
class Answering:
    """The answers of one partnership, in one language; without ``links`` none can be given.

    ``each``: every answer has a link of its own; else one link leads to all of them.
    """

    language: str
    section: Section
    links: Links | None
    each: bool = True

    def of(self, call: Call) -> Answers:
        """What the card of a call says and offers."""
        t, opportunity = link_tongue(self.language), call.opportunity or call.id
        said = [one for one in self.section.towns if one.opportunity == opportunity]
        towns = ". ".join(said_of(t, one.town, one.answer).rstrip(": ") for one in said)
        towns = f"{towns}." if towns else ""
        if self.links is None:
            return Answers(towns=towns)
        url = self.links.answer(self.section.partnership.id, opportunity)
        ask = t.say("Your answer:")
        offered = [LinkTo(t.say(label), proposing(url, do)) for do, label in LABELS.items()]
        if not self.each:
            offered = [LinkTo(ask.rstrip(": \u00a0\u202f"), url)]
        return Answers(towns=towns, ask=ask, url=url, links=tuple(offered))

    def news(self) -> News:
        """What was answered since the last letter, and how many calls are left out for good."""
        t = link_tongue(self.language)
        lines = [self._line(t, one) for one in self.section.answered]
        heading = t.say("What your partners say") if lines else ""
        return News(heading, (*lines, *self._left_out(t)))

    def _line(self, t: Tongue, one: Answered) -> NewsLine:
        url = ""
        if self.links is not None:
            opportunity = one.call.opportunity or one.call.id
            url = self.links.answer(self.section.partnership.id, opportunity)
        label = t.say("bring it back") if one.answer is Answer.DISMISS else t.say("your answer")
        title = shorten(one.call.title, _TITLE) or line(one.call.id)
        return NewsLine(said_of(t, one.town, one.answer), title, label, url)

    def _left_out(self, t: Tongue) -> Iterator[NewsLine]:
        if not self.section.dismissed:
            return
        said = t.many(
            "{n} call is left out because you never want to see it again.",
            "{n} calls are left out because you never want to see them again.",
            self.section.dismissed,
        )
        url = self.links.letters() if self.links else ""
        yield NewsLine(said, label=t.say("which, and how to bring them back"), url=url)


def said_of(t: Tongue, town: str, answer: Answer) -> str:
    """``Lublin would lead:`` – the town's name is not inflected."""
    return t.say(_SAID[answer], town=line(town) or t.say("Your partnership"))


def answers_counted(language: str, number: int) -> str:
    """How many answers a letter tells, for its subject."""
    return link_tongue(language).many("{n} answer", "{n} answers", number)


def footer_links(language: str, links: Links | None) -> tuple[LinkTo, ...]:
    """The links at the foot of every letter."""
    if links is None:
        return ()
    t = link_tongue(language)
    return (
        LinkTo(t.say("Pause, frequency, language"), links.letters()),
        LinkTo(t.say("Unsubscribe"), links.unsubscribe()),
    )
