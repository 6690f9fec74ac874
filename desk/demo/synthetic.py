"""Any number of generated records in the sizes of the real ones, for tests and measurements."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta

from desk.demo import shapes
from desk.demo.conditions import conditions
from desk.demo.invented import BudgetLine, Cascade, ExternalAction, Topic
from desk.demo.search import Record

_PER_CALL = 15
_SHARE_A_POT = 0.2
_FORTHCOMING = 0.3
_NOUNS = (
    "water network|heat pump|school shelter|rescue team|library|tram depot|flood barrier|archive|"
    "youth council|care centre|data platform|compost plant|street lamp|river bank|repair workshop|"
    "town hall|bus fleet|clinic|market square|cycle path|help desk|museum|kindergarten|bridge|"
    "sewage works|solar roof|early-warning siren|reception centre|community garden|sports hall"
)
_ACTORS = (
    "a small municipality|two twin towns|the regional council|a public utility|local volunteers|"
    "returning veterans|displaced families|a museum association|young people|the fire brigade"
)
_DEEDS = (
    "renews|plans|measures|repairs|opens up|insulates|tests|connects|documents|shares|protects|"
    "re-designs|takes over|trains staff for|raises money for|draws lessons from"
)
_ENDS = (
    "before the next winter|with partners abroad|at a lower cost|in three languages|under a joint "
    "plan|for people with disabilities|with open data|after public consultation|within two years|"
    "without new debt|together with neighbouring towns|as a model for others"
)
_PROGRAMMES = (
    ("HORIZON", "HORIZON-RIA HORIZON  Research and Innovation Actions"),
    ("HORIZON", "HORIZON-IA HORIZON Innovation Actions"),
    ("LIFE", "LIFE-PJG LIFE Project Grants"),
    ("CERV", "CERV-LS CERV Lump Sum Grants"),
    ("DIGITAL", "DIGITAL-SIMPLE DIGITAL Simple Grants"),
)


def synthetic(n: int, now: datetime, seed: int = 0) -> list[Record]:
    """``n`` open or forthcoming English records: of 26, 20 topics, 5 cascades, 1 external action.

    The same ``n``, ``now`` and ``seed`` give the same records.
    """
    words = _Words(random.Random(seed))  # noqa: S311  (text, not secrets)
    externals, cascades = n // 26, n * 5 // 26
    made = [*_topics(n - externals - cascades, now, words)]
    made += [_cascade(position, now, words) for position in range(cascades)]
    made += [_external(position, now, words) for position in range(externals)]
    return made


class _Words:
    """Sentences of an invented vocabulary."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self._lists = [one.split("|") for one in (_ACTORS, _DEEDS, _NOUNS, _ENDS)]

    def sentence(self) -> str:
        actor, deed, noun, end = (self.chance.choice(one) for one in self._lists)
        return f"{actor[0].upper()}{actor[1:]} {deed} the {noun} {end}."

    def title(self) -> str:
        return self.sentence().rstrip(".")

    def paragraphs(self, length: int) -> str:
        """HTML of about ``length`` characters, lists, notes and odd marks among it."""
        parts: list[str] = []
        size = 0
        while size < length:
            parts.append(self._block())
            size += len(parts[-1])
        return "".join(parts)

    def _block(self) -> str:
        said = [self.sentence() for _ in range(self.chance.randint(2, 5))]
        match self.chance.randrange(8):
            case 0:
                return "<ul>" + "".join(f"<li>{one}</li>" for one in said) + "</ul>"
            case 1:
                return f"<p>{said[0]}[[{said[1]}]] <strong>{said[-1]}</strong></p>"
            case 2:
                return f"<p>{said[0]}[[{said[1]}</p><p>{said[-1]}]]</p>"
            case 3:
                return f"<p>\ufeff{said[0]}&nbsp;Repair &amp; reuse.  {' '.join(said[1:])}</p>"
            case _:
                return f"<p>{' '.join(said)}</p>"

    def day(self, start: date, least: int, most: int) -> date:
        return start + timedelta(days=self.chance.randint(least, most))


def _topics(count: int, now: datetime, words: _Words) -> Iterator[Record]:
    for first in range(0, count, _PER_CALL):
        for one in _call(first // _PER_CALL, min(_PER_CALL, count - first), now.date(), words):
            yield shapes.topic(one, now)


def _call(position: int, size: int, today: date, words: _Words) -> list[Topic]:
    """The topics of one call, each with the money of all of them."""
    chance = words.chance
    programme, action = chance.choice(_PROGRAMMES)
    call, title = f"{programme}-2027-S{position:03}", words.title()
    pot = chance.randrange(2, 90) * 1_000_000 if chance.random() < _SHARE_A_POT else 0
    forthcoming = chance.random() < _FORTHCOMING
    opens = words.day(today, 5, 60) if forthcoming else words.day(today, -90, -1)
    shared = _shared_conditions(words)
    made = [
        Topic(
            identifier=f"{call}-{place:02}",
            programme=programme,
            call=call,
            call_title=title,
            action=action,
            title=words.title(),
            description=_description(words),
            conditions=_conditions(call, shared, words),
            opens=opens,
            dates=tuple(shapes.midnight(one) for one in days),
            model=model,
            status="forthcoming" if forthcoming else "open",
            destination=_destination(programme, words),
            number=61_000_000 + position * _PER_CALL + place,
        )
        for place in range(size)
        for model, days in [_deadlines(today, words)]
    ]
    lines = tuple(
        BudgetLine(
            topic=one.identifier,
            action=action,
            amounts={"2027": pot or chance.randrange(1, 60) * 500_000},
            opens=opens,
            days=tuple(said[:10] for said in one.dates),
            model=one.model or "single-stage",
            grants=chance.randint(0, 6),
            least=least,
            most=most,
        )
        for one in made
        for least, most in [chance.choice(((0, 0), (1_000_000, 2_000_000), (60_000, 60_000)))]
    )
    return [replace(one, budget=lines) for one in made]


def _deadlines(today: date, words: _Words) -> tuple[str | None, list[date]]:
    first = words.day(today, 70, 200)
    second, third = words.day(first, 60, 90), words.day(first, 120, 150)
    kinds: list[tuple[str | None, list[date]]] = [
        ("single-stage", [first]),
        ("two-stage", [first, second]),
        ("multiple cut-off", [first, second, third]),
        (None, [first]),
    ]
    return words.chance.choices(kinds, weights=(88, 6, 5, 1))[0]


def _description(words: _Words) -> str:
    outcome = "".join(f"<li>{words.sentence()}</li>" for _ in range(5))
    return (
        f'<p class="topicdescriptionkind">Expected Outcome:</p><ul level="0">{outcome} </ul>'
        f'<p class="topicdescriptionkind">Scope:</p>{words.paragraphs(4_000)}'
    )


def _shared_conditions(words: _Words) -> dict[str, str]:
    """What all topics of a call say in the same words, as on the portal: nearly everything."""
    return {
        "countries": words.paragraphs(700),
        "eligibility": words.paragraphs(900),
        "award": words.paragraphs(1_200),
        "specific": words.paragraphs(800),
    }


def _conditions(call: str, shared: dict[str, str], words: _Words) -> str:
    document = f"https://ec.europa.eu/info/funding-tenders/opportunities/docs/{call}.pdf"
    own = {"eligibility": shared["eligibility"] + words.paragraphs(300)}
    return conditions(document, **shared | own)


def _destination(programme: str, words: _Words) -> tuple[str, str]:
    return (words.title(), words.paragraphs(1_500)) if programme == "HORIZON" else ("", "")


def _cascade(position: int, now: datetime, words: _Words) -> Record:
    chance, opens = words.chance, words.day(now.date(), -60, -1)
    days = sorted({words.day(now.date(), 10, 200) for _ in range(chance.choice((1, 1, 1, 2, 4)))})
    said = chance.choice(("17:00", "23:59", "22:59", "12:00"))
    parent = position // 3
    made = Cascade(
        number=20_000 + position,
        title=f"{words.title()} ({position})",
        acronym=f"SYN{parent}",
        project=words.title(),
        topic=f"HORIZON-CL4-2025-SYN-{parent:03}",
        topic_title=f"{words.title()}[[https://example.org/study-{parent}.pdf]]",
        programme="HORIZON",
        text=words.paragraphs(3_500),
        further=words.paragraphs(500),
        opens=opens,
        dates=tuple(shapes.clock(one, said) for one in days),
        model="single-stage" if len(days) == 1 else "multiple cut-off",
        budget=chance.randrange(1, 40) * 100_000,
    )
    return shapes.cascade(made, now)


def _external(position: int, now: datetime, words: _Words) -> Record:
    chance = words.chance
    made = ExternalAction(
        number=190_000 + position,
        identifier=f"EuropeAid/{190_000 + position}/DD/ACT/{chance.choice(('UA', 'MD', 'Multi'))}",
        title=words.title(),
        opens=shapes.clock(words.day(now.date(), -60, -1), "10:00:16"),
        dates=(shapes.clock(words.day(now.date(), 10, 90), chance.choice(("10:00:54", "21:59"))),),
        budget=chance.randrange(1, 40) * 100_000,
        documents=(("GUIDELINES", "Guidelines"),),
    )
    return shapes.external_action(made, now)
