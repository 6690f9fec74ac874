"""``bridges partnerships``: take in, write out, list, show and check them."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from desk.cli.base import FAILED, Desk, Group, finish, json_option, note, pass_desk
from desk.cli.calls import tell_import
from desk.cli.feedback import mark, suggest, themes
from desk.cli.terminal import progress
from desk.place_names import countries_named, regions_named
from desk.text import line, shorten
from desk.wording import amount, count, listed
from storage.errors import nearest

if TYPE_CHECKING:
    from storage.domain import Budget, Partner, Partnership, Recipient
    from storage.errors import Problem

INTERESTS = 1000


@click.group(cls=Group, short_help="Import, export, list, show and check them.")
def partnerships() -> None:
    """Take in partnerships and write them out; list, show and check them."""


for _command in (mark, suggest, themes):
    partnerships.add_command(_command)


@partnerships.command("import")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE…")
@json_option
@pass_desk
def import_(desk: Desk, *, files: Sequence[Path], as_json: bool) -> None:
    """Take in partnerships from YAML.

    Good entries are kept; bad ones are named by file, line and field, and the exit code is 1. An
    address that unsubscribed, bounced or was erased is never enabled again by an import.
    """
    from storage.partnerships import import_partnerships

    with progress("Importing partnerships") as advance:
        report = import_partnerships(
            desk.engine,
            [Path("/dev/stdin") if str(file) == "-" else file for file in files],
            desk.now,
            lambda done, total: advance(done, total, f"{done} of {count(total, 'file')}"),
        )
    tell_import(report, "partnership", as_json=as_json)


@partnerships.command(short_help="Write them to a YAML file.")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--with-recipients", is_flag=True, help="Write the addresses of people too.")
@json_option
@pass_desk
def export(desk: Desk, *, file: Path, with_recipients: bool, as_json: bool) -> None:
    """Write every partnership to FILE as YAML (- for stdout), without the people unless asked."""
    from storage.partnerships import export_partnerships, list_partnerships, to_yaml

    with desk.reading() as connection:
        if str(file) == "-":
            for one in list_partnerships(connection):
                sys.stdout.write(to_yaml(one, with_recipients=with_recipients))
            return
        number = export_partnerships(connection, file, with_recipients=with_recipients)
    if as_json:
        from desk.exports.json_lines import dumps

        told = {"file": str(file), "partnerships": number, "recipients": with_recipients}
        click.echo(dumps(told))
    else:
        people = "with" if with_recipients else "without"
        click.echo(f"{count(number, 'partnership')} written to {line(str(file))}, {people} people")


@partnerships.command("list")
@json_option
@pass_desk
def list_(desk: Desk, *, as_json: bool) -> None:
    """List all partnerships, one a line."""
    from storage.partnerships import list_partnerships

    with desk.reading() as connection:
        found = list_partnerships(connection)
    if as_json:
        from desk.exports.json_lines import dumps
        from storage.partnership_records import partnership_to_json

        for one in found:
            click.echo(dumps({**partnership_to_json(one), "recipient_count": len(one.recipients)}))
        return
    if not found:
        note("No partnerships yet: bridges partnerships import FILE")
        return
    from desk.cli.terminal import console, grid, text

    table = grid("ID", "Name", "Partners", "Interests in", "Recipients")
    table.columns[0].no_wrap = True
    for one in found:
        partners = ", ".join(f"{line(each.name)} ({line(each.country)})" for each in one.partners)
        table.add_row(
            text(line(one.id)),
            text(line(one.name)),
            text(partners),
            text(", ".join(map(line, one.interests))),
            text(str(len(one.recipients))),
        )
    console().print(table)


@partnerships.command()
@click.argument("name", metavar="ID")
@json_option
@pass_desk
def show(desk: Desk, *, name: str, as_json: bool) -> None:
    """Show one partnership in full, with its recipients."""
    from storage.partnerships import get_partnership

    with desk.reading() as connection:
        found = get_partnership(connection, name)
    if as_json:
        from desk.exports.json_lines import dumps
        from storage.partnership_records import partnership_to_json, recipient_to_json

        people = [recipient_to_json(one) for one in found.recipients]
        click.echo(dumps({**partnership_to_json(found), "recipients": people}))
        return
    from rich.table import Table

    from desk.cli.terminal import console, text

    screen = console()
    screen.print(text(line(found.name), "bold"))
    screen.print(text(line(found.id), "dim"))
    facts = Table.grid(padding=(0, 2))
    facts.add_column(no_wrap=True)
    for label, said in _facts(found):
        facts.add_row(text(label, "bold"), text(said))
    screen.print(facts)


@partnerships.command(short_help="Say what is wrong with a file.")
@click.argument("file", type=click.Path(path_type=Path))
@json_option
def check(*, file: Path, as_json: bool) -> None:
    """Say what is wrong with FILE, by line and field, and import nothing."""
    from storage.errors import Problem
    from storage.partnerships import read_file

    found = list(read_file(file))
    problems = [one for one in found if isinstance(one, Problem)]
    if as_json:
        from dataclasses import asdict

        from desk.exports.json_lines import dumps

        for problem in problems:
            click.echo(dumps(asdict(problem)))
    else:
        for problem in problems:
            click.echo(line(str(problem)))
        if found and not problems:
            click.echo(f"{line(str(file))} is as it should be.")
    for one in found:
        if isinstance(one, Problem):
            tell_codes(one)
        else:
            tell_themes(one)
            for recipient in one.recipients:
                tell_language(recipient)
    if not found:
        note(f"{line(str(file))} holds no partnership; each begins with “- id: …”, as in README.md")
    if problems or not found:
        finish(FAILED)


def _facts(found: Partnership) -> Iterator[tuple[str, str]]:
    for number, partner in enumerate(found.partners):
        yield ("" if number else "Partners"), _partner(partner)
    for language, words in found.interests.items():
        yield f"Interests ({line(language)})", shorten(words, INTERESTS)
    if found.themes:
        yield "Themes", ", ".join(line(theme).replace("_", " ") for theme in found.themes)
    if found.threshold is not None:
        yield "Told from", f"{found.threshold:.0f} of 100"
    for words in found.exclude:
        yield "Not wanted", line(words)
    if found.budget:
        yield "Grants", _budget(found.budget)
    for number, recipient in enumerate(found.recipients):
        yield ("" if number else "Recipients"), _recipient(recipient)
    if not found.recipients:
        yield "Recipients", "none"


def _partner(partner: Partner) -> str:
    from classifier.region_names import region_name

    region = f", region {line(region_name(partner.region))}" if partner.region else ""
    kind = partner.type.value.replace("_", " ")
    return f"{line(partner.name)}: {kind} in {line(partner.country)}{region}"


def _budget(budget: Budget) -> str:
    parts = [
        f"from {amount(budget.min)}" if budget.min is not None else "",
        f"up to {amount(budget.max)}" if budget.max is not None else "",
    ]
    return " ".join(part for part in parts if part)


def tell_codes(problem: Problem) -> None:
    """Name the codes that somebody may have meant who wrote the name of a country or region."""
    named = {"country": countries_named, "region": regions_named}
    find = named.get(problem.field.rpartition(".")[2])
    if find is None or "did you mean" in problem.expected:
        return
    if found := find(problem.got.strip("'\"")):
        note(f"{problem.field}: you may mean {listed(found, 'or')}")


def tell_themes(partnership: Partnership) -> None:
    """Note themes that are not in the list, which an import keeps and which count for nothing."""
    if not partnership.themes:
        return
    from classifier.themes import load_themes

    known = load_themes().by_id
    for name in partnership.themes:
        if name not in known:
            close = nearest(name, known)
            hint = f"nearest: {', '.join(close)}" if close else "all: bridges partnerships themes"
            note(
                f"Note: {line(partnership.id)}: {line(name)!r} is not in the list of themes and"
                f" counts for nothing; {hint}"
            )


def tell_language(recipient: Recipient) -> None:
    """Note that letters come in English to somebody whose language they are not written in."""
    from alerts.tongue import LANGUAGES, written_in

    if written_in(recipient.language) is None:
        note(
            f"Note: {line(recipient.email)} reads {line(recipient.language) or 'no language'};"
            f" letters come in {', '.join(LANGUAGES)}, so these are in English."
        )


def _recipient(recipient: Recipient) -> str:
    consent = f"consent: {line(recipient.consent)}" if recipient.consent else "to confirm by a link"
    return (
        f"{line(recipient.email)}: {recipient.frequency.value}, in {line(recipient.language)},"
        f" {line(recipient.zone)}; {consent}"
    )
