"""The catalogues of words: read for the tests, and written anew for translators."""

from __future__ import annotations

import io
import os
from collections.abc import Mapping
from pathlib import Path

from babel.messages import Catalog
from babel.messages.pofile import read_po, write_po

from tests.alerts.messages import ALERTS, Message


def catalogue(domain: str, language: str) -> Catalog:
    with path_of(domain, language).open("rb") as file:
        return read_po(file, locale=language)


def record_if_asked(domain: str, language: str, messages: Mapping[Message, str]) -> None:
    """With ``RECORD=once``, write a catalogue anew from ``messages``, each with its place.

    What is translated stays; what nobody says any more goes.
    """
    if os.environ.get("RECORD") != "once":
        return
    path, known, fresh = path_of(domain, language), catalogue(domain, language), Catalog(language)
    head, blank, _ = path.read_text(encoding="utf-8").partition("\n\n")
    for message, place in messages.items():
        before = known.get(message if isinstance(message, str) else message[0])
        fresh.add(message, before.string if before else None, locations=[(place, None)])
    body = io.BytesIO()
    write_po(body, fresh, width=100, omit_header=True)
    path.write_text(head + blank + body.getvalue().decode().lstrip("\n"), encoding="utf-8")


def path_of(domain: str, language: str) -> Path:
    return ALERTS / "locale" / language / "LC_MESSAGES" / f"{domain}.po"
