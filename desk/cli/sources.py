"""``bridges sources``: what is known of each source, and confirming one."""

from __future__ import annotations

import inspect
import re
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from desk import harvest_words
from desk.cli.base import Desk, Group, json_option, note, pass_desk
from desk.cli.source_table import STYLES, show
from desk.text import line, paragraphs
from desk.wording import ago, count, day
from storage.domain import Outcome
from storage.errors import NotFound

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from storage.domain import Harvest

RECENT = 10


class Sources(Group):
    """A group in which a name that is no command is the name of a source."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args[0] in self.commands:
            return super().resolve_command(ctx, args)
        return one.name, one, args


@dataclass(frozen=True)
class Known:
    """What the database holds about one source; ``harvests`` newest first."""

    name: str
    harvests: list[Harvest]
    proven_by: str | None
    proven_at: datetime | None

    @property
    def last(self) -> Harvest | None:
        return next(iter(self.harvests), None)

    def gaps(self) -> list[str]:
        """What the last harvest that brought calls could not read, or has lost."""
        brought = [one for one in self.harvests if one.items]
        if not brought:
            return []
        before = next((one for one in brought[1:] if one.complete), None)
        few = before is not None and brought[0].items * 2 < before.items  # one with a limit, say
        return list(harvest_words.gaps(brought[0], None if few else before))

    def proof(self) -> str:
        if self.proven_by is None:
            return "unproven"
        when = f" on {day(self.proven_at)}" if self.proven_at else ""
        return f"proven by {'an operator' if self.proven_by == 'operator' else 'a test'}{when}"

    def as_json(self) -> dict[str, Any]:
        from storage.records import moment_to_json

        return {
            "source": self.name,
            "proven_by": self.proven_by,
            "proven_at": moment_to_json(self.proven_at),
            "gaps": self.gaps(),
            "last": harvest_words.harvest_json(self.last) if self.last else None,
        }


@click.group(
    cls=Sources,
    invoke_without_command=True,
    subcommand_metavar="[NAME]",
    short_help="Every source: last harvest, gaps, proven or not.",
)
@json_option
@pass_desk
@click.pass_context
def sources(ctx: click.Context, desk: Desk, *, as_json: bool) -> None:
    """Show every source, or the one called NAME: its last harvest, what it misses, proven or not.

    A source is proven once somebody has looked at a live harvest of it and found it right:
    `bridges sources confirm NAME`. The others are named as unproven.
    """
    if ctx.invoked_subcommand is not None:
        ctx.meta["desk.json"] = as_json
        return
    with desk.reading() as connection:
        found = [_known(connection, name) for name in _names()]
    if as_json:
        from desk.exports.json_lines import dumps

        for source in found:
            click.echo(dumps(source.as_json()))
        return
    show(found, desk.now)


@sources.command(hidden=True)
@click.argument("name")
@json_option
@pass_desk
@click.pass_context
def one(ctx: click.Context, desk: Desk, *, name: str, as_json: bool) -> None:
    """Show one source with its last harvests."""
    _check(name)
    with desk.reading() as connection:
        source = _known(connection, name)
    if as_json or ctx.meta.get("desk.json"):
        from desk.exports.json_lines import dumps

        recent = [harvest_words.harvest_json(harvest) for harvest in source.harvests]
        click.echo(dumps({**source.as_json(), "recent": recent}))
        return
    _page(source, desk.now)


@sources.command(short_help="Note that a live harvest is right.")
@click.argument("name")
@json_option
@pass_desk
@click.pass_context
def confirm(ctx: click.Context, desk: Desk, *, name: str, as_json: bool) -> None:
    """Note that you looked at a live harvest of NAME and found it right."""
    from storage import harvests

    _check(name)
    with desk.writing() as connection:
        last = harvests.last(connection, name)
        harvests.confirm(connection, name, desk.now)
        source = _known(connection, name)
    if as_json or ctx.meta.get("desk.json"):
        from desk.exports.json_lines import dumps

        click.echo(dumps(source.as_json()))
    else:
        click.echo(f"{name} is now {source.proof()}.")
    if last is None:
        note(
            f"Note: {name} was never harvested here. Look at a harvest first: bridges crawl {name},"
            f" then bridges calls find --source {name}."
        )
    elif last.outcome is not Outcome.OK:
        note(f"Note: the last harvest of {name} was not ok; look with `bridges sources {name}`.")


def _names() -> list[str]:
    from crawler.harvest import spider_names

    return spider_names()


def _check(name: str) -> None:
    known = _names()
    if name not in known:
        raise NotFound.among("source", name, known)


def _known(connection: Connection, name: str) -> Known:
    from storage import harvests

    proven_by, proven_at = harvests.proven(connection, name)
    return Known(name, harvests.recent(connection, name, RECENT), proven_by, proven_at)


def _page(source: Known, now: datetime) -> None:
    from crawler.exhibit import exhibit_path
    from desk.cli.terminal import console, grid, text
    from storage.settings import load_settings

    screen = console()
    screen.print(text(source.name, "bold"))
    for paragraph in _logbook(source.name):
        screen.print(text(paragraph))
    screen.print(text(f"\nThis source is {source.proof()}."))
    if source.last is None:
        screen.print(text(f"Never harvested. Start with `bridges crawl {source.name}`."))
        return
    for gap in source.gaps():
        screen.print(text(f"Misses: {gap}", "yellow"))
    if source.last.coverage:
        shares = [f"{name} {share:.0%}" for name, share in harvest_words.shares(source.last)]
        screen.print(text(f"How many of its calls say what: {', '.join(shares)}"))
    if source.last.parts:
        parts = [f"{line(name)} {number:,}" for name, number in source.last.parts.items()]
        screen.print(text(f"Calls by part: {', '.join(parts)}"))
    failed = exhibit_path(load_settings().database_url, source.name)
    if failed.exists():
        screen.print(text(f"The page it stumbled over: {failed}"))
    number = len(source.harvests)
    screen.print(text(f"\nIts last {count(number, 'harvest') if number > 1 else 'harvest'}:"))
    table = grid("When", "", "How it went")
    table.columns[0].no_wrap = table.columns[1].no_wrap = True
    for harvest in source.harvests:
        told = harvest_words.sentence(harvest)
        stamp = harvest.started.strftime("%Y-%m-%d %H:%M UTC")
        table.add_row(text(stamp), text(ago(harvest.started, now), "dim"),
                      text(told, STYLES[harvest.outcome]))  # fmt: skip
    screen.print(table)


def _logbook(name: str) -> list[str]:
    """What the file of the source says about it: publisher, address, oddities."""
    from crawler.harvest import load_spider

    written = inspect.cleandoc(load_spider(name).__doc__ or "")
    return paragraphs(re.sub(r"\n +", " ", written))  # a longer entry goes on indented
