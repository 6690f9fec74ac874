"""Strict reading of a rules file: YAML with line numbers, where every mistake is told by name.

Two habits of YAML are switched off, because officers edit these files: ``NO`` stays Norway and is
no "false", and a key written twice is a mistake instead of the last one silently winning.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

import yaml

from classifier.certainty import Certainty
from classifier.patterns import safe_pattern
from storage.errors import BridgesError, Problem, nearest, shown

_INTEGER = re.compile(r"-?\d{1,12}")

E = TypeVar("E", bound=StrEnum)
T = TypeVar("T")


class BadRules(BridgesError):  # noqa: N818 - the name is the message
    """Raised by ``load_rules`` when a rules file has mistakes; ``problems`` names every one."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        more = f" (and {len(problems) - 1} more mistakes)" if len(problems) > 1 else ""
        super().__init__(f"{problems[0]}{more}")


class Notes:
    """The mistakes found so far in one folder of rules."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def add(self, file: str, line: int, field: str, expected: str, got: object) -> None:
        self.problems.append(Problem(file, line, field, expected, str(got)))

    def check(self) -> None:
        """Raise ``BadRules`` when there were mistakes."""
        if self.problems:
            raise BadRules(self.problems)


class Form:
    """One mapping of a rules file.

    Every field must be asked for; ``close`` tells those that were not, so that a misspelt name is
    never silently ignored.
    """

    def __init__(self, node: yaml.MappingNode, file: str, where: str, notes: Notes) -> None:
        self.file, self.where, self.notes = file, where, notes
        self.line = node.start_mark.line + 1
        self._nodes: dict[str, yaml.Node] = {}
        self._asked: set[str] = set()
        for key, value in node.value:
            name = str(key.value)
            if name in self._nodes:
                self._note(name, "one entry of this name", "a second one", key)
            self._nodes[name] = value

    def __iter__(self) -> Iterator[str]:
        return iter(self._nodes)

    def __contains__(self, name: str) -> bool:
        return name in self._nodes

    def is_word(self, name: str) -> bool:
        """Whether ``name`` holds one word, and not a list or fields."""
        return isinstance(self._nodes.get(name), yaml.ScalarNode)

    def text(self, name: str) -> str:
        """The text under ``name``, which must be there."""
        found = self.maybe_text(name)
        if found is None:
            if name not in self._nodes:
                self.missing(name, "text")
            return ""
        return found

    def maybe_text(self, name: str) -> str | None:
        node = self._node(name)
        if node is None:
            return None
        value = _scalar(node)
        if not isinstance(value, str | int) or isinstance(value, bool) or not str(value).strip():
            self._note(name, "text", _told(node), node)
            return None
        return " ".join(str(value).split())

    def number(self, name: str, highest: int = 10**12) -> int | None:
        node = self._node(name)
        if node is None:
            return None
        value = _scalar(node)
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= highest:
            self._note(name, f"a whole number from 0 to {highest}", _told(node), node)
            return None
        return value

    def truth(self, name: str) -> bool | None:
        node = self._node(name)
        if node is None:
            return None
        value = _scalar(node)
        if not isinstance(value, bool):
            self._note(name, "true or false", _told(node), node)
            return None
        return value

    def day(self, name: str) -> date | None:
        text = self.maybe_text(name)
        try:
            return date.fromisoformat(text) if text else None
        except ValueError:
            self._note(name, "a date like 2027-12-31", shown(text), self._nodes[name])
            return None

    def choice(self, name: str, kind: type[E], fallback: E) -> E:
        """A word of ``kind``, which must be there."""
        if name not in self._nodes:
            self.missing(name, f"one of {', '.join(kind)}")
            return fallback
        return self.maybe_choice(name, kind) or fallback

    def maybe_choice(self, name: str, kind: type[E]) -> E | None:
        text = self.maybe_text(name)
        if text is None:
            return None
        try:
            return kind(text)
        except ValueError:
            self.wrong(name, text, list(kind))
            return None

    def certainty(self, name: str = "cert") -> Certainty:
        found = self.choice(name, Certainty, Certainty.UNKNOWN)
        if found is Certainty.STATED:
            words = "sure, likely, memory or unknown: only a call states"
            self._note(name, words, found, self._nodes[name])
        return found

    def texts(self, name: str) -> tuple[str, ...]:
        """The texts of the list under ``name``; empty when it is not there."""
        node = self._node(name)
        if node is None:
            return ()
        if not isinstance(node, yaml.SequenceNode):
            self._note(name, "a list like [one, two]", _told(node), node)
            return ()
        found: list[str] = []
        for item in node.value:
            value = _scalar(item)
            if isinstance(value, bool) or not isinstance(value, str | int):
                self._note(name, "a list of texts", _told(item), item)
            else:
                found.append(str(value))
        return tuple(found)

    def known(self, name: str, names: Iterable[str], what: str) -> tuple[str, ...]:
        """The texts of a list that must all be among ``names``."""
        known = set(names)
        found = self.texts(name)
        for text in found:
            if text not in known:
                self.wrong(name, text, known, what)
        return tuple(text for text in found if text in known)

    def pattern(self, name: str, *, any_case: bool = True) -> re.Pattern[str] | None:
        text = self.maybe_text(name)
        return None if text is None else self._compiled(name, text, any_case=any_case)

    def patterns(self, name: str) -> tuple[re.Pattern[str], ...]:
        return tuple(p for text in self.texts(name) if (p := self._compiled(name, text)))

    def _compiled(self, name: str, text: str, *, any_case: bool = True) -> re.Pattern[str] | None:
        try:
            return safe_pattern(text, any_case=any_case)
        except ValueError as wrong:
            self._note(name, str(wrong), shown(text), self._nodes[name])
            return None

    def form(self, name: str) -> Form | None:
        node = self._node(name)
        if node is None:
            return None
        if not isinstance(node, yaml.MappingNode):
            self._note(name, "fields with values", _told(node), node)
            return None
        return Form(node, self.file, f"{self.where}.{name}" if self.where else name, self.notes)

    def part(self, name: str, build: Callable[[Form], T], otherwise: T) -> T:
        """The part under ``name``, built and closed; ``otherwise`` when it is not there."""
        below = self.form(name)
        if below is None:
            return otherwise
        built = build(below)
        below.close()
        return built

    def forms(self, name: str, label: str) -> list[Form]:
        """The entries of the list under ``name``, each told by its ``label`` field."""
        node = self._node(name)
        if node is None:
            return []
        if not isinstance(node, yaml.SequenceNode):
            self._note(name, "a list of entries that begin with '-'", _told(node), node)
            return []
        return list(_entries(node, label, self.file, self._path(name), self.notes))

    def close(self) -> None:
        """Tell every field that nobody asked for, with the nearest names."""
        for name in self._nodes.keys() - self._asked:
            near = nearest(name, self._asked)
            hint = f"{name} (nearest: {', '.join(near)})" if near else name
            self._note(name, "a known field", hint, self._nodes[name])

    def missing(self, name: str, expected: str) -> None:
        self.notes.add(self.file, self.line, self._path(name), expected, "nothing")

    def wrong(self, name: str, got: str, names: Iterable[str], what: str = "") -> None:
        """Tell a word that is not among ``names``, with those that look like it."""
        names = list(names)
        near = nearest(got, names)
        hint = f" (nearest: {', '.join(near)})" if near else ""
        expected = what or f"one of {', '.join(names)}"
        self._note(name, expected, f"{shown(got)}{hint}", self._nodes.get(name))

    def _node(self, name: str) -> yaml.Node | None:
        self._asked.add(name)
        node = self._nodes.get(name)
        null = isinstance(node, yaml.ScalarNode) and _scalar(node) is None
        return None if null else node

    def _note(self, name: str, expected: str, got: object, node: yaml.Node | None) -> None:
        line = node.start_mark.line + 1 if node is not None else self.line
        self.notes.add(self.file, line, self._path(name), expected, got)

    def _path(self, name: str) -> str:
        return f"{self.where}.{name}" if self.where else name


def open_form(path: Path, notes: Notes) -> Form | None:
    """The fields of the file ``path``; None, with the mistake noted, when it cannot be read."""
    node = _compose(path, notes)
    if node is None:
        return None
    if not isinstance(node, yaml.MappingNode):
        notes.add(path.name, 1, "", "fields with values", _told(node))
        return None
    return Form(node, path.name, "", notes)


def open_forms(path: Path, label: str, notes: Notes) -> list[Form]:
    """The entries of the file ``path``, which is one list; each is told by its ``label``."""
    node = _compose(path, notes)
    if node is None:
        return []
    if not isinstance(node, yaml.SequenceNode):
        notes.add(path.name, 1, "", "a list of entries that begin with '-'", _told(node))
        return []
    return list(_entries(node, label, path.name, "", notes))


def _entries(
    node: yaml.SequenceNode, label: str, file: str, where: str, notes: Notes
) -> Iterator[Form]:
    for item in node.value:
        line = item.start_mark.line + 1
        if not isinstance(item, yaml.MappingNode):
            notes.add(file, line, where, "fields with values", _told(item))
            continue
        name = next((str(v.value) for k, v in item.value if k.value == label), "")
        path = ".".join(part for part in (where, name or f"line {line}") if part)
        yield Form(item, file, path, notes)


def _compose(path: Path, notes: Notes) -> yaml.Node | None:
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        notes.add(path.name, 0, "", "a file that can be read", error.strerror or error)
        return None
    except UnicodeDecodeError:
        notes.add(path.name, 0, "", "text in UTF-8", "something else")
        return None
    try:
        node: yaml.Node | None = yaml.compose(text, _LOADER)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        notes.add(path.name, mark.line + 1 if mark else 0, "", "YAML", error.problem)
        return None
    except yaml.YAMLError as error:  # a control character
        notes.add(path.name, 0, "", "YAML", " ".join(str(error).split()))
        return None
    if node is None:
        notes.add(path.name, 0, "", "rules", "an empty file")
    return node


_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the C parser where it was built


def _scalar(node: yaml.Node) -> str | int | bool | None:
    """The value of one word; only what is written bare can be more than text."""
    if not isinstance(node, yaml.ScalarNode):
        return None
    text = str(node.value)
    if node.style:  # quoted or folded
        return text
    if text in ("", "~", "null"):
        return None
    if text in ("true", "false"):
        return text == "true"
    return int(text) if _INTEGER.fullmatch(text) else text


def _told(node: yaml.Node) -> str:
    if isinstance(node, yaml.ScalarNode):
        return shown(str(node.value))
    return "a list" if isinstance(node, yaml.SequenceNode) else "fields"
