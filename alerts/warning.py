"""Letters to the operator: what stands still, why, and what to do; each is written once."""

from __future__ import annotations

import html
from datetime import datetime

import sqlalchemy as sa

from alerts.mail import message_id
from storage import letters
from storage.letters import Letter
from storage.sending import RESENDS
from storage.settings import Settings, secret_key

KIND = "operator"


BRAKE = """\
More letters were about to leave than your setting BRIDGES_LETTERS_PER_HOUR allows, so the outbox
has stopped: nothing leaves until you say so. Nothing is lost.

Look whether so many letters are right: bridges digest outbox. If they are, let them go with
"bridges digest resume", and raise the setting if that will happen again. If they are not, stop the
program and find out what wrote them."""

SERVER = """\
The mail server takes no letters, so they wait in the outbox and are tried again by themselves.
Nothing is lost.

"bridges doctor" shows how it stands. Once you have mended what is wrong, "bridges digest resume"
tries at once."""

DOUBTFUL = f"""\
A letter was handed to the mail server {RESENDS + 1} times, and each time the connection
broke before the server said whether it took it. It is not tried again by itself, because each try
may have arrived.

Look into the server's log. "bridges digest outbox" names the letter, "bridges digest send --again"
sends it once more, under the same Message-ID."""


def warn(  # noqa: PLR0913, PLR0917 - a letter is these
    connection: sa.Connection,
    settings: Settings,
    about: str,
    subject: str,
    text: str,
    now: datetime,
) -> bool:
    """Write a letter to the operator unless one ``about`` it was written.

    That is ``BRIDGES_OPERATOR``, or else ``BRIDGES_CONTACT``.

    False when there was one, or when nobody is named.
    """
    address = settings.operator or settings.contact
    if address == Settings.model_fields["contact"].default:
        return False
    letter = Letter(
        kind=KIND,
        address=address,
        subject_key=about,
        subject=f"Bridges of Trust: {subject}",
        text=text,
        html=_html(subject, text),
        headers={"Content-Language": "en"},
    )
    made = message_id(letter, settings.contact, secret_key(settings))
    return letters.write(connection, letter, [], message_id=made, now=now) is not None


def _html(subject: str, text: str) -> str:
    said = "".join(f"<p>{html.escape(part)}</p>\n" for part in text.strip().split("\n\n"))
    title = html.escape(subject)
    head = f'<!doctype html>\n<html lang="en"><head><title>{title}</title></head>'
    return f"{head}\n<body>\n{said}</body></html>\n"
