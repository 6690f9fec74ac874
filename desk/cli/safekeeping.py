"""``bridges backup`` and ``bridges restore``."""

from __future__ import annotations

from pathlib import Path

import click

from desk.cli.base import Desk, json_option, pass_desk
from desk.text import line
from desk.wording import size


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@json_option
@pass_desk
def backup(desk: Desk, *, file: Path, as_json: bool) -> None:
    """Write a complete, sound copy of the database to FILE, also while a harvest runs."""
    from storage.backup import backup as copy

    copy(desk.settings.database_url, file)
    _tell(file, "backup", f"Backup written to {line(str(file))}", as_json=as_json)


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@json_option
@pass_desk
def restore(desk: Desk, *, file: Path, as_json: bool) -> None:
    """Put the copy in FILE back in place of what the database holds now."""
    from storage.backup import restore as put_back

    put_back(desk.settings.database_url, file)
    _tell(file, "restored", f"The database is again as in {line(str(file))}", as_json=as_json)


def _tell(file: Path, verb: str, said: str, *, as_json: bool) -> None:
    written = file.stat().st_size
    if as_json:
        from desk.exports.json_lines import dumps

        click.echo(dumps({verb: str(file), "bytes": written}))
    else:
        click.echo(f"{said} ({size(written)}).")
