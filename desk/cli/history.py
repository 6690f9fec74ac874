"""The changes of calls on a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from desk.changes import CAUSES, Part, events, field_name, told
from desk.cli.terminal import text
from desk.wording import day

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from storage.domain import Change

STYLES = {"": "", "-": "red", "+": "green"}
BRACKETS = {"": ("", ""), "-": ("[-", "-]"), "+": ("{+", "+}")}
"""What went and what came must differ without colours too."""


def show(screen: Console, changes: Sequence[Change]) -> None:
    """Print every change, newest first, with its cause."""
    if not changes:
        screen.print(text("No change since it was first seen."))
    for event in events(changes):
        stamp = f"{day(event.at)} {event.at:%H:%M} UTC"
        screen.print(text(f"{stamp}, version {event.version}: {CAUSES[event.cause]}", "bold"))
        screen.print(change_table(event.changes))


def change_table(changes: Iterable[Change]) -> Table:
    from rich.table import Table

    table = Table.grid(padding=(0, 2))
    for change in changes:
        table.add_row(text(f"  {field_name(change)}", "dim"), _line(told(change)))
    return table


def _line(parts: Sequence[Part]) -> Text:
    arrow = any(part.text == " → " for part in parts)
    written = text("")
    for part in parts:
        before, after = ("", "") if arrow else BRACKETS[part.mark]
        written.append(f"{before}{part.text}{after}", style=STYLES[part.mark])
    return written
