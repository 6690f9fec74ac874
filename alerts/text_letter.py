"""The letter as plain text: what every mail program and every phone can show."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator
from functools import lru_cache

from alerts.answering import Answers, News
from alerts.cards import Card, Why, Words
from alerts.change_words import Moved
from alerts.receipt_view import ReceiptView
from alerts.tongue import Tongue
from alerts.view import LetterView, SectionView

WIDTH = 72
_RULE = "=" * WIDTH
_THIN = "-" * WIDTH


def text_letter(view: LetterView) -> str:
    """Return the whole letter as text."""
    parts = [[view.t.say("Bridges of Trust") + " · " + view.date]]
    if view.several:
        parts.append(list(_wrapped(view.headline)))
    else:
        parts += [list(_wrapped(section.name)) for section in view.sections]
    parts.append([view.greeting])
    parts.append([line for one in view.summary for line in _wrapped(one)])
    parts.append([line for one in view.warnings for line in _wrapped(one, "! ")])
    for section in view.sections:
        parts += _section(view, section)
    if view.receipt is not None:
        parts.append(list(_receipt(view.receipt)))
    links = [f"{one.label}: {one.url}" for one in view.footer_links]
    parts.append([_RULE, *(line for one in view.footer for line in _wrapped(one)), *links])
    return "\n\n".join("\n".join(part) for part in parts if part) + "\n"


def _section(view: LetterView, section: SectionView) -> Iterator[list[str]]:
    if view.several:
        yield [_RULE, *_wrapped(section.name)]
    if section.quiet and view.several:
        yield list(_wrapped(section.quiet))
    for block in section.blocks:
        yield [block.heading.upper(), _THIN, *(_wrapped(block.note) if block.note else ())]
        for number, told in enumerate(block.calls, start=1):
            title = _wrapped(told.card.title.text, f"{number}. ")
            yield [*title, *_card(view.t, told.card), *_answers(told.answers)]
    if section.answered.lines:
        yield list(_answered(section.answered))
    if section.more:
        yield list(_wrapped(section.more))
        if section.more_link:
            yield [f"{view.t.say('See all that suits you')}{view.t.colon}", section.more_link]


@lru_cache(maxsize=256)
def _card(t: Tongue, card: Card) -> tuple[str, ...]:
    """What is said of a call under its title: written once for all who are shown the same card."""
    return tuple(_said(t, card))


def _said(t: Tongue, card: Card) -> Iterator[str]:
    standing = " · ".join(one for one in (card.status_words, card.left) if one)
    yield from _wrapped(standing)
    if card.again and not card.moved:
        yield from _wrapped(t.say("Told in full further up in this letter."))
    if card.programme:
        yield from _wrapped(card.programme)
    for one in card.moved:
        yield from _wrapped(f"{one.label}{t.colon} {_change(t, one)}", "* ")
    if card.opens:
        yield from _labelled(t, t.say("Opens"), [card.opens])
    yield from _labelled(t, t.say("Deadline"), card.deadlines)
    if card.verdict is not None:
        said = " ".join(one for one in (card.verdict.headline, card.verdict.roles) if one)
        yield from _labelled(t, t.say("For you"), [said])
    yield from _labelled(t, card.lacking, _texts(t, card.missing))
    yield from _labelled(t, t.say("Check first"), _texts(t, card.checks))
    yield from _labelled(t, t.say("Money"), _texts(t, card.grants))
    yield from _labelled(t, t.say("Own share"), card.own_share)
    yield from _labelled(t, t.say("Equality of women and men"), card.gender)
    why = t.say("Why this call")
    why = f"{why} ({card.score})" if card.score else why
    yield from _labelled(t, why, [_why(t, one) for one in card.reasons])
    if card.about is not None:
        yield from _labelled(t, t.say("What it is about"), [t.quoted(card.about.text)])
    if card.unsure:
        yield from _wrapped(f"({card.unsure})")
    if card.url:
        yield f"{t.say('Page of the call')}{t.colon} {card.url}"
    if card.desk:
        yield f"{t.say('Our notes on it')}{t.colon} {card.desk}"


def _answers(answers: Answers) -> Iterator[str]:
    if answers.towns:
        yield from _wrapped(answers.towns)
    if answers.url:
        yield f"{answers.ask} {answers.url}"


def _answered(news: News) -> Iterator[str]:
    if news.heading:
        yield from (news.heading.upper(), _THIN)
    for one in news.lines:
        yield from _wrapped(" ".join(part for part in (one.said, one.title) if part), "- ")
        if one.url:
            yield f"  {one.label}: {one.url}"


def _why(t: Tongue, one: Why) -> str:
    parts = [t.quoted(one.words.text)] if one.words else []
    if one.answers is not None:
        parts.append(t.say("answers your {words}", words=t.quoted(one.answers.text)))
    return " – ".join(parts)


def _change(t: Tongue, one: Moved) -> str:
    if one.old or one.new:
        pair = f"{one.old} → {one.new}"
        return f"{pair} ({one.note})" if one.note else pair
    return f"{one.note}{t.colon} {t.quoted(one.quote)}" if one.quote else one.note


def _texts(t: Tongue, some: Iterable[Words]) -> list[str]:
    return [f"{one.text} {t.quoted(one.quote)}" if one.quote else one.text for one in some]


def _labelled(t: Tongue, label: str, values: Iterable[str]) -> Iterator[str]:
    told = list(values)
    if len(told) == 1:
        yield from _wrapped(f"{label}{t.colon} {told[0]}")
    elif told:
        yield f"{label}{t.colon}"
        for one in told:
            yield from _wrapped(one, "- ")


def _receipt(receipt: ReceiptView) -> Iterator[str]:
    yield _RULE
    yield receipt.heading.upper()
    for entry in receipt.entries:
        parts = [entry.text, f"({entry.reason})" if entry.reason else "", entry.title]
        yield from _wrapped(" ".join(part for part in parts if part), "- ")
        if entry.link:
            yield f"  {entry.link}"


@lru_cache(maxsize=4096)  # partners are told the same
def _wrapped(text: str, first: str = "") -> tuple[str, ...]:
    """Return ``text`` in lines of the letter's width; addresses stand on lines of their own."""
    return tuple(
        textwrap.wrap(
            text,
            WIDTH,
            initial_indent=first,
            subsequent_indent=" " * len(first),
            break_on_hyphens=False,
        )
    )
