"""The values that options take: a moment, a day, a span of time, a word from a closed list."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any

import click

from desk.text import line
from desk.wording import listed
from storage.errors import nearest

FIRST, LAST = 1970, 2200
"""Years between which the clock may be set: others have no calendar in some time zone."""

MOST = 1_000_000
"""Calls that can be asked for by number."""

_SPAN = re.compile(r"(\d{1,4})\s*(h|d|w)", re.IGNORECASE)
_UNITS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}


class Moment(click.ParamType[datetime]):
    """An ISO date and time with its offset from UTC."""

    name = "moment"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            moment = None
        if moment is None or moment.tzinfo is None or not FIRST < moment.year < LAST:
            self.fail(
                f"{line(value)!r} is not a moment with its offset, like 2026-12-01T09:00+02:00",
                param,
                ctx,
            )
        return moment


class Day(click.ParamType[date]):
    """A day of the calendar."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        try:
            return date.fromisoformat(value)
        except ValueError:
            self.fail(f"{line(value)!r} is not a day like 2026-11-30", param, ctx)


class Published(click.ParamType[str]):
    """When something was published: a day, or only its month or year."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        from crawler.reading.words import check_published

        try:
            check_published(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)
        return value


class Span(click.ParamType[timedelta]):
    """A length of time: hours, days or weeks."""

    name = "span"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if found := _SPAN.fullmatch(value.strip()):
            return int(found[1]) * _UNITS[found[2].lower()]
        return self.fail(f"{line(value)!r} is not a span like 30d, 2w or 48h", param, ctx)


class Word(click.ParamType[str]):
    """One word of a closed list; a wrong one is answered with the nearest."""

    name = "word"

    def __init__(self, words: Iterable[str]) -> None:
        self.words = tuple(words)

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str:  # noqa: ARG002
        return f"[{'|'.join(self.words)}]"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        folded = value.strip().casefold().replace("-", "_")
        if folded in self.words:
            return folded
        close = nearest(value, self.words)
        hint = f"nearest: {', '.join(close)}" if close else f"one of: {', '.join(self.words)}"
        return self.fail(f"{line(value)!r} is not known; {hint}", param, ctx)


class Code(click.ParamType[str]):
    """The code of a country or region, in capitals; ``check`` raises ValueError for others.

    A name is answered with the codes that ``named`` finds for it.
    """

    name = "code"

    def __init__(
        self, check: Callable[[str], object], named: Callable[[str], Sequence[str]]
    ) -> None:
        self.check = check
        self.named = named

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        code = value.strip().upper()
        try:
            self.check(code)
        except ValueError as error:
            found = self.named(value) if "did you mean" not in str(error) else ()
            hint = f"; you may mean {listed(found, 'or')}" if found else ""
            self.fail(f"expected {error}, got {line(value)!r}{hint}", param, ctx)
        return code
