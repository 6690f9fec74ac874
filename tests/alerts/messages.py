"""Collects every message a letter can say, from the code, the template and the rules."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

from jinja2 import Environment, nodes

from classifier.loading import load_rules
from classifier.wording import APPLICANTS

ALERTS = Path(__file__).resolve().parents[2] / "alerts"
WEB = ALERTS.parent / "desk" / "web"
LINKS = {"answering.py", "confirmation.py"}
"""Files of this room whose messages are in the catalogue of the links."""

Message = str | tuple[str, str]


@cache
def messages() -> dict[Message, str]:
    """Every message with the place it comes from; a pair is one that counts."""
    found: dict[Message, str] = {}
    for message, place in (*in_code(), *in_templates(), *in_rules()):
        found.setdefault(message, place)
    return found


@cache
def link_messages() -> dict[Message, str]:
    """Every message of the links and of the pages they lead to."""
    found: dict[Message, str] = {}
    for paths in (sorted(ALERTS / name for name in LINKS), sorted(WEB.rglob("*.py"))):
        for message, place in in_code(paths):
            found.setdefault(message, place)
    for message, place in in_templates(WEB / "templates"):
        found.setdefault(message, place)
    return found


def in_code(paths: Iterable[Path] = ()) -> Iterator[tuple[Message, str]]:
    for path in paths or (one for one in sorted(ALERTS.rglob("*.py")) if one.name not in LINKS):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call):
                continue
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            said = [arg.value for arg in node.args if isinstance(arg, ast.Constant)]
            place = path.relative_to(ALERTS.parent).as_posix()
            if name in {"say", "later"} and said:
                yield said[0], place
            elif name in {"many", "later_many"} and said:
                yield (said[0], said[1]), place


def in_templates(folder: Path = ALERTS / "templates") -> Iterator[tuple[Message, str]]:
    for path in sorted(folder.glob("*.html")):
        tree = Environment(autoescape=True).parse(path.read_text(encoding="utf-8"))
        for call in tree.find_all(nodes.Call):
            if isinstance(call.node, nodes.Name) and call.node.name in {"say", "fill"}:
                said = call.args[0]
                assert isinstance(said, nodes.Const)
                yield said.value, path.relative_to(ALERTS.parent).as_posix()


def in_rules() -> Iterator[tuple[Message, str]]:
    """What an assessment may put into its sentences: countries, bodies, what to look for."""
    rules = load_rules()
    for name in rules.countries.values():
        yield f"from {name}", "classifier/rules/country_groups.yaml"
    for oblast in rules.oblasts.values():
        yield oblast.name, "classifier/rules/oblasts.yaml"
    for rule in rules.programmes.values():
        if rule.check:
            yield rule.check, "classifier/rules/programmes"
    for one, many in APPLICANTS.values():
        yield one, "classifier/wording.py"
        yield many, "classifier/wording.py"
    for joint in ("and", "or"):
        yield joint, "classifier/wording.py"
