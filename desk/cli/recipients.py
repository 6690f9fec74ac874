"""``bridges recipients``: who gets letters, what is kept of them, how they are forgotten."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from desk.cli.base import Desk, Group, finish, json_option, note, pass_desk
from desk.text import line
from desk.wording import count, day

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from storage.letters import Posted
    from storage.preferences import Preferences
    from storage.recipients import Listed

NOTHING_KNOWN = 1


@click.group(cls=Group, short_help="Who gets letters, and what is kept of them.")
def recipients() -> None:
    """Who gets letters, all that is kept of somebody, and how they are forgotten."""


@recipients.command("list", short_help="List who gets letters, and who does not any more.")
@json_option
@pass_desk
def list_(desk: Desk, *, as_json: bool) -> None:
    """List every address of every partnership: how letters come to it, or why none do."""
    from storage.preferences import all_preferences
    from storage.recipients import listed

    with desk.reading() as connection:
        chosen = all_preferences(connection)
        rows = [_told(one, chosen, connection) for one in listed(connection)]
    if as_json:
        from desk.exports.json_lines import dumps

        for row in rows:
            click.echo(dumps(row))
        return
    if not rows:
        note("No partnership has recipients yet: bridges partnerships import FILE")
        return
    from desk.cli.terminal import console, grid, text

    table = grid("Address", "Partnership", "Letters", "How it stands")
    for row in rows:
        said = ", ".join(row[name] for name in ("frequency", "language") if row[name])
        address = row["address"] or "(erased)"
        table.add_row(text(line(address)), text(row["partnership"]), said, text(_standing(row)))
    console().print(table)


def _told(one: Listed, chosen: dict[str, Preferences], connection: Connection) -> dict[str, Any]:
    from storage.recipients import suppressed
    from storage.records import moment_to_json

    who, wish = one.recipient, chosen.get(one.key)
    everywhere = suppressed(connection, one.key)
    return {
        "address": who and who.email,
        "partnership": one.partnership,
        "state": (everywhere or one.state).value,
        "since": moment_to_json(one.state_at),
        "language": who and who.language,
        "zone": who and who.zone,
        "frequency": who and who.frequency.value,
        "receipt": who and who.receipt,
        "consent": who and who.consent,
        "paused_until": wish and wish.paused_until and wish.paused_until.isoformat(),
        "chosen": sorted(wish.to_json()) if wish else [],
    }


def _standing(row: dict[str, Any]) -> str:
    since = day(datetime.fromisoformat(row["since"]))
    if row["state"] != "active":
        return f"{row['state']} since {since}"
    if not row["consent"]:
        return "did not agree yet"
    paused = f"; paused until {row['paused_until']}" if row["paused_until"] else ""
    return f"agreed: {line(row['consent'])}{paused}"


@recipients.command(short_help="Show all that is kept of somebody.")
@click.argument("address")
@json_option
@pass_desk
def export(desk: Desk, *, address: str, as_json: bool) -> None:  # noqa: ARG001 - it always is JSON
    """Write all that is kept about ADDRESS as JSON, to hand it to its owner."""
    from desk.exports.json_lines import dumps
    from storage.correspondence import export as everything

    with desk.reading() as connection:
        found = everything(connection, address)
    if not found:
        note("Nothing is kept of this address.")
        finish(NOTHING_KNOWN)
    click.echo(dumps(found))


@recipients.command(short_help="Forget somebody for good.")
@click.argument("address")
@json_option
@pass_desk
def erase(desk: Desk, *, address: str, as_json: bool) -> None:
    """Forget ADDRESS for good: what it chose, its letters, and the address itself.

    Only a hash stays, so that no import brings it back, with the days of its letters and what they
    told. Backups made before still hold it; delete them when you no longer need them.
    """
    from storage.correspondence import clear_log, letters_to
    from storage.correspondence import erase as forget
    from storage.recipients import address_key

    with desk.writing() as connection:
        posted = letters_to(connection, address_key(address))
        known = forget(connection, address, desk.now)
    clear_log(desk.engine)
    files = _delete_files(desk, posted)
    if as_json:
        from desk.exports.json_lines import dumps

        click.echo(dumps({"known": known, "letters": len(posted), "files": files}))
        return
    if known:
        click.echo(f"Erased, with {count(len(posted), 'letter')}. No import brings it back.")
    else:
        click.echo("Nothing was kept of this address. No import will bring it in either.")
    note("Backups made before still hold it; delete them when you no longer need them.")


def _delete_files(desk: Desk, posted: list[Posted]) -> int:
    """Delete the letters that a folder of mail still holds."""
    from alerts.transports import file_name

    if "://" in desk.settings.mail:
        return 0
    paths = [Path(desk.settings.mail) / file_name(one) for one in posted]
    there = [path for path in paths if path.is_file()]
    for path in there:
        path.unlink()
    return len(there)


@recipients.command(short_help="Stop letters to somebody who asked you to.")
@click.argument("address")
@click.option("--partnership", metavar="ID", help="Only letters about this partnership.")
@json_option
@pass_desk
def unsubscribe(desk: Desk, *, address: str, partnership: str | None, as_json: bool) -> None:
    """Stop all letters to ADDRESS, whose owner asked you to; as its own link does."""
    from alerts.wishes import leave
    from storage.partnership_records import is_address
    from storage.partnerships import get_partnership
    from storage.recipients import address_key, listed

    if not is_address(address):
        raise click.UsageError(f"{line(address)!r} is not an e-mail address")
    key = address_key(address)
    with desk.writing() as connection:
        if partnership is not None:
            get_partnership(connection, partnership)
        where = [one.partnership for one in listed(connection, key)]
        leave(connection, key, desk.now, partnership=partnership)
    left = [one for one in where if partnership in {None, one}]
    if not left and partnership is not None:
        note("This partnership does not list the address.")
        finish(NOTHING_KNOWN)
    if as_json:
        _tell_json("left", left)
    if not left:
        note(
            "Nobody gets letters at this address: see how it is spelt in bridges recipients list."
            " It is noted all the same, and no import will write to it."
        )
        finish(NOTHING_KNOWN)
    if not as_json:
        click.echo("Done. No import brings it back; its owner can, by the link in any letter.")


@recipients.command(short_help="Write again to a mailbox that works again.")
@click.argument("address")
@json_option
@pass_desk
def retry(desk: Desk, *, address: str, as_json: bool) -> None:
    """Write again to ADDRESS, to which letters stopped because they came back.

    It brings back nobody who unsubscribed or was erased.
    """
    from storage.bounces import forget_bounces
    from storage.recipients import State, address_key, bring_back, suppressed

    key = address_key(address)
    with desk.writing() as connection:
        before = suppressed(connection, key)
        forget_bounces(connection, key)
        back = bring_back(connection, key, State.BOUNCED, desk.now)
    if before is not State.BOUNCED:
        note(f"Letters to this address did not stop for that: {before or 'they go on'}.")
        finish(NOTHING_KNOWN)
    if as_json:
        _tell_json("back", back)
        return
    where = ", ".join(map(line, back)) or "no partnership; import it again"
    click.echo(f"Letters go out again for: {where}")


def _tell_json(name: str, partnerships: list[str]) -> None:
    from desk.exports.json_lines import dumps

    click.echo(dumps({name: partnerships}))
