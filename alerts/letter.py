"""Renders a digest as a letter: subject, plain text and HTML, in the recipient's language."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from jinja2 import Environment, FunctionLoader, StrictUndefined

from alerts.nouns import Digest
from alerts.text_letter import text_letter
from alerts.view import view

TEMPLATE = "digest.html"


@dataclass(frozen=True, slots=True)
class Rendered:
    """A letter ready to be posted."""

    subject: str
    text: str
    html: str
    language: str


def render(digest: Digest, *, base_url: str, contact: str) -> Rendered:
    """Return ``digest`` as a letter; links lead to pages under ``base_url``.

    ``contact`` is the mailbox people write to who want something changed.
    """
    shown = view(digest, base_url=base_url, contact=contact)
    html = (
        _environment()
        .get_template(TEMPLATE)
        .render(letter=shown, say=shown.t.say, quotes=shown.t.quotes)
    )
    return Rendered(shown.subject, text_letter(shown), html, shown.t.code)


@cache
def _environment() -> Environment:
    """Everything put into a template is escaped; a name it does not know is an error."""
    return Environment(
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        loader=FunctionLoader(_source),
    )


def _source(name: str) -> str:
    return files("alerts").joinpath("templates", name).read_text(encoding="utf-8")
