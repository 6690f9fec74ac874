"""``bridges calls find``: the question, and its answer in every format."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeAlias

import click

from desk.cli.base import Desk, json_option, note, pass_desk
from desk.cli.options import MOST, Code, Day, Span, Word
from desk.place_names import countries_named, regions_named
from desk.wording import count
from storage.codes import check_country, country_of
from storage.domain import ApplicantType, Kind, Status
from storage.errors import NotFound

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from storage.domain import Call
    from storage.query import CallQuery

FORMATS = ("table", "json", "csv", "xlsx", "ics", "atom")
SORTS = ("deadline", "relevance", "new")


@click.command(short_help="Find calls by words and conditions.")
@click.argument("words", nargs=-1)
@click.option(
    "--status",
    "statuses",
    type=Word(Status),
    multiple=True,
    help="Where the call stands; closing is open too. Give it twice for either.",
)
@click.option("--programme", metavar="P", help="Code or name, as CERV or “Horizon Europe”.")
@click.option(
    "--country",
    type=Code(check_country, countries_named),
    metavar="UA",
    help="Open to applicants from there.",
)
@click.option(
    "--applicant",
    type=Word(ApplicantType),
    metavar="TYPE",
    help="Open to such bodies, as local_authority or ngo.",
)
@click.option(
    "--region",
    type=Code(country_of, regions_named),
    metavar="R",
    help="Region of NUTS or ISO 3166-2, as PL814 or UA-59.",
)
@click.option("--closing-within", type=Span(), metavar="30d", help="Deadline in 30d, 2w or 48h.")
@click.option("--new-since", type=Day(), metavar="DATE", help="First seen on that day or later.")
@click.option("--partnership", metavar="ID", help="Matched with this partnership.")
@click.option("--source", metavar="S", help="Of this source.")
@click.option("--kind", type=Word(Kind), help="What the call offers.")
@click.option(
    "--sort",
    type=Word(SORTS),
    default="deadline",
    show_default=True,
    help="Order; relevance needs WORDS or --partnership.",
)
@click.option(
    "--limit",
    type=click.IntRange(min=0, max=MOST),
    default=50,
    show_default=True,
    metavar="N",
    help="Show so many at most; 0 shows all.",
)
@click.option(
    "--format",
    "form",
    type=Word(FORMATS),
    default="table",
    show_default=True,
    help="csv, xlsx, ics and atom are files: send them to one with > FILE.",
)
@json_option
@pass_desk
def find(desk: Desk, /, *, words: Sequence[str], form: str, as_json: bool, **asked: Any) -> None:
    """Find calls, by WORDS and by what they offer to whom.

    All conditions must hold. The question is repeated in plain words above the answer. A call
    that several sources show is one line: the leading record, with the others named.
    """
    form = "json" if as_json else form
    query = _query(" ".join(words), asked)
    if query.sort == "relevance" and not query.words and not query.partnership:
        raise click.UsageError(
            "--sort relevance needs something to be relevant to: add WORDS, as in"
            " `bridges calls find water supply --sort relevance`, or --partnership ID"
        )
    if form == "xlsx" and sys.stdout.isatty():
        raise click.UsageError("a workbook is not for a screen: add > calls.xlsx")
    with desk.reading() as connection:
        shown, total, write = _ANSWERS.get(form, _as_file)(connection, query, desk.now, form)
        if query.source and not total:
            _check_source(connection, query.source)
        known = bool(total) or _any_call(connection)
    _say(query, shown, total, known=known)
    write()


def _query(words: str, asked: dict[str, Any]) -> CallQuery:
    from storage.query import CallQuery

    statuses = tuple(Status(one) for one in asked.pop("statuses"))
    applicant: str | None = asked.pop("applicant")
    kind: str | None = asked.pop("kind")
    within: timedelta | None = asked.pop("closing_within")
    since: date | None = asked.pop("new_since")
    return CallQuery(
        words=words,
        status=statuses,
        applicant=ApplicantType(applicant) if applicant else None,
        kind=Kind(kind) if kind else None,
        closing_within=within,
        new_since=since,
        **asked,
    )


def _check_source(connection: Connection, source: str) -> None:
    """Refuse a source that nobody knows; one without calls so far is no mistake."""
    import sqlalchemy as sa

    from crawler.harvest import spider_names
    from storage.schema import calls

    known = sorted({*spider_names(), *connection.scalars(sa.select(calls.c.source).distinct())})
    if source not in known:
        raise NotFound.among("source", source, known)


def _any_call(connection: Connection) -> bool:
    import sqlalchemy as sa

    from storage.schema import calls

    return connection.execute(sa.select(calls.c.id).limit(1)).first() is not None


def _changed(connection: Connection, calls: Sequence[Call]) -> dict[str, datetime]:
    from storage import calls as kept

    newest = {call.id: kept.history(connection, call.id)[:1] for call in calls}
    return {name: changes[0].at for name, changes in newest.items() if changes}


def _say(query: CallQuery, shown: int, total: int, *, known: bool) -> None:
    """Repeat the question on stderr, so that stdout stays data."""
    if not total:
        unmatched = query.partnership and not query.words
        hint = "; nothing has been matched to it yet" if unmatched else ""
        note(f"{query.sentence()}: none found{hint}")
        if not known:
            note("No calls are kept here yet: bridges crawl, or bridges calls import FILE")
    elif shown < total:
        note(
            f"{query.sentence()}: {count(total, 'call')}, the first {shown} shown (--limit 0: all)"
        )
    else:
        note(f"{query.sentence()}: {count(total, 'call')}")


def _as_table(connection: Connection, query: CallQuery, now: datetime, _: str) -> _Answer:
    from desk.cli.table import show
    from storage.glances import others_at_a_glance

    calls, total = query.glances(connection, now)
    others = others_at_a_glance(connection, calls)
    return len(calls), total, lambda: show(calls, now, others)


def _as_json(connection: Connection, query: CallQuery, now: datetime, _: str) -> _Answer:
    from desk.exports.json_lines import call_now, dumps
    from desk.others import others_json
    from storage.linked import others_of

    calls, total = query.page(connection, now)
    others = others_of(connection, calls)

    def write() -> None:
        for call in calls:
            told = {**call_now(call, now), "others": others_json(call, others[call.id])}
            sys.stdout.write(dumps(told) + "\n")

    return len(calls), total, write


def _as_file(connection: Connection, query: CallQuery, now: datetime, form: str) -> _Answer:
    calls, total = query.page(connection, now)
    changed = _changed(connection, calls) if form == "atom" else {}

    def write() -> None:
        sys.stdout.flush()
        sys.stdout.buffer.write(_file(form, calls, now, query, changed))
        sys.stdout.buffer.flush()

    return len(calls), total, write


_Answer: TypeAlias = tuple[int, int, Callable[[], None]]
"""How many calls are shown, how many there are, and what writes them to stdout."""

_ANSWERS = {"table": _as_table, "json": _as_json}
"""How the calls are asked for and written, by form; the rest are files."""


def _file(
    form: str,
    calls: Sequence[Call],
    now: datetime,
    query: CallQuery,
    changed: dict[str, datetime],
) -> bytes:
    if form == "csv":
        from desk.exports.spreadsheet import to_csv

        return to_csv(calls, now)
    if form == "xlsx":
        from desk.exports.spreadsheet import to_xlsx

        return to_xlsx(calls, now)
    if form == "ics":
        from desk.exports.calendar import to_ics

        return to_ics(calls, now, query.sentence())
    from desk.exports.feed import to_atom

    return to_atom(calls, changed, now, query.sentence(), " ".join(query.flags()))
