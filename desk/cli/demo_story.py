"""What the demonstration shows, step by step, and what to try next."""

from __future__ import annotations

import shutil
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from desk import harvest_words, wording
from desk.cli.terminal import console, text
from desk.text import line, shorten
from storage.domain import Call, Role, Status, Verdict

if TYPE_CHECKING:
    from rich.console import Console
    from sqlalchemy import Engine

    from storage.domain import Assessment, Harvest, Partnership

SHOWN = 8
BEST = 3
MISSING = 2
FAVOURITE = "eu_portal:CERV-2027-CITIZENS-TOWN-TT-UA"
"""The call shown in full: a town twinning call is what partner towns know best."""

VERDICTS = {
    Verdict.ELIGIBLE: "may apply",
    Verdict.ELIGIBLE_IF: "may apply if something is added",
    Verdict.UNCLEAR: "unclear, read the call",
    Verdict.NOT_ELIGIBLE: "may not apply",
}
STYLES = {
    Verdict.ELIGIBLE: "green",
    Verdict.ELIGIBLE_IF: "cyan",
    Verdict.UNCLEAR: "yellow",
    Verdict.NOT_ELIGIBLE: "red",
}


def tell(
    engine: Engine, harvest: Harvest, now: datetime, url: str, written: Mapping[str, Path]
) -> None:
    """Show the harvest, the open calls, one of them in full, and who may apply to what."""
    from classifier.assessment import assess
    from classifier.loading import load_rules
    from desk.cli.show import show_page
    from desk.cli.table import show
    from storage.database import reading
    from storage.partnerships import list_partnerships
    from storage.query import CallQuery

    screen = console()
    query = CallQuery(status=(Status.OPEN,), limit=0)
    with reading(engine) as connection:
        calls = query.find(connection, now)
        partnerships = list_partnerships(connection)
    _heading(screen, 1, "A site was harvested. It is invented, and ran on this computer.")
    screen.print(text(f"{harvest.source}  {harvest_words.sentence(harvest)}"))
    _heading(screen, 2, f"{query.sentence()}: {wording.count(len(calls), 'call')}, {SHOWN} shown")
    show(calls[:SHOWN], now)
    if calls:
        favourite = next((call for call in calls if call.id == FAVOURITE), calls[0])
        _heading(screen, 3, "One of them in full")
        show_page(screen, favourite, now)
    _heading(screen, 4, "Who may apply")
    screen.print(text("By the conditions and the rules of the programmes; not yet by interests.\n"))
    rules = load_rules()
    for partnership in partnerships:
        assessed = [(call, assess(call, partnership, rules, now)) for call in calls]
        _who_may(screen, partnership, assessed)
    _heading(screen, 5, "Look at, and try")
    _next_steps(screen, url, written)


def _heading(screen: Console, number: int, words: str) -> None:
    screen.print(text(f"\n{number}. {words}\n", "bold underline"))


def _who_may(
    screen: Console, partnership: Partnership, assessed: Sequence[tuple[Call, Assessment]]
) -> None:
    """Count the verdicts for one partnership, and show the first calls that are open to it."""
    from rich.padding import Padding
    from rich.table import Table

    verdicts = Counter(assessment.verdict for _, assessment in assessed)
    counted = [f"{verdicts[one]} {VERDICTS[one]}" for one in VERDICTS if verdicts[one]]
    screen.print(text(line(partnership.name), "bold").append(f": {'; '.join(counted)}", "not bold"))
    good = {Verdict.ELIGIBLE, Verdict.ELIGIBLE_IF}
    best = sorted(
        ((call, found) for call, found in assessed if found.verdict in good),
        key=lambda pair: pair[1].verdict is not Verdict.ELIGIBLE,
    )
    table = Table.grid(padding=(0, 2))
    for call, assessment in best[:BEST]:
        about = text(shorten(call.title, 70)).append("\n")
        about.append("\n".join(_told(assessment)), "dim")
        table.add_row(text(_short(assessment.verdict), STYLES[assessment.verdict]), about)
    screen.print(Padding(table, (0, 0, 1, 2)))


def _short(verdict: Verdict) -> str:
    return verdict.value.replace("_", " ")


def _told(assessment: Assessment) -> Iterator[str]:
    """The role of each partner, then what is missing."""
    plain = {Role.LEAD: "may lead", Role.PARTNER: "partner", Role.ASSOCIATE: "associate"}
    roles = [
        f"{line(name)} {plain.get(role, role.value)}" for name, role in assessment.roles.items()
    ]
    yield ", ".join(roles)
    more = len(assessment.missing) - MISSING
    for missing in assessment.missing[:MISSING]:
        yield f"missing: {line(missing)}"
    if more > 0:
        yield f"… and {wording.count(more, 'more point')}"


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
        f"{us} partnerships list",
        f"{us} sources",
        f"{us} demo        # once more: nothing is new, because nothing changed",
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
