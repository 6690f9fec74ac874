"""``bridges backup`` and ``bridges restore``."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from desk.cli.base import Desk, json_option, note, pass_desk
from desk.text import line
from desk.wording import size
from storage.errors import BadInput, BridgesError


@click.command(short_help="Write a sound copy of the database.")
@click.argument("file", type=click.Path(path_type=Path))
@json_option
@pass_desk
def backup(desk: Desk, *, file: Path, as_json: bool) -> None:
    """Write a complete, sound copy of the database to FILE, also while a harvest runs."""
    from storage.backup import backup as copy

    copy(desk.settings.database_url, file)
    _tell(file, "backup", f"Backup written to {line(str(file))}", as_json=as_json)


@click.command(short_help="Put such a copy back.")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--force", is_flag=True, help="Keep no copy of what the database holds now.")
@json_option
@pass_desk
def restore(desk: Desk, *, file: Path, force: bool, as_json: bool) -> None:
    """Put the copy in FILE back in place of what the database holds now.

    What it holds now is copied first, beside FILE, in case the wrong file was named.
    """
    from storage.backup import restore as put_back

    url = desk.settings.database_url
    before = None if force else _copy_of_now(url, file, desk.now)
    try:
        put_back(url, file, force=True)
    except BaseException:
        if before:
            before.unlink()  # nothing was replaced
        raise
    said = f"The database is again as in {line(str(file))}"
    _tell(file, "restored", said, as_json=as_json, before=str(before) if before else None)
    if before:
        note(f"What it held before is in {before}")


def _copy_of_now(url: str, file: Path, now: datetime) -> Path | None:
    """Copy what the database holds, if it holds anything; returns where to."""
    from storage.backup import backup as copy

    if not _holds_anything(url):
        return None
    before = file.with_name(f"{file.name}.before-{now:%Y%m%d-%H%M%S}")
    try:
        copy(url, before)
    except BridgesError as error:
        raise BadInput(
            f"what the database holds now cannot be copied first: {error};"
            " add --force to restore without a copy"
        ) from error
    return before


def _holds_anything(url: str) -> bool:
    import sqlalchemy as sa

    from storage.database import address_of, open_database, reading
    from storage.schema import calls, harvests, partnerships

    address = address_of(url)
    file = address.database if address.get_backend_name() == "sqlite" else None
    if file and not (Path(file).exists() and Path(file).stat().st_size):
        return False
    try:
        engine = open_database(url, migrate=False)
        try:
            with reading(engine) as connection:
                tables = (calls, harvests, partnerships)
                return any(
                    connection.scalar(sa.select(sa.exists(table.select()))) for table in tables
                )
        finally:
            engine.dispose()
    except (BridgesError, sa.exc.DBAPIError):
        return True  # it cannot be read, so it may hold anything


def _tell(file: Path, verb: str, said: str, *, as_json: bool, **more: str | None) -> None:
    written = file.stat().st_size
    if as_json:
        from desk.exports.json_lines import dumps

        click.echo(dumps({verb: str(file), "bytes": written, **more}))
    else:
        click.echo(f"{said} ({size(written)}).")
