"""Adds to a digest what partner towns said of calls, and how many calls were dismissed for good."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

import sqlalchemy as sa

from alerts.nouns import Answered, Digest, Section
from storage import letters
from storage.answers import Answer, TownAnswer, answers_of
from storage.asking import get
from storage.domain import Call
from storage.errors import NotFound
from storage.letters import Fact, Told
from storage.recipients import address_key
from storage.status import is_over

_MOST = 10
_LATELY = timedelta(days=60)
_MEANT = {Answer.LEAD, Answer.JOIN}


def with_answers(connection: sa.Connection, digest: Digest) -> Digest:
    """Return ``digest`` with the answers its reader was not told yet, and the facts of telling.

    One's own answers are no news; an answer taken back is, to those who were told of it.
    """
    key = address_key(digest.recipient.email)
    sections: list[Section] = []
    facts: list[Fact] = []
    for section in digest.sections:
        name = section.partnership.id
        said = answers_of(connection, name)
        told = letters.told_to(connection, key, name) if said else {}
        news = list(_news(connection, said, told, key, digest.now))[:_MOST]
        facts += [Fact(name, one.opportunity, _fact(one)) for one, _ in news]
        gone = {one.opportunity for one in said if one.answer is Answer.DISMISS}
        towns = {partner.name for partner in section.partnership.partners} | {""}
        sections.append(
            replace(
                section,
                answered=tuple(Answered(call, one.town, one.answer) for one, call in news),
                towns=tuple(one for one in said if one.answer in _MEANT and one.town in towns),
                dismissed=len(gone),
            )
        )
    return replace(digest, sections=tuple(sections), facts=(*digest.facts, *facts))


def _news(
    connection: sa.Connection,
    said: list[TownAnswer],
    told: Mapping[str, Told],
    key: str,
    now: datetime,
) -> Iterator[tuple[TownAnswer, Call]]:
    for one in said:
        facts = told[one.opportunity].facts if one.opportunity in told else frozenset()
        if one.recipient == key or _fact(one) in facts or now - one.at > _LATELY:
            continue
        if one.answer is Answer.TAKEN_BACK and _last(facts, one.town) in {None, Answer.TAKEN_BACK}:
            continue  # of what was taken back before it was told there is nothing to tell
        call = _call(connection, one.opportunity)
        if call is not None and not is_over(call, now):
            yield one, call


def _fact(one: TownAnswer) -> str:
    return f"answer:{one.answer}:{one.at:%Y%m%dT%H%M%S}:{one.town}"


def _last(facts: Iterable[str], town: str) -> Answer | None:
    """The newest answer of a town that was told; None for none."""
    parts = (fact.split(":", 3) for fact in facts if fact.startswith("answer:"))
    told = sorted((moment, answer) for _, answer, moment, whose in parts if whose == town)
    return Answer(told[-1][1]) if told else None


def _call(connection: sa.Connection, opportunity: str) -> Call | None:
    try:
        return get(connection, opportunity)
    except NotFound:  # an import took it away
        return None
