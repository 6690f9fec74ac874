"""Renders a digest as a letter in the reader's language: subject, text, HTML, calendar."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from jinja2 import Environment, FunctionLoader, StrictUndefined, Template, UndefinedError
from markupsafe import Markup

from alerts.cards import ROOMS
from alerts.letter_calendar import letter_calendar
from alerts.links import Links
from alerts.nouns import Digest
from alerts.style import dress, sheet
from alerts.text_letter import text_letter
from alerts.tongue import Tongue
from alerts.view import LetterView, view

TEMPLATE = "digest.html"

LARGEST = 98_000
"""Bytes of HTML from which a letter is told more briefly: Gmail shows 102 kB and hides the rest."""


class Unwritable(Exception):  # noqa: N818 - it says what happened
    """Raised by ``render`` where a letter would have a hole: better none than that."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """A letter ready to be posted; ``calendar`` is an iCalendar file, "" for none."""

    subject: str
    text: str
    html: str
    language: str
    calendar: str = ""


def render(digest: Digest, *, base_url: str, contact: str, links: Links | None = None) -> Rendered:
    """Return ``digest`` as a letter; links lead to pages under ``base_url``.

    ``links`` are those by which its reader answers, pauses and unsubscribes. ``contact`` is the
    mailbox people write to who want something changed. A letter that would be too large to be
    shown whole says less of each call. Raises Unwritable.
    """
    for room in ROOMS:
        shown = view(digest, base_url=base_url, contact=contact, links=links, room=room)
        html = _html(shown)
        if len(html.encode("utf-8")) <= LARGEST:
            break
    calendar = letter_calendar(shown.t, digest)
    return Rendered(shown.subject, text_letter(shown), html, shown.t.code, calendar)


def _html(letter: LetterView) -> str:
    try:
        return _filled_in(letter)
    except UndefinedError as error:
        raise Unwritable(f"the template {TEMPLATE} asks for what no letter has: {error}") from error


def _filled_in(letter: LetterView) -> str:
    return template(TEMPLATE).render(
        letter=letter,
        say=letter.t.say,
        quotes=letter.t.quotes,
        colon=letter.t.colon,
        semicolon=letter.t.joined(("", "")).rstrip(" "),
        fill=lambda message, **values: _filled(letter.t, message, values),
        dress=dress,
        night=Markup(sheet("night.css").strip()),  # noqa: S704 - ours
    )


def _filled(t: Tongue, message: str, values: dict[str, Markup]) -> Markup:
    """A message with marked-up words in it; the message itself is escaped."""
    return Markup.escape(t.catalogue.gettext(message)).format(**values)


def template(name: str) -> Template:
    """Return a template of this room by the name of its file."""
    return _environment().get_template(name)


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
