"""Letters to the operator: what stands still, why, and what to do; each is written once."""

from __future__ import annotations

import html
from datetime import datetime

import sqlalchemy as sa

from alerts.mail import message_id
from storage import letters
from storage.letters import Letter
from storage.settings import Settings

KIND = "operator"


def warn(  # noqa: PLR0913, PLR0917 - a letter is these
    connection: sa.Connection,
    settings: Settings,
    about: str,
    subject: str,
    text: str,
    now: datetime,
) -> bool:
    """Write a letter to the operator (``BRIDGES_CONTACT``) unless one ``about`` it was written.

    False when there was one, or when nobody is named.
    """
    if settings.contact == Settings.model_fields["contact"].default:
        return False
    letter = Letter(
        kind=KIND,
        address=settings.contact,
        subject_key=about,
        subject=f"Bridges of Trust: {subject}",
        text=text,
        html=_html(subject, text),
        headers={"Content-Language": "en"},
    )
    made = message_id(letter, settings.contact)
    return letters.write(connection, letter, [], message_id=made, now=now) is not None


def _html(subject: str, text: str) -> str:
    said = "".join(f"<p>{html.escape(part)}</p>\n" for part in text.strip().split("\n\n"))
    title = html.escape(subject)
    head = f'<!doctype html>\n<html lang="en"><head><title>{title}</title></head>'
    return f"{head}\n<body>\n{said}</body></html>\n"
