"""YAML as plain values and back: read without trust, each value with its line.

Values stay as they are written: YAML would make a country ``NO`` of Norway into "false" and an
id ``2026`` into a number. Only numbers and switches that are wanted as such are converted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from storage.errors import BadField, Problem, Shown
from storage.files import whole_text

_TAG = "tag:yaml.org,2002:"
_PLAIN_TAGS = {_TAG + name for name in ("str", "int", "float", "bool", "null", "timestamp")}
_SWITCHES = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}


@dataclass(slots=True)
class Entry:
    """One item of the list in a file, with the line of every field in it."""

    file: str
    line: int
    data: Any
    lines: dict[str, int] = field(default_factory=dict)

    def problem(self, error: BadField) -> Problem:
        """Return the problem at the line of the field, or of the nearest one around it."""
        path = error.field
        while path and path not in self.lines:
            path = re.sub(r"(\.[^.\[]*|\[\d+\]|^[^.\[]*)$", "", path)
        line = self.lines.get(path, self.line)
        return Problem(self.file, line, error.field, error.expected, error.got)


def entries(
    path: Path, *, numbers: frozenset[str], switches: frozenset[str]
) -> Iterator[Entry | Problem]:
    """Yield the items of the list that a YAML file holds, and what is wrong with the others.

    A mistake of form spoils its own item only: the list is then read item by item. ``numbers``
    and ``switches`` are the names of fields to convert.
    """
    text = whole_text(path)
    if isinstance(text, Problem):
        yield text
        return
    wanted = _Wanted(numbers, switches)
    try:
        node = _compose(text)
    except yaml.YAMLError:
        for first_line, piece in _pieces(text):
            yield from _of_piece(path, piece, first_line, wanted)
        return
    yield from _of_list(path, node, 0, wanted)


@dataclass(frozen=True, slots=True)
class _Wanted:
    """The names of fields that are wanted as numbers and as switches."""

    numbers: frozenset[str]
    switches: frozenset[str]


def _of_piece(
    path: Path, piece: str, first_line: int, wanted: _Wanted
) -> Iterator[Entry | Problem]:
    try:
        node = _compose(piece)
    except yaml.YAMLError as error:
        if isinstance(error, yaml.reader.ReaderError):
            line, what = piece.count("\n", 0, error.position), f"the character {error.character!r}"
        else:
            mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
            line = mark.line if mark else 0
            what = getattr(error, "problem", None) or str(error)
        yield Problem(str(path), first_line + line + 1, "", "YAML", " ".join(str(what).split()))
        return
    yield from _of_list(path, node, first_line, wanted)


def _of_list(
    path: Path, node: yaml.Node | None, first_line: int, wanted: _Wanted
) -> Iterator[Entry | Problem]:
    if node is None:
        return
    if not isinstance(node, yaml.SequenceNode):
        line = first_line + node.start_mark.line + 1
        yield Problem(str(path), line, "", "a list, each item beginning with “- ”", _kind(node))
        return
    for item in node.value:
        reader = _Reader(wanted, first_line)
        entry = Entry(str(path), first_line + item.start_mark.line + 1, None, reader.lines)
        try:
            entry.data = reader.value(item, "")
        except BadField as error:
            yield entry.problem(error)
        else:
            yield entry


def _compose(text: str) -> yaml.Node | None:
    try:
        node: yaml.Node | None = yaml.compose(text, Loader=yaml.SafeLoader)
    except RecursionError as error:
        raise yaml.YAMLError("brackets nested too deep") from error
    return node


def _pieces(text: str) -> Iterator[tuple[int, str]]:
    """Yield each item of a list that cannot be read as a whole, with the line before it."""
    lines = text.splitlines(keepends=True)
    first = next((re.match(r" *- ", line) for line in lines if re.match(r" *- ", line)), None)
    start = first[0] if first else "- "
    begins = [number for number, line in enumerate(lines) if line.startswith(start)]
    begins = [0, *begins[1:]] if begins else [0]
    for begin, end in zip(begins, [*begins[1:], len(lines)], strict=True):
        yield begin, "".join(lines[begin:end])


class _Reader:
    """Makes plain values of the nodes of one item, and notes the line of each by its path."""

    def __init__(self, wanted: _Wanted, first_line: int) -> None:
        self.lines: dict[str, int] = {}
        self._wanted = wanted
        self._first_line = first_line
        self._index = -1

    def value(self, node: yaml.Node, path: str) -> Any:
        self.lines.setdefault(path, self._line(node))
        if node.start_mark.index < self._index:  # every other value follows the one before
            raise BadField(path, "a value", Shown("an alias to another place"))
        self._index = node.start_mark.index
        if isinstance(node, yaml.MappingNode):
            _check_tag(node, path, {_TAG + "map"})
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            _check_tag(node, path, {_TAG + "seq"})
            return [self.value(item, f"{path}[{i}]") for i, item in enumerate(node.value)]
        _check_tag(node, path, _PLAIN_TAGS)
        return self._scalar(node, path.rpartition(".")[2])

    def _line(self, node: yaml.Node) -> int:
        return self._first_line + int(node.start_mark.line) + 1

    def _mapping(self, node: yaml.MappingNode, path: str) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise BadField(path, "a name before the colon", Shown(_kind(key)))
            name = f"{path}.{key.value}" if path else key.value
            self.lines[name] = self._line(key)
            if key.value in found:
                raise BadField(name, "each field once", Shown("it twice"))
            found[key.value] = self.value(value, name)
        return found

    def _scalar(self, node: yaml.Node, name: str) -> Any:
        text: str = node.value
        if node.tag == _TAG + "null":
            return None
        if name in self._wanted.numbers and node.tag in {_TAG + "int", _TAG + "float"}:
            return _number(text)
        if name in self._wanted.switches and node.tag == _TAG + "bool":
            return _SWITCHES.get(text.lower(), text)
        return text


def _number(text: str) -> Any:
    """Return the number as people write it; YAML's octal and base 60 are left as text."""
    if re.fullmatch(r"[-+]?(0|[1-9][\d_]{0,20})", text):
        return int(text)
    if re.fullmatch(r"[-+]?(0|[1-9][\d_]{0,20})\.\d*([eE][-+]?\d{1,3})?", text):
        return float(text)
    return text


def to_yaml_list(record: dict[str, Any]) -> str:
    """Return a record as an item of a list, so that it is read back as it is."""
    return yaml.dump([record], Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=100)


class _Dumper(yaml.SafeDumper):
    """Writes line breaks of other systems in escapes: in plain text YAML takes them for spaces."""


def _represent_text(dumper: _Dumper, text: str) -> yaml.Node:
    style = '"' if re.search("[\r\x85\u2028\u2029\ufeff]", text) else None
    return dumper.represent_scalar(_TAG + "str", text, style=style)


_Dumper.add_representer(str, _represent_text)


def _check_tag(node: yaml.Node, path: str, known: set[str]) -> None:
    if node.tag not in known:
        raise BadField(path, "a plain value", Shown(f"the tag {node.tag}"))


def _kind(node: yaml.Node) -> str:
    if isinstance(node, yaml.MappingNode):
        return "a mapping"
    return "a list" if isinstance(node, yaml.SequenceNode) else "a single value"
