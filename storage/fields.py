"""Taking the fields of a record one by one, each checked, so that every mistake has its name."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Literal, TypeVar, overload

from storage.errors import BadField, Shown, nearest

Choice = TypeVar("Choice", bound=StrEnum)


class Fields:
    """A JSON object at ``path`` of a record; null and absent are the same to all its methods."""

    __slots__ = ("data", "path")

    def __init__(self, data: object, path: str, known: Sequence[str]) -> None:
        self.path = path
        if not isinstance(data, dict):
            raise BadField(path or "record", "an object {…}", data)
        self.data: dict[str, Any] = data
        if not data.keys() <= frozenset(known):
            name = next(str(name) for name in data if name not in known)
            near = nearest(name, known, limit=1)
            hint = f" (did you mean {near[0]}?)" if near else f": {', '.join(known)}"
            raise BadField(self.at(name), f"a known field{hint}", name)

    def at(self, name: str) -> str:
        """Return where the field ``name`` is, as ``deadlines[0].date``."""
        return f"{self.path}.{name}" if self.path else name

    def text(self, name: str, default: str = "", *, required: bool = False) -> str:
        value = self.data.get(name)
        if value is None and not required:
            return default
        if required and not (isinstance(value, str) and value.strip()):
            got = Shown("nothing") if value is None else value
            raise BadField(self.at(name), "text that is not empty", got)
        return clean(value, self, name)

    def optional(self, name: str) -> str | None:
        value = self.data.get(name)
        return None if value is None else clean(value, self, name)

    def checked(
        self, name: str, check: Callable[[str | None], None] | Callable[[str], None], expected: str
    ) -> str | None:
        """Return the text once ``check`` has found no fault with it (ValueError)."""
        value = self.optional(name)
        if value is not None:
            try:
                check(value)
            except ValueError as error:
                raise BadField(self.at(name), expected, value) from error
        return value

    def whole(self, name: str, least: int, most: int) -> int | None:
        value = self.data.get(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise BadField(self.at(name), f"a whole number from {least} to {most}", value)
        return value

    def number(self, name: str, most: float = 1e15) -> float | None:
        value = self.data.get(name)
        if value is None:
            return None
        right = isinstance(value, int | float) and not isinstance(value, bool)
        if not right or not 0 <= value <= most or not math.isfinite(value):
            raise BadField(self.at(name), f"a number from 0 to {most:,.0f}", value)
        return float(value)

    def flag(self, name: str, *, default: bool = False) -> bool:
        value = self.data.get(name)
        if value is None:
            return default
        if not isinstance(value, bool):
            raise BadField(self.at(name), "true or false", value)
        return value

    def moment(self, name: str) -> datetime | None:
        value = self.optional(name)
        if value is None:
            return None
        expected = "a time with its offset like 2026-11-22T10:00:00Z"
        try:
            moment = datetime.fromisoformat(value)
            if moment.tzinfo is not None:
                return moment.astimezone(UTC)
        except (ValueError, OverflowError) as error:
            raise BadField(self.at(name), expected, value) from error
        raise BadField(self.at(name), expected, value)

    @overload
    def one_of(self, name: str, choices: type[Choice], *, required: Literal[True]) -> Choice: ...
    @overload
    def one_of(self, name: str, choices: type[Choice]) -> Choice | None: ...
    def one_of(self, name: str, choices: type[Choice], *, required: bool = False) -> Choice | None:
        value = self.data.get(name)
        if value is None and not required:
            return None
        try:
            return choices(value)  # type: ignore[arg-type]  # any JSON value may stand here
        except ValueError as error:
            known = [str(choice) for choice in choices]
            near = nearest(value, known) if isinstance(value, str) else []
            hint = f"one of {', '.join(dict.fromkeys([*near, *known]))}"
            raise BadField(self.at(name), hint, value) from error

    def texts(self, name: str) -> tuple[str, ...]:
        return tuple(
            [clean(value, self, f"{name}[{i}]") for i, value in enumerate(self._list(name))]
        )

    def record(self, name: str, known: Sequence[str]) -> Fields | None:
        value = self.data.get(name)
        return None if value is None else Fields(value, self.at(name), known)

    def records(self, name: str, known: Sequence[str]) -> Iterator[Fields]:
        for i, value in enumerate(self._list(name)):
            yield Fields(value, self.at(f"{name}[{i}]"), known)

    def _list(self, name: str) -> list[Any]:
        value = self.data.get(name)
        if value is None:
            return []
        if not isinstance(value, list):
            raise BadField(self.at(name), "a list […]", value)
        return value


def can_be_kept(text: str) -> bool:
    """Whether both databases can keep a text, or be asked for it: no NUL, no half characters."""
    if "\0" in text:
        return False
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def clean(value: object, fields: Fields, name: str) -> str:
    """Return ``value`` if it is text that both databases can keep."""
    if not isinstance(value, str):
        raise BadField(fields.at(name), "text", value)
    if "\0" in value:
        raise BadField(fields.at(name), "text without NUL characters", value)
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError as error:
            raise BadField(fields.at(name), "text without half characters", value) from error
    return value
