"""Which programme a call belongs to: by its identifier, else by its title, else by its fund."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache
from itertools import combinations

from classifier.certainty import Certainty, weakest
from classifier.naming import named_code
from classifier.patterns import plain
from classifier.rulebook import ProgrammeRule, Rules
from storage.domain import Call, Kind

LONGEST_REFERENCE = 200
_EXTERNAL = "europeaid/"
_SHORTEST_NAME = 5
"""Letters of a fund's name that a longer name may begin with: "EU4Health programme 2021-2027"."""


class How(StrEnum):
    """What a call was recognised by."""

    IDENTIFIER = "identifier"
    TITLE = "title"
    PROGRAMME = "programme"


@dataclass(frozen=True, slots=True)
class Recognised:
    """A rule that speaks of a call. A ``hint`` may be of help and decides nothing.

    ``words`` are the identifier, keyword or fund it was recognised by.
    """

    rule: ProgrammeRule
    how: How
    words: str
    certainty: Certainty
    hint: bool = False


@dataclass(frozen=True, slots=True)
class _Keyword:
    rule: ProgrammeRule
    words: str
    text: int  # which text it stands in
    start: int
    end: int

    @property
    def length(self) -> int:
        return self.end - self.start


@dataclass(frozen=True, slots=True)
class _Face:
    """What of a call it can be recognised by; calls with the same face are recognised once."""

    cascade: bool
    reference: str
    parent: str
    title: str
    code: str
    name: str


def rule_for(call: Call, rules: Rules) -> list[Recognised]:
    """The rules that speak of ``call``, the one that counts first, then its parents.

    An identifier decides. Of sub-grants of a funded project (``cascade``) every rule is only a
    hint: they carry the identifier of the project's own call and have conditions of their own. A
    fund's code or name without more is a hint too: the fund may have several strands.
    """
    fund = call.programme
    face = _Face(
        cascade=call.kind is Kind.CASCADE,
        reference=call.reference[:LONGEST_REFERENCE],
        parent=(call.parent or "")[:LONGEST_REFERENCE],
        title=call.title,
        code=(fund and fund.code) or "",
        name=(fund and fund.name) or "",
    )
    found = _recognise(rules, face)
    if found and found[0].how is How.IDENTIFIER:
        return list(found)
    return _by_named_code(rules, call, face, found) or list(found)


def _by_named_code(
    rules: Rules, call: Call, face: _Face, found: tuple[Recognised, ...]
) -> list[Recognised]:
    """Rules by the portal's identifier that a page of another source gives the call.

    Empty where it gives none or several, or where its title speaks of another programme.
    """
    if face.cascade:
        return []
    code = named_code(call)
    if not code:
        return []
    external = code.startswith(_EXTERNAL)
    identifier = f"EuropeAid/{code.removeprefix(_EXTERNAL)}" if external else code.upper()
    named = _by_identifier(rules, identifier, plain(face.title), hint=False)
    titled = [match for match in found if match.how is How.TITLE and not match.hint]
    if titled and not any(_kin(rules, match.rule, named) for match in titled):
        return []
    likely = Certainty.LIKELY
    return [replace(one, certainty=weakest((one.certainty, likely))) for one in named]


@lru_cache(maxsize=8192)
def _recognise(rules: Rules, face: _Face) -> tuple[Recognised, ...]:
    texts = (plain(face.title), plain(face.name), plain(face.code))
    identifier = face.parent if face.cascade else face.reference
    found = _by_identifier(rules, identifier, texts[0], hint=face.cascade)
    if face.cascade:
        named = [k for k in _keywords(rules, texts, ()) if _kin(rules, k.rule, found)]
        hints = [replace(match, hint=True) for match in _by_title(rules, named)]
        return (*hints, *(found or _by_fund(rules, texts)))
    if found:
        return tuple(found)
    funds = _by_fund(rules, texts)
    keywords = _keywords(rules, texts, [match.rule for match in funds])
    return tuple(_by_title(rules, keywords) or funds)


def _by_identifier(rules: Rules, identifier: str, title: str, *, hint: bool) -> list[Recognised]:
    """Rules whose pattern the identifier fits: children before parents."""
    found: list[tuple[int, int, Recognised]] = []
    for rule in rules.programmes.values():
        match = rule.match
        if match.identifier is None or not match.identifier.match(identifier):
            continue
        longest = max((len(k[0]) for p in match.titles if (k := p.search(title))), default=0)
        if match.title_required and not longest:
            continue
        cert = match.proof.cert
        seen = Recognised(rule, How.IDENTIFIER, identifier, cert, hint or not cert.firm)
        found.append((rules.depth(rule.id), longest, seen))
    found.sort(key=lambda item: item[:2], reverse=True)
    return [recognised for _, _, recognised in found]


def _keywords(
    rules: Rules, texts: tuple[str, ...], funds: Iterable[ProgrammeRule]
) -> list[_Keyword]:
    """Keywords in the texts, of rules without an identifier and of strands of the named funds.

    A keyword inside a longer one ("Romania-Ukraine" in "Slovakia-Romania-Ukraine") is none.
    """
    families = {fund.id for fund in funds}
    found: list[_Keyword] = []
    for rule in rules.programmes.values():
        match, family = rule.match, families.intersection(rules.line(rule.id))
        if match.identifier is None or (family and not match.title_required):
            found += _standing(rule, texts)
    return [
        one
        for one in found
        if not any(
            other.text == one.text
            and other.start <= one.start
            and one.end <= other.end
            and one.length < other.length
            for other in found
        )
    ]


def _standing(rule: ProgrammeRule, texts: tuple[str, ...]) -> Iterator[_Keyword]:
    for number, text in enumerate(texts):
        for pattern in rule.match.titles:
            if seen := pattern.search(text):
                yield _Keyword(rule, seen[0], number, seen.start(), seen.end())


def _by_title(rules: Rules, keywords: list[_Keyword]) -> list[Recognised]:
    """The rules of the keywords; only hints when two that have nothing in common are named."""
    best: dict[str, _Keyword] = {}
    for keyword in keywords:
        known = best.get(keyword.rule.id)
        if known is None or keyword.length > known.length:
            best[keyword.rule.id] = keyword
    split = any(not rules.related(one, other) for one, other in combinations(best, 2))
    ordered = sorted(best.values(), key=lambda k: (rules.depth(k.rule.id), k.length), reverse=True)
    return [
        Recognised(
            rule=keyword.rule,
            how=How.TITLE,
            words=keyword.words,
            certainty=weakest((keyword.rule.match.proof.cert, Certainty.LIKELY)),
            hint=split or not keyword.rule.match.proof.cert.firm,
        )
        for keyword in ordered
    ]


def _by_fund(rules: Rules, texts: tuple[str, ...]) -> list[Recognised]:
    """The general rules of the fund that the call names by code, number or name; only hints."""
    _, name, code = texts
    named = {code, name, *re.findall(r"\(([^()]{1,40})\)", name)} - {""}
    return [
        Recognised(rule, How.PROGRAMME, code or name, Certainty.MEMORY, hint=True)
        for rule in rules.programmes.values()
        if rule.parent is None
        and (
            code in rule.match.programme_ids
            or named.intersection(rule.match.codes)
            or any(_begins(name, known) for known in rule.match.codes)
        )
    ]


def _begins(name: str, known: str) -> bool:
    return (
        len(known) >= _SHORTEST_NAME
        and name.startswith(known)
        and not name[len(known) : len(known) + 1].isalnum()
    )


def _kin(rules: Rules, rule: ProgrammeRule, found: list[Recognised]) -> bool:
    return any(rules.related(rule.id, match.rule.id) for match in found)
