"""The rules read from their files, checked field by field."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar

from classifier.patterns import words_pattern
from classifier.programme_form import Known, programme_rule
from classifier.rulebook import (
    Doubt,
    Group,
    Heading,
    Oblast,
    Phrases,
    ProgrammeRule,
    Proof,
    Rules,
    Source,
    Telling,
)
from classifier.rulefile import Form, Notes, open_form, open_forms
from crawler.reading.eligibility.vocabulary import COUNTRY_GROUPS
from storage.errors import nearest

FOLDER = Path(__file__).parent / "rules"
PROGRAMMES = "programmes"
_COUNTRY = re.compile(r"[A-Z]{2}")
_NOTHING = words_pattern("nothing")
T = TypeVar("T")


def load_rules(path: Path | None = None) -> Rules:
    """The rules of the folder ``path`` (by default those of the program).

    Raises ``BadRules`` with every mistake found, each with file, line, programme and field.
    """
    folder = FOLDER if path is None else Path(path)
    notes = Notes()
    sources = _entries(folder / "sources.yaml", notes, _source)
    named = folder / COUNTRY_GROUPS.name  # a folder of rules may bring its own
    groups_file = named if named.exists() else COUNTRY_GROUPS
    countries, aliases, groups = _country_groups(groups_file, sources, notes)
    oblasts = _oblasts(folder / "oblasts.yaml", sources, notes)
    phrases = _phrases(folder / "phrases.yaml", sources, notes)
    known = Known(frozenset(sources), groups, frozenset(countries), frozenset(oblasts))
    programmes = _programmes(folder / PROGRAMMES, known, notes)
    notes.check()
    return Rules(
        programmes=MappingProxyType(programmes),
        groups=MappingProxyType(groups),
        countries=MappingProxyType(countries),
        aliases=MappingProxyType(aliases),
        oblasts=MappingProxyType(oblasts),
        phrases=phrases,
        sources=MappingProxyType(sources),
    )


def _entries(path: Path, notes: Notes, build: Callable[[str, Form], T]) -> dict[str, T]:
    """A file that is a mapping of ids to entries."""
    top = open_form(path, notes)
    return {} if top is None else _below(top, build)


def _below(above: Form, build: Callable[[str, Form], T]) -> dict[str, T]:
    found: dict[str, T] = {}
    for name in above:
        form = above.form(name)
        if form is None:
            above.missing(name, "fields with values")
            continue
        found[name] = build(name, form)
        form.close()
    return found


def _source(name: str, form: Form) -> Source:
    return Source(name, form.text("address"), form.maybe_text("date"))


def _proof(form: Form, sources: Iterable[str]) -> Proof:
    return Proof(form.certainty(), form.known("src", sources, "an id of sources.yaml"))


def _country_groups(
    path: Path, sources: dict[str, Source], notes: Notes
) -> tuple[dict[str, str], dict[str, str], dict[str, Group]]:
    top = open_form(path, notes)
    if top is None:
        return {}, {}, {}
    countries: dict[str, str] = {}
    if named := top.form("countries"):
        for code in named:
            if not _COUNTRY.fullmatch(code):
                named.wrong(code, code, (), "a code of two capital letters (ISO 3166-1)")
            countries[code] = named.text(code)
    else:
        top.missing("countries", "country codes with names")
    aliases: dict[str, str] = {}
    if others := top.form("aliases"):
        aliases = {code: others.text(code) for code in others}
    groups: dict[str, Group] = {}
    if listed := top.form("groups"):
        groups = _below(listed, lambda name, form: _group(name, form, countries, sources))
    if "eu27" not in groups:
        top.missing("groups.eu27", "the Member States of the EU")
    top.close()
    return countries, aliases, groups


def _group(name: str, form: Form, countries: dict[str, str], sources: dict[str, Source]) -> Group:
    what = "a country code listed under countries"
    return Group(
        id=name,
        name=form.text("name"),
        members=frozenset(form.known("members", countries, what)),
        uncertain=frozenset(form.known("uncertain", countries, what)),
        as_of=form.day("as_of"),
        until=form.day("until"),
        proof=_proof(form, sources),
    )


def _oblasts(path: Path, sources: dict[str, Source], notes: Notes) -> dict[str, Oblast]:
    top = open_form(path, notes)
    if top is None:
        return {}
    _proof(top, sources)
    found: dict[str, Oblast] = {}
    if listed := top.form("oblasts"):
        found = _below(
            listed,
            lambda code, form: Oblast(
                code, form.text("katottg"), form.text("name"), form.text("name_uk")
            ),
        )
    else:
        top.missing("oblasts", "ISO 3166-2 codes with names")
    top.close()
    return found


def _phrases(path: Path, sources: dict[str, Source], notes: Notes) -> Phrases:
    top = open_form(path, notes)
    if top is None:
        return Phrases((), (), _NOTHING, (), ())
    headings = []
    for form in top.forms("headings", "text"):
        pattern, decides = form.pattern("text"), form.truth("decides")
        if pattern is not None and decides is not None:
            headings.append(Heading(pattern, decides))
        elif pattern is not None:
            form.missing("decides", "true or false")
        form.close()
    telling = []
    for form in top.forms("telling", "id"):
        name, pattern, say = form.text("id"), form.pattern("text"), form.text("say")
        doubt = form.choice("doubt", Doubt, Doubt.HIGH)
        if say and "{words}" not in say:
            form.wrong("say", say, (), "a sentence with {words} in it")
        proof = _proof(form, sources)
        if pattern is not None:
            even_read, reopens = bool(form.truth("even_read")), bool(form.truth("reopens"))
            telling.append(Telling(name, pattern, doubt, say, proof, even_read, reopens))
        form.close()
    phrases = Phrases(
        headings=tuple(headings),
        pointers=top.patterns("pointers"),
        limits=top.pattern("limits") or _NOTHING,
        harmless=top.patterns("harmless"),
        telling=tuple(telling),
    )
    top.close()
    return phrases


def _programmes(folder: Path, known: Known, notes: Notes) -> dict[str, ProgrammeRule]:
    rules: dict[str, ProgrammeRule] = {}
    forms: dict[str, Form] = {}
    borrowed: dict[str, str] = {}
    files = sorted(folder.glob("*.yaml"))
    if not files:
        notes.add(folder.name, 0, "", "a folder with files like research.yaml", "none")
    for path in files:
        for form in open_forms(path, "id", notes):
            rule = programme_rule(form, path.stem, known)
            if rule.id in rules:
                form.wrong("id", rule.id, (), "an id used once in all files")
            if lender := form.maybe_text("by_action_of"):
                borrowed[rule.id] = lender
            form.close()
            rules[rule.id], forms[rule.id] = rule, form
    parents = {name: rule.parent for name, rule in rules.items()}
    for name, form in forms.items():
        _check_parent(name, parents, form)
    for name, lender in borrowed.items():
        if lender not in rules:
            forms[name].wrong("by_action_of", lender, rules, "the id of another programme")
        else:
            actions = (*rules[name].actions, *rules[lender].actions)
            rules[name] = replace(rules[name], actions=actions)
    return rules


def _check_parent(name: str, parents: dict[str, str | None], form: Form) -> None:
    seen: list[str] = [name]
    here = parents[name]
    while here is not None:
        if here not in parents:
            if len(seen) == 1:  # told once, at the child that names it
                near = nearest(here, parents)
                hint = f" (nearest: {', '.join(near)})" if near else ""
                form.wrong("parent", here, (), f"the id of another programme{hint}")
            return
        if here in seen:
            circle = " > ".join([*seen, here])
            form.wrong("parent", circle, (), "parents that end, not a circle")
            return
        seen.append(here)
        here = parents[here]
