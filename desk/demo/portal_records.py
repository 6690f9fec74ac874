"""The records of the sample portal: invented calls, their dates counted from ``now``."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import cache
from importlib.resources import files
from typing import Any
from zoneinfo import ZoneInfo

import yaml

from desk.demo import shapes
from desk.demo.conditions import conditions
from desk.demo.invented import BudgetLine, Cascade, ExternalAction, Topic
from desk.demo.search import Record
from desk.demo.synthetic import synthetic

__all__ = ["calls", "records", "synthetic"]

_DOCUMENTS = "https://ec.europa.eu/info/funding-tenders/opportunities/docs/2021-2027"
_SECTIONS = {
    "outcome": "Expected Outcome:",
    "objective": "Objective:",
    "scope": "Scope:",
    "impact": "Expected Impact:",
}
_LISTED = frozenset({"outcome", "impact"})

Said = Mapping[str, Any]


def records(now: datetime) -> list[Record]:
    """Every record of the sample portal: the calls, and all that only looks like one."""
    made: list[Record] = []
    topics = _topics(now)
    for said in calls("topics"):
        own = topics[said["identifier"]]
        full = shapes.topic(own, now)
        made += [shapes.stub(full)] if said.get("stub") == "before" else []
        made.append(full)
        made += [shapes.stub(full)] if said.get("stub") == "after" else []
        made += [shapes.stale(full)] if said.get("stale") else []
        for language, words in said.get("translations", {}).items():
            made.append(shapes.topic(_translated(own, words), now, language))
        if news := said.get("update"):
            made.append(shapes.update(own, news, now - timedelta(days=3), now))
    made += [shapes.external_action(_external(said, now), now) for said in calls("external")]
    for said in calls("cascade"):
        call = _cascade(said, now)
        made.append(shapes.cascade(call, now))
        for language in said.get("copies", ()):
            made.append(shapes.cascade(call, now, language))
    left = [_topic(said, {}, now) for said in calls("left_behind")]
    made += [shapes.stale(shapes.topic(one, now)) for one in left]
    return made


@cache
def calls(name: str) -> Sequence[Said]:
    """The calls as written down in ``<name>.yaml``."""
    text = files("desk.demo").joinpath(f"{name}.yaml").read_text("utf-8")
    written: Sequence[Said] = yaml.load(text, Loader=yaml.CSafeLoader)
    return written


def day(offset: int, now: datetime) -> date:
    """The day so many days from ``now`` in Brussels, or the Tuesday to Thursday farther off."""
    found = now.astimezone(ZoneInfo("Europe/Brussels")).date() + timedelta(days=offset)
    while found.weekday() not in (1, 2, 3):
        found += timedelta(days=1 if offset > 0 else -1)
    return found


def _topics(now: datetime) -> dict[str, Topic]:
    by_call: defaultdict[str, list[BudgetLine]] = defaultdict(list)
    for said in calls("topics"):
        by_call[said["call"][0]] += _money(said, now)
    return {said["identifier"]: _topic(said, by_call, now) for said in calls("topics")}


def _topic(said: Said, lines: Mapping[str, list[BudgetLine]], now: datetime) -> Topic:
    call, call_title = said["call"]
    programme = said["programme"]
    opens, closes = day(said["opens"], now), [day(one, now) for one in said["deadlines"]]
    document = f"{_DOCUMENTS}/{programme.lower()}/wp-call/2027/call-fiche_{call.lower()}_en.pdf"
    writes = {
        "current": shapes.midnight,
        "legacy": lambda one: shapes.clock(one, "17:00"),
        "true midnight": shapes.true_midnight,
    }[said.get("form", "current")]
    return Topic(
        identifier=said["identifier"],
        programme=programme,
        call=call,
        call_title=call_title,
        action=said["action"],
        title=said["title"],
        description=description(said),
        conditions=conditions(
            document,
            countries=said.get("countries", ""),
            eligibility=said.get("conditions", ""),
            award=said.get("award", ""),
            specific=said.get("specific", ""),
        ),
        opens=opens,
        dates=tuple(writes(one) for one in closes),
        model=said.get("model", "single-stage"),
        status=said.get("status") or _status(opens, closes, now),
        budget=lines.get(call, []),
        destination=tuple(said.get("destination", ("", ""))),
        keywords=tuple(said.get("keywords", ())),
        news=said.get("news", ""),
    )


def _money(said: Said, now: datetime) -> list[BudgetLine]:
    money = said.get("budget")
    if not money:
        return []
    return [
        BudgetLine(
            topic=said["identifier"],
            action=said["action"],
            amounts={str(year): amount for year, amount in money["years"].items()},
            opens=day(said["opens"], now),
            days=tuple(str(day(one, now)) for one in said["deadlines"]),
            model=said.get("model", "single-stage") or "single-stage",
            grants=money.get("grants", 0),
            least=money.get("min", 0),
            most=money.get("max", 0),
        )
    ]


def description(said: Said) -> str:
    """The description as the portal writes it, a kind of heading before each part."""
    parts: list[str] = []
    for key, heading in _SECTIONS.items():
        if not (words := said.get(key)):
            continue
        parts.append(f'<p class="topicdescriptionkind">{heading}</p>')
        if key in _LISTED:
            items = "".join(f"<li>{one}</li>" for one in words)
            parts.append(f'<ul level="0">{items} </ul>')
        else:
            parts += [f"<p>{one}</p>" for one in words]
    notes = [
        f'<p class="eui-u-font-s">[{position}] <sup> </sup>{note}</p>'
        for position, note in enumerate(said.get("notes", ()), start=1)
    ]
    return "".join(parts + notes)


def _translated(own: Topic, words: Said) -> Topic:
    """A translation; where only the title was translated, the text lags behind in English."""
    text = description(words) or own.description
    return Topic(**{**vars(own), "title": words["title"], "description": text})


def _external(said: Said, now: datetime) -> ExternalAction:
    opens, closes = day(said["opens"], now), [day(one, now) for one in said["deadlines"]]
    return ExternalAction(
        number=said["number"],
        identifier=said["identifier"],
        title=said["title"],
        opens=shapes.clock(opens, said.get("opens_at", "10:00")),
        dates=tuple(shapes.clock(one, said.get("at", "12:00")) for one in closes),
        status=said.get("status") or _status(opens, closes, now),
        budget=said.get("budget", 0),
        documents=tuple((kind, name) for kind, name in said.get("documents", ())),
    )


def _cascade(said: Said, now: datetime) -> Cascade:
    opens, closes = day(said["opens"], now), [day(one, now) for one in said["deadlines"]]
    topic, topic_title = said["topic"]
    acronym, project = said["project"]
    return Cascade(
        number=said["number"],
        title=said["title"],
        acronym=acronym,
        project=project,
        topic=topic,
        topic_title=topic_title,
        programme=said["programme"],
        text=said["text"],
        further=said["further"],
        opens=opens,
        dates=tuple(shapes.clock(one, said.get("at", "17:00")) for one in closes),
        model=said.get("model", "single-stage"),
        status=said.get("status") or _status(opens, closes, now),
        budget=said.get("budget", 0),
        duration=said.get("duration", ""),
    )


def _status(opens: date, closes: Sequence[date], now: datetime) -> str:
    today = now.astimezone(ZoneInfo("Europe/Brussels")).date()
    if opens > today:
        return "forthcoming"
    return "closed" if closes and closes[-1] < today else "open"
