"""Renders a digest as a letter in the reader's language: subject, text, HTML, calendar."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from jinja2 import Template, UndefinedError
from markupsafe import Markup

from alerts.cards import ROOMS, Card
from alerts.letter_calendar import letter_calendar
from alerts.links import Links
from alerts.nouns import Digest
from alerts.style import dress, sheet
from alerts.templating import template
from alerts.text_letter import text_letter
from alerts.tongue import Tongue
from alerts.view import LetterView, view

TEMPLATE, CARD = "digest.html", "card.html"

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
    form = template("alerts", CARD)
    return _filled_in(
        template("alerts", TEMPLATE),
        letter.t,
        letter=letter,
        card=lambda card, level: _card(form, letter.t, card, level),
        night=Markup(sheet("night.css").strip()),  # noqa: S704 - ours
    )


@lru_cache(maxsize=256)
def _card(form: Template, t: Tongue, card: Card, level: int) -> Markup:
    """What stands in the box of a call: written once for all who are shown the same card."""
    return Markup(_filled_in(form, t, card=card, level=level))  # noqa: S704 - escaped in there


def _filled_in(form: Template, t: Tongue, **values: object) -> str:
    try:
        return form.render(
            t=t,
            say=t.say,
            quotes=t.quotes,
            colon=t.colon,
            semicolon=t.joined(("", "")).rstrip(" "),
            fill=lambda message, **said: _filled(t, message, said),
            dress=dress,
            **values,
        )
    except UndefinedError as error:
        why = f"the template {form.name} asks for what no letter has: {error}"
        raise Unwritable(why) from error


def _filled(t: Tongue, message: str, values: dict[str, Markup]) -> Markup:
    """A message with marked-up words in it; the message itself is escaped."""
    return Markup.escape(t.catalogue.gettext(message)).format(**values)
