"""Says in the reader's language what an assessment found missing.

An assessment speaks English (``classifier.wording``). Its sentences are few and regular, so each
is recognised here by its form and said again from the catalogue, its names and numbers put in. A
sentence of no known form stays English rather than being guessed; a test holds this list against
every sentence the classifier can form.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache

from alerts.plain import line
from alerts.tongue import ENGLISH, Tongue, later, later_many, tongue
from classifier.loading import load_rules
from classifier.region_names import region_name, region_names
from classifier.rulebook import Rules
from classifier.wording import APPLICANTS

_CHECK = "check "
_IN_THE_CALL = re.compile(r"in the call: “(.+)”")


@dataclass(frozen=True, slots=True)
class Missing:
    """One thing that is missing; ``check`` for what a look into the call settles.

    ``english`` marks a sentence that could not be said in the reader's language. ``quote`` is what
    the call says itself, in its own language; it follows the text.
    """

    text: str
    check: bool = False
    english: bool = False
    quote: str = ""


@cache
def rules() -> Rules:
    """Return the programme rules, read once: they take a second."""
    return load_rules()


def missing(t: Tongue, sentence: str) -> Missing:
    """Say what an assessment found missing; ``check …`` sentences lose that word."""
    return _missing(t.code, sentence)


@lru_cache(maxsize=20_000)
def _missing(code: str, sentence: str) -> Missing:
    """Calls of one programme lack the same, letter after letter: each is said once."""
    t, told = tongue(code), line(sentence)
    check = told.startswith(_CHECK)
    told = told.removeprefix(_CHECK)
    if found := _IN_THE_CALL.fullmatch(told):
        return Missing(t.say("in the call:"), check, quote=found[1])
    said = told if t.code == ENGLISH else _said(t, told)
    return Missing(told if said is None else said, check, english=said is None)


def _said(t: Tongue, told: str) -> str | None:
    if found := _OF_THEM.fullmatch(told):
        return _with_of_them(t, found)
    for form in _forms():
        if (found := form.pattern.fullmatch(told)) and (said := form.say(t, found)) is not None:
            return said
    return None


def _with_of_them(t: Tongue, found: re.Match[str]) -> str | None:
    """``3 more partners, two of them from Poland``: the first part, then the second."""
    rest = found["rest"]
    whence = _where(t, rest)
    first = _said(t, found["first"])
    if first is None or whence is None:
        return None
    number = _NUMBERS.index(found["n"]) if found["n"] in _NUMBERS else int(found["n"])
    of_them = t.many("{n} of them {whence}", "{n} of them {whence}", number, whence=whence)
    return f"{first}, {of_them}"


@dataclass(frozen=True, slots=True)
class _Form:
    """One form of sentence with ``{fields}``; ``other`` is its plural where a number governs it."""

    one: str
    other: str
    pattern: re.Pattern[str]

    def say(self, t: Tongue, found: re.Match[str]) -> str | None:
        values: dict[str, str] = {}
        for name, value in found.groupdict().items():
            said = _FIELDS[name].say(t, value)
            if said is None:
                return None
            values[name] = said
        if not self.other:
            return t.say(self.one, **values)
        number = int(values.pop("n"))
        return t.many(self.one, self.other, number, **values)


@cache
def _forms() -> tuple[_Form, ...]:
    pairs = [(one, "") for one in _PLAIN] + list(_COUNTED)
    return tuple(_Form(one, other, _pattern(other or one)) for one, other in pairs)


def _pattern(message: str) -> re.Pattern[str]:
    parts = re.split(r"\{(\w+)\}", message)
    return re.compile(
        "".join(
            f"(?P<{part}>{_FIELDS[part].shape})" if place % 2 else re.escape(part)
            for place, part in enumerate(parts)
        )
    )


# The special forms come before the general ones.
_PLAIN = (
    later("in the call document who may take part"),
    later("in the call document {check}"),
    later("whether both towns may stand in one application"),
    later("whether the call admits bodies from Ukraine"),
    later("how many partners the call asks for"),
    later("whether {kind} may apply: the call does not say"),
    later("whether {kind} may apply"),
    later("whether {place} may apply"),
    later("whether {place} may be a partner"),
    later("whether {country} takes part in {programme}"),
    later("{place} applies by itself"),
    later("{place} applies through {kind} of its own"),
    later("{place} applies without {gone}"),
    later("apply without {place}"),
    later("{place} must not lie in {regions}"),
    later("{place} must lie in {regions}"),
    later("{regions} is not among the regions of the call"),
    later("{regions} is not in the programme area"),
    later("a partner that may lead"),
    later("an applicant {whence}"),
    later("a partner {whence}"),
    later("an EU Member State partner"),
    later("one partner from {regions}"),
    later("one partner {whence}"),
    later("one more partner"),
    later("{kind} as partner"),
)
_COUNTED = (
    later_many(
        "{n} more sentence of the call's conditions",
        "{n} more sentences of the call's conditions",
    ),
    later_many("{n} EU Member State partner", "{n} EU Member State partners"),
    later_many(
        "{n} more partner from {m} more countries", "{n} more partners from {m} more countries"
    ),
    later_many("{n} more partner {whence}", "{n} more partners {whence}"),
    later_many("{n} more partner: {kinds}", "{n} more partners: {kinds}"),
    later_many("{n} more partner", "{n} more partners"),
)

_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_OF_THEM = re.compile(rf"(?P<first>.+), (?P<n>{'|'.join(_NUMBERS)}|\d+) of them from (?P<rest>.+)")
_JOINTS = {" and ", " or "}
_OTHERS = {
    "another country": later("from another country"),
    "other countries": later("from other countries"),
}


def _as_it_is(_: Tongue, value: str) -> str:
    return value


def _places(t: Tongue, value: str) -> str:
    """``Trostianets (UA) and Lublin (PL)``: names stay as the partnership writes them."""
    return value.replace(") and ", f") {t.say('and')} ")


def _kind(t: Tongue, value: str) -> str | None:
    return _each(t, value, {one for one, _ in APPLICANTS.values()})


def _kinds(t: Tongue, value: str) -> str | None:
    return _each(t, value, {many for _, many in APPLICANTS.values()})


def _country(t: Tongue, value: str) -> str:
    code = next((code for code, name in rules().countries.items() if name == value), "")
    return str(t.locale.territories.get(code, value))


def _whence(t: Tongue, value: str) -> str | None:
    return _where(t, value.removeprefix("from "))


def _where(t: Tongue, value: str) -> str | None:
    """``Poland or Slovakia`` with the preposition each country takes."""
    if value in _OTHERS:
        return t.say(_OTHERS[value])
    if value == "an EU Member State":
        return t.say("from an EU Member State")
    if found := re.fullmatch(r"one of (\d+) countries \((.+)\)", value):
        return t.many(
            "from one of {n} country ({codes})",
            "from one of {n} countries ({codes})",
            int(found[1]),
            codes=found[2],
        )
    return _each(t, value, set(rules().countries.values()), "from ")


def region(t: Tongue, code: str) -> str:
    """``Sumy Oblast (UA-59)`` in the reader's language, ``lubelskie (PL81)`` as it calls itself."""
    return _regions(t, region_name(code)) or code


def _regions(t: Tongue, value: str) -> str | None:
    """``Sumy Oblast (UA-59) or Lviv Oblast (UA-46)``, ``lubelskie (PL81)``."""
    if value == "the part of its country that belongs to the programme":
        return t.say("the part of its country that belongs to the programme")
    if not re.search(r"(^|\()[A-Z]{2}[-0-9A-Z]*\)?$", value):
        return None
    named = _oblasts().sub(lambda found: t.say(found[0]), value)
    return named.replace(") or ", f") {t.say('or')} ")


@cache
def _oblasts() -> re.Pattern[str]:
    names = (name for code, name in region_names().items() if code.startswith("UA-"))
    return re.compile("|".join(map(re.escape, names)))


def _from_the_rules(t: Tongue, value: str) -> str | None:
    """What a programme's rule says to look for: one of the sentences of the rule files."""
    return t.say(value) if t.knows(value) else None


def _each(t: Tongue, value: str, known: Collection[str], before: str = "") -> str | None:
    """Say every part of a list from ``known``; None when something else stands in it.

    ``before`` is put before each part to make its message. Names may hold an "and" themselves.
    """
    longest_first = sorted(known, key=len, reverse=True)
    parts = re.split(f"({'|'.join(map(re.escape, longest_first))})", value)
    said = ""
    for place, part in enumerate(parts):
        if place % 2:
            said += t.say(f"{before}{part}")
        elif part in _JOINTS:
            said += f" {t.say(part.strip())} "
        elif part == ", " or (not part and place in (0, len(parts) - 1)):
            said += part
        else:
            return None
    return said if len(parts) > 1 else None


@dataclass(frozen=True, slots=True)
class _Field:
    say: Callable[[Tongue, str], str | None]
    shape: str = ".+"


_FIELDS: Mapping[str, _Field] = {
    "check": _Field(_from_the_rules),
    "country": _Field(_country),
    "gone": _Field(_places, r".+\([A-Z]{2}\)"),
    "kind": _Field(_kind),
    "kinds": _Field(_kinds),
    "m": _Field(_as_it_is, r"\d+"),
    "n": _Field(_as_it_is, r"\d+"),
    "place": _Field(_places, r".+\([A-Z]{2}\)"),
    "programme": _Field(_as_it_is),
    "regions": _Field(_regions),
    "whence": _Field(_whence, "from .+"),
}
