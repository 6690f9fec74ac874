"""``bridges crawl``: harvest sources now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import click

from desk.cli.base import FAILED, Desk, finish, json_option, note, pass_desk
from desk.cli.options import MOST
from desk.cli.terminal import Advance, bars
from desk.text import line
from desk.wording import count
from storage.errors import NotFound

if TYPE_CHECKING:
    from crawler.harvest import Children
    from storage.domain import Harvest


at_option = click.option(
    "--at",
    "elsewhere",
    multiple=True,
    metavar="SOURCE=URL",
    help="Send every request for SOURCE to URL instead, path and query unchanged.",
)


@click.command(short_help="Harvest all sources, or those named.")
@click.argument("sources", nargs=-1, metavar="[SOURCE…]")
@at_option
@click.option(
    "--limit",
    type=click.IntRange(min=1, max=MOST),
    metavar="N",
    help="Stop after so many calls; nothing is concluded from those that did not come.",
)
@json_option
@pass_desk
def crawl(
    desk: Desk,
    *,
    sources: Sequence[str],
    elsewhere: Sequence[str],
    limit: int | None,
    as_json: bool,
) -> None:
    """Harvest all sources, or those named: two at a time, each in a process of its own.

    Ends with 1 if a harvest failed or is degraded; what could be read is kept all the same.
    """
    from crawler.harvest import load_spider, needed, run, spider_names
    from crawler.side_by_side import side_by_side

    known = spider_names()
    addresses = elsewhere_of(elsewhere, known)
    for name in sources:
        if name not in known:
            raise NotFound.among("source", name, known)
    chosen = list(dict.fromkeys(sources)) or spider_names(usable=True)
    if not sources:
        for name in (one for one in known if one not in chosen):
            lacks = needed(load_spider(name))
            note(f"{name} is left out: it {f'needs {lacks}' if lacks else 'is switched off'}.")
    if unused := [name for name in addresses if name not in chosen]:
        raise click.UsageError(f"--at names {unused[0]}, which is not among the sources to crawl")
    url = _database_url(desk)
    expected = {name: _expected(desk, name, limit) for name in chosen}
    ended = []
    with bars() as screen:

        def one(name: str, children: Children) -> Harvest:
            with screen.bar(name) as advance:
                return run(
                    name,
                    database_url=url,
                    contact=desk.settings.contact,
                    now=desk.now,
                    at=addresses.get(name),
                    limit=limit,
                    documents=desk.settings.documents,
                    on_progress=partial(_draw, advance, expected[name]),
                    log_level="INFO" if desk.debug else "CRITICAL",
                    children=children,
                )

        hosts = {name: load_spider(name).hosts for name in chosen}
        with closing(side_by_side(hosts, one)) as harvests:
            for harvest in harvests:
                ended.append(harvest)
                with screen.aside():
                    tell(harvest, as_json=as_json)
    if any(harvest.outcome != "ok" for harvest in ended):
        finish(FAILED)


def elsewhere_of(said: Sequence[str], known: Sequence[str]) -> dict[str, str]:
    """Return what ``--at`` names: the address for each source. Raises NotFound, UsageError."""
    addresses = dict(_address(one) for one in said)
    for name in addresses:
        if name not in known:
            raise NotFound.among("source", name, known)
    return addresses


def _database_url(desk: Desk) -> str:
    """The database, opened once here: if it cannot be, that is said before any visit."""
    desk.engine.connect().close()
    return desk.settings.database_url


def _address(said: str) -> tuple[str, str]:
    source, equals, url = said.partition("=")
    try:
        parts = urlsplit(url)
        good = equals and parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
    except ValueError:
        good = False
    if not good:
        raise click.UsageError(
            f"--at {line(said)!r} is not SOURCE=URL, as in eu_portal=http://127.0.0.1:9000"
        )
    return source, url


def _expected(desk: Desk, name: str, limit: int | None) -> int | None:
    """How many calls will come, as far as the last complete harvest can tell."""
    from storage import harvests

    with desk.reading() as connection:
        last = harvests.last_complete(connection, name)
    if last is None:
        return limit
    return min(last.items, limit) if limit else last.items


def _draw(advance: Advance, expected: int | None, event: Mapping[str, Any]) -> None:
    items, requests = int(event.get("items", 0)), int(event.get("requests", 0))
    total = max(expected, items) if expected else None
    advance(items, total, f"{count(items, 'call')}, {count(requests, 'request')}")


def tell(harvest: Harvest, *, as_json: bool) -> None:
    """Say on one line how a harvest went."""
    if as_json:
        from desk.exports.json_lines import dumps
        from desk.harvest_words import harvest_json

        click.echo(dumps(harvest_json(harvest)))
    else:
        from desk.harvest_words import sentence

        click.echo(f"{harvest.source}  {sentence(harvest)}")
