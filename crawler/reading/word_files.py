"""Reads our files of words: YAML in which every value is the text that stands there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

_BASE: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)


class _AsWritten(_BASE):  # type: ignore[misc]
    """Asks of no value what it could be: to YAML a plain ``on`` or ``no`` would be a switch."""

    def resolve(self, *_: object) -> str:
        return ""


def words_in(path: Path) -> Any:
    """The tables, lists and texts in a file, None for an empty one.

    Raises OSError, UnicodeDecodeError, or yaml.YAMLError with the line of the mistake.
    """
    # Not yaml.load, which takes twice as long to find out that texts are texts.
    node = yaml.compose(path.read_text(encoding="utf-8"), Loader=_AsWritten)
    return None if node is None else _held(node)


def _held(node: yaml.Node) -> Any:
    if isinstance(node, yaml.ScalarNode):
        return node.value
    if isinstance(node, yaml.SequenceNode):
        return [_held(one) for one in node.value]
    for name, _ in node.value:
        if not isinstance(name, yaml.ScalarNode):
            raise yaml.YAMLError(f"a name is wanted, a single text,{name.start_mark}")
    return {name.value: _held(below) for name, below in node.value}
