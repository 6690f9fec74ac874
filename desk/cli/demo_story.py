"""What the demonstration shows, step by step, and what to try next."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from desk import harvest_words, wording
from desk.cli.terminal import console, text
from desk.text import line
from storage.domain import Status

if TYPE_CHECKING:
    from rich.console import Console
    from sqlalchemy import Engine

    from classifier.outcomes import Outcome
    from desk.cli.base import Desk
    from storage.domain import Harvest

SHOWN = 8
BEST = 3
FAVOURITE = "eu_portal:CERV-2027-CITIZENS-TOWN-TT-UA"
"""The call shown in full: a town twinning call is what partner towns know best."""

PAIR = "verbove-nowa-dolina"


def tell(
    engine: Engine,
    harvest: Harvest,
    desk: Desk,
    outcomes: Sequence[Outcome],
    *,
    url: str,
    written: Mapping[str, Path],
) -> None:
    """Show the harvest, the open calls, one of them in full, what suits whom, and the letters."""
    from desk.cli.show import show_page
    from desk.cli.table import show
    from storage.database import reading
    from storage.query import CallQuery

    screen, now = console(), desk.now
    query = CallQuery(status=(Status.OPEN,), limit=0)
    with reading(engine) as connection:
        calls = query.find(connection, now)
    _heading(screen, 1, "A site was harvested. It is invented, and ran on this computer.")
    screen.print(text(f"{harvest.source}  {harvest_words.sentence(harvest)}"))
    _heading(screen, 2, f"{query.sentence()}: {wording.count(len(calls), 'call')}, {SHOWN} shown")
    show(calls[:SHOWN], now)
    if calls:
        favourite = next((call for call in calls if call.id == FAVOURITE), calls[0])
        _heading(screen, 3, "One of them in full")
        show_page(screen, favourite, now)
    _heading(screen, 4, "What suits three partnerships; one wrote down its interests in Ukrainian")
    for outcome in outcomes:
        _suits(screen, now, outcome)
    _heading(screen, 5, "Look at, and try")
    _next_steps(screen, url, written)


def _heading(screen: Console, number: int, words: str) -> None:
    screen.print(text(f"\n{number}. {words}\n", "bold underline"))


def _suits(screen: Console, now: datetime, outcome: Outcome) -> None:
    """The best calls for one partnership, each with why and what is missing."""
    from classifier.judging import Choice
    from desk.cli.match import print_match, summary

    screen.print(text(line(outcome.partnership.name), "bold underline"))
    screen.print(text(summary(outcome), "dim"))
    for found in outcome.listed(Choice())[:BEST]:
        print_match(screen, now, found)
    screen.print()


def _next_steps(screen: Console, url: str, written: Mapping[str, Path]) -> None:
    longest = max(len(str(path)) for path in written.values())
    for what, path in written.items():
        screen.print(text(f"  {str(path).ljust(longest)}  {what}"), soft_wrap=True)
    us = _ourselves()
    steps = (
        f"export BRIDGES_DATABASE_URL={url}",
        f"{us} calls find town --country UA",
        f"{us} calls find --closing-within 30d",
        f"{us} calls show {FAVOURITE} --history",
        f"{us} match --partnership {PAIR} --top 5",
        f"{us} explain {PAIR} {FAVOURITE}",
        f"{us} digest preview {PAIR} --out demo-out/preview",
        f"{us} sources",
        f"{us} demo        # once more: nothing is new, so no letter is due",
        f"{us} --help",
    )
    screen.print(text(""))
    for step in steps:
        screen.print(text(f"  {step}"), soft_wrap=True)


def _ourselves() -> str:
    """How this program is called here: by its name if that is found, else by its path."""
    called = Path(sys.argv[0])
    if called.name != "bridges" or shutil.which("bridges"):
        return "bridges"
    try:
        return str(called.absolute().relative_to(Path.cwd()))
    except ValueError:
        return str(called)
