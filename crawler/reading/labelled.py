"""Values that stand in fields of their own, as a page or an interface gives them."""

from __future__ import annotations

import re
from datetime import datetime
from zoneinfo import ZoneInfo

from crawler.reading.text import clean
from storage.domain import BRUSSELS, YEARS, Deadline, DeadlineKind

_COUNTRIES = {
    "bg": "Допустими държави",
    "cs": "Způsobilé země",
    "da": "Støtteberettigede lande",
    "de": "Förderfähige Länder",
    "en": "Eligible countries",
    "es": "Países elegibles",
    "fr": "Pays éligibles",
    "hr": "Prihvatljive države",
    "hu": "Támogatható országok",
    "it": "Paesi ammissibili",
    "lt": "Tinkamos šalys",
    "lv": "Tiesīgās valstis",
    "nl": "In aanmerking komende landen",
    "pl": "Kraje kwalifikowalne",
    "ro": "Țări eligibile",
    "sk": "Oprávnené krajiny",
    "sv": "Stödberättigade länder",
    "uk": "Прийнятні країни",
}
_STAMP = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)")


def headings(field: str, language: str | None) -> tuple[tuple[str, str | None], ...]:
    """What a text would say before the value of ``countries`` or ``applicants``, and its language.

    The reader of prose needs to know what a bare list is a list of, and the source's own label
    may mislead it: below "Regions / countries for funding" no regional authority applies.
    """
    if field == "applicants":
        return (("Eligible applicants", language),)
    own = _COUNTRIES.get(language or "en")
    english = (_COUNTRIES["en"], "en")
    return ((own, language), english) if own and language else (english,)


def in_one_line(markup: str) -> str:
    """The value of a field on one line, its items parted by commas: they belong together."""
    lines = [line.removeprefix("- ").strip(" ;,") for line in clean(markup).split("\n")]
    return ", ".join(filter(None, lines))


def stamp(phrase: str, zone: str | None) -> Deadline | None:
    """The deadline in a machine's timestamp that states its offset; None for anything else.

    The moment is told on the clocks of ``zone`` (Brussels, where none is known).
    """
    if not _STAMP.fullmatch(phrase):
        return None
    try:
        moment = datetime.fromisoformat(phrase).astimezone(ZoneInfo(zone or BRUSSELS))
    except (ValueError, OverflowError):  # a 30 February: left to be reported as unread
        return None
    if moment.year not in YEARS:  # 9999-12-31 stands for "never"
        return None
    return Deadline(
        DeadlineKind.SINGLE,
        date=moment.date().isoformat(),
        time=f"{moment:%H:%M}",
        zone=zone or BRUSSELS,
        words=phrase,
    )
