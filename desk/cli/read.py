"""``bridges read``: what our readers understand of any words, without keeping anything."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from desk import wording
from desk.cli.base import FAILED, Desk, finish, json_option, note, pass_desk
from desk.cli.options import Published
from desk.text import shorten
from storage.errors import BadField, Shown

if TYPE_CHECKING:
    from crawler.reading.words import WordsRead
    from storage.errors import Problem

QUOTE = 300
LARGEST = 20_000_000
"""Bytes of one text; far above any call."""

FIELDS = ("text", "language", "published")
PUBLISHED = "a day, month or year like 2026-05-31, 2026-05 or 2026"


@click.command(short_help="Say what is understood of a text: deadlines, conditions, money.")
@click.option("--language", metavar="CODE", help="The language of the text, as in uk; else found.")
@click.option(
    "--published",
    type=Published(),
    help="When it was published (2026-05-31, 2026-05 or 2026): dates without a year come after.",
)
@click.option("--ndjson", is_flag=True, help="Read one JSON object a line, answer one a line.")
@json_option
@pass_desk
def read(
    desk: Desk, *, language: str | None, published: str | None, ndjson: bool, as_json: bool
) -> None:
    """Read a text from standard input and say which deadlines, conditions and money it states.

    What looks important and was not understood is listed as unread, never guessed. With --ndjson
    every line is {"text": …, "language": …, "published": …} (the last two may be left out), and a
    line that is not is answered with {"error": …}; exit code 1 then.
    """
    if ndjson:
        _lines(language, published)
        return
    from crawler.reading.words import read_words

    text = _cleaned(_standard_input())
    found = read_words(text, language=language, published=published)
    if as_json:
        from desk.exports.json_lines import dumps

        click.echo(dumps(_as_json(found)))
        return
    for label, said in _page(desk, found):
        click.echo(click.style(label, bold=True))
        for one in said:
            click.echo(f"  {one}")


def _standard_input() -> str:
    data = sys.stdin.buffer.read(LARGEST + 1)
    if len(data) > LARGEST:
        note(f"Only the first {wording.size(LARGEST)} are read.")
        data = data[:LARGEST]
        data = data[: data.rfind(b"\n") + 1] or data
    text = data.decode("utf-8-sig", errors="replace")
    if "\ufffd" in text:
        note("Some of it is not text in UTF-8; what is not was passed over.")
    return text


def _cleaned(text: str) -> str:
    """The words alone, whether ``text`` is HTML or plain."""
    from crawler.reading.text import LONGEST, clean

    if len(text) > LONGEST:
        note(f"Only the first {LONGEST:,} characters are read.")
    return clean(text)


def _as_json(found: WordsRead) -> dict[str, Any]:
    from storage.records import criterion_to_json, deadline_to_json, funding_to_json

    return {
        "deadlines": [deadline_to_json(one) for one in found.deadlines],
        "criteria": [criterion_to_json(one) for one in found.criteria],
        "funding": [funding_to_json(one) for one in found.funding],
        "unread": list(found.unread),
    }


def _lines(language: str | None, published: str | None) -> None:
    """Answer every line of standard input; a bad one costs only itself."""
    from desk.exports.json_lines import dumps
    from storage.files import lines

    failed = False
    for one in lines(Path("/dev/stdin")):
        try:
            problem = one.problem
            answer = _answer(one.text, language, published) if problem is None else _wrong(problem)
        except BadField as error:
            answer = {"error": str(error).removeprefix(": ")}
        failed = failed or "error" in answer
        click.echo(dumps(answer))
    if failed:
        finish(FAILED)


def _wrong(problem: Problem) -> dict[str, Any]:
    return {"error": f"expected {problem.expected}, got {problem.got}"}


def _answer(line: str, language: str | None, published: str | None) -> dict[str, Any]:
    """What is understood of one line. Raises BadField for one that is not as it must be."""
    from crawler.reading.text import clean
    from crawler.reading.words import check_published, read_words
    from storage.exchange import parse
    from storage.fields import Fields

    asked = Fields(parse(line), "", FIELDS)
    if asked.data.get("text") is None:
        raise BadField("text", "the words to read", Shown("nothing"))
    text = asked.text("text")
    language = asked.optional("language") or language
    day = asked.checked("published", check_published, PUBLISHED) or published
    return _as_json(read_words(clean(text), language=language, published=day))


def _page(desk: Desk, found: WordsRead) -> Iterator[tuple[str, list[str]]]:
    """The same for people: a heading and its lines."""
    from desk.cli.show import deadline_lines

    deadlines = [said for one in found.deadlines for said in deadline_lines(one, desk.now)]
    yield "Deadlines", deadlines or ["none said"]
    who = [
        said
        for one in found.criteria
        for said in (wording.criterion(one), f"“{shorten(one.words, QUOTE)}”")
    ]
    yield "Who may apply", who or ["no condition was understood"]
    money = [
        said
        for one in found.funding
        for said in (wording.money(one), f"“{shorten(one.words, QUOTE)}”")
    ]
    if money:
        yield "Money", money
    if found.unread:
        yield (
            "Not understood, read for yourself",
            [f"“{shorten(one, QUOTE)}”" for one in found.unread],
        )
