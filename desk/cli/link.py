"""``bridges calls link``, ``merge`` and ``split``: which calls are one opportunity."""

from __future__ import annotations

import click

from desk.cli.base import Desk, json_option, pass_desk
from desk.text import line
from desk.wording import count
from storage.errors import BadInput


@click.command(short_help="Find the same call in several places.")
@json_option
@pass_desk
def link(desk: Desk, *, as_json: bool) -> None:
    """Link calls that are one opportunity, as far as they are new or have changed.

    `bridges match` and `bridges digest send --due` do the same first.
    """
    from alerts.linking import link_new

    done = link_new(desk.engine, desk.now)
    if as_json:
        from dataclasses import asdict

        from desk.exports.json_lines import dumps

        click.echo(dumps(asdict(done)))
        return
    told = [f"{count(done.looked_at, 'call')} new or changed"]
    told += [f"{done.together:,} put together with others"] if done.together else []
    told += [f"{done.apart:,} taken apart again"] if done.apart else []
    click.echo("; ".join(told))


@click.command(short_help="Say that two calls are one opportunity.")
@click.argument("one", metavar="ID")
@click.argument("other", metavar="ID")
@json_option
@pass_desk
def merge(desk: Desk, *, one: str, other: str, as_json: bool) -> None:
    """Make one opportunity of two calls, for good: no automatic linking parts them again.

    Whoever was told of either was told of both; marks and matches follow. ID is source:reference.
    """
    from storage import linked

    try:
        with desk.writing() as connection:
            done = linked.merge(connection, one, other, desk.now)
    except BadInput as error:
        raise click.UsageError(str(error)) from error
    names = [found.id for found in done.others]
    if as_json:
        from desk.exports.json_lines import dumps

        told = {"opportunity": done.opportunity, "call": done.leading.id, "others": names}
        click.echo(dumps({**told, "already": done.already}))
        return
    said = "They are one opportunity already" if done.already else "One opportunity now"
    click.echo(f"{said}: {line(done.leading.id)} leads, with {line(', '.join(names))}")


@click.command(short_help="Say that a call is an opportunity of its own.")
@click.argument("name", metavar="ID")
@json_option
@pass_desk
def split(desk: Desk, *, name: str, as_json: bool) -> None:
    """Take the call ID out of its opportunity, for good: no automatic linking undoes it.

    What was told or marked before they were merged goes back to where it was.
    """
    from storage import linked

    try:
        with desk.writing() as connection:
            done = linked.split(connection, name, desk.now)
    except BadInput as error:
        raise click.UsageError(str(error)) from error
    if as_json:
        from desk.exports.json_lines import dumps

        click.echo(
            dumps(
                {
                    "call": done.call.id,
                    "opportunity": done.call.opportunity,
                    "rest": done.rest.id,
                    "rest_opportunity": done.rest.opportunity,
                }
            )
        )
        return
    alone, rest = line(done.call.id), line(done.rest.id)
    click.echo(f"{alone} is an opportunity of its own now; {rest} leads the rest")
