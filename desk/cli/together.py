"""Who could apply to a call together, shown on the screen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from desk.cli.base import Desk
from desk.text import line
from desk.wording import count

if TYPE_CHECKING:
    from classifier.outcomes import Found
    from classifier.teams import Team

MISSING = 3


def show_teams(desk: Desk, listed: Sequence[Found], every: Sequence[Found]) -> None:
    """Show who could apply to the call together."""
    from desk.cli.terminal import console, text

    screen = console()
    found = teams_for(desk, listed, every)
    if not found:
        return
    screen.print()
    screen.print(text("Who could apply together", "bold underline"))
    for team in found:
        names = " + ".join(map(line, team.partnerships))
        countries = ", ".join(map(line, team.countries))
        screen.print(text(f"{names} ({count(len(team.partners), 'partner')} from {countries})"))
        said = team.assessment.verdict.value.replace("_", " ")
        missing = "; ".join(map(line, team.assessment.missing[:MISSING]))
        screen.print(text(f"  {said}{f': {missing}' if missing else ''}", "italic"))


def teams_for(desk: Desk, listed: Sequence[Found], every: Sequence[Found]) -> list[Team]:
    """Return teams that meet the call's minimums: of those it suits, else of all that come near."""
    from classifier.loading import load_rules
    from classifier.teams import teams
    from storage.partnerships import list_partnerships

    with desk.reading() as connection:
        known = list_partnerships(connection)
    call = every[0].candidate.call
    rules = load_rules()
    return teams(call, listed, known, rules, desk.now) or teams(call, every, known, rules, desk.now)
