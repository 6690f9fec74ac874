"""``bridges match``: hold partnerships against all calls, store what matches, and show it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import click

from desk import wording
from desk.cli.base import FAILED, Desk, finish, json_option, note, pass_desk
from desk.cli.together import show_teams, teams_for
from desk.text import line, shorten
from desk.wording import count

if TYPE_CHECKING:
    from datetime import datetime

    from rich.console import Console
    from rich.text import Text

    from classifier.judging import Choice
    from classifier.outcomes import Found, Outcome
    from classifier.teams import Team

QUOTE = 300
TITLE = 240
MISSING = 3


@click.command(short_help="Find the calls that suit each partnership, and why.")
@click.option("--partnership", metavar="ID", help="Only this partnership.")
@click.option("--call", "name", metavar="ID", help="Only this call: whom does it suit?")
@click.option(
    "--top",
    type=click.IntRange(min=1),
    metavar="N",
    help="The N best, whatever their score.",
)
@click.option("--include-closed", is_flag=True, help="Also calls that are closed or withdrawn.")
@click.option("--any-eligibility", is_flag=True, help="Also calls that shut the partnership out.")
@json_option
@pass_desk
def match(
    desk: Desk,
    *,
    partnership: str | None,
    name: str | None,
    top: int | None,
    include_closed: bool,
    any_eligibility: bool,
    as_json: bool,
) -> None:
    """Find the calls that suit each partnership, keep them for its letters, and say why.

    Calls that can still be applied to count, from the partnership's own line or 20 upwards: of a
    hundred pairs with a score of 20 about 20 are useful. New texts are read
    first, which takes a while the first time and seconds later.
    """
    from alerts.linking import link_new
    from classifier.judging import Choice

    link_new(desk.engine, desk.now)
    choice = Choice(include_closed=include_closed, any_eligibility=any_eligibility, top=top)
    asked = [partnership] if partnership else None
    if name is not None:
        _whom(desk, name, asked, choice, as_json=as_json)
        return
    from classifier.matching import run_matching
    from desk.cli.means import reading_means
    from desk.cli.terminal import progress

    with progress("Reading new texts") as advance:
        outcomes = run_matching(
            desk.engine, desk.now, asked, choice=choice, means=reading_means(desk, advance)
        )
    if as_json:
        every = [found for one in outcomes for found in one.listed(choice)]
        _print_json(every)
    else:
        _show(desk, outcomes, choice)
    _tell_notes(outcomes)
    if not outcomes:
        note("No partnerships yet: bridges partnerships import FILE")


def _whom(
    desk: Desk, name: str, asked: Sequence[str] | None, choice: Choice, *, as_json: bool
) -> None:
    """Show the partnerships that one call suits."""
    from classifier.matching import hold
    from classifier.rounding import told_score
    from desk.cli.means import reading_means
    from desk.cli.terminal import console, progress, text

    with progress("Reading new texts") as advance:
        every = hold(desk.engine, desk.now, name, asked, means=reading_means(desk, advance))
    listed = [one for one in every if choice.lists_all(one.candidate.drops)]
    if choice.top is not None:
        listed = listed[: choice.top]
    else:
        listed = [one for one in listed if one.candidate.score >= one.threshold]
    if as_json:
        _print_json(listed, teams_for(desk, listed, every) if every else ())
    elif listed:
        screen = console()
        screen.print(text(shorten(listed[0].candidate.call.title, TITLE), "bold"))
        for one in listed:
            lines = [text(line(one.match.partnership), "bold"), text(_verdict(one))]
            lines += [text(said, "italic") for said in reason_lines(one)]
            _print_beside_score(screen, one, lines)
        show_teams(desk, listed, every)
    if not listed and every:
        best = every[0]
        note(
            f"It suits no partnership. Nearest is {line(best.match.partnership)} with"
            f" {told_score(best.candidate.score, best.threshold):.0f} of 100; why not:"
            f" bridges explain {line(best.match.partnership)} {line(best.candidate.call.id)}"
        )
    elif not every:
        note("No partnership says what it looks for: bridges partnerships import FILE")


def _print_json(found: Sequence[Found], together: Sequence[Team] | None = None) -> None:
    """One line each, the best first, whomever they are for.

    Where one call was asked for, each says with whom the partnership could apply ``together``.
    """
    from desk.exports.json_lines import dumps

    order = sorted(found, key=lambda one: (-one.match.score, one.match.partnership))
    for one in order:
        said = match_json(one)
        if together is not None:
            mine = [team for team in together if one.match.partnership in team.partnerships]
            said["together"] = [team.to_json() for team in mine]
        click.echo(dumps(said))


def match_json(found: Found) -> dict[str, Any]:
    """A match as it leaves the program."""
    one = found.match
    return {
        "partnership": one.partnership,
        "call": one.call,
        "opportunity": one.opportunity,
        "score": one.score,
        "verdict": one.assessment.verdict.value,
        "roles": {name: role.value for name, role in one.assessment.roles.items()},
        "missing": list(one.assessment.missing),
        "reasons": list(one.reasons),
    }


def _show(desk: Desk, outcomes: Sequence[Outcome], choice: Choice) -> None:
    from desk.cli.terminal import console, text

    screen = console()
    for number, outcome in enumerate(outcomes):
        if number:
            screen.print()
        one = outcome.partnership
        screen.print(text(f"{line(one.name)} ({line(one.id)})", "bold underline"))
        screen.print(text(summary(outcome), "dim"))
        for found in outcome.listed(choice):
            print_match(screen, desk.now, found)


def summary(outcome: Outcome) -> str:
    """How many calls were compared, how many match, and what came near."""
    from classifier.rounding import told_score

    run = outcome.run
    if not run.read:
        return "nothing to compare"
    said = f"{count(run.read, 'call')} can be applied to, {run.matched} match"
    if run.below is not None:
        said += (
            f"; nearest below the line: {shorten(run.below['title'], 60)}"
            f" ({told_score(run.below['score'], run.threshold):.0f} of 100)"
        )
    dropped = [f"{number} {why.replace('_', ' ')}" for why, number in run.dropped.items()]
    return said + (f"; near but left out: {', '.join(dropped)}" if dropped else "")


def print_match(screen: Console, now: datetime, found: Found) -> None:
    """One match: its score, the call, where it stands, the verdict and the reasons."""
    from desk.cli.table import STYLES
    from desk.cli.terminal import text

    call, stands = found.candidate.call, found.candidate.status
    below = text(stands.value, STYLES[stands])
    deadline = wording.leading(call, now)
    if deadline is not None:
        parts = (wording.when(deadline), wording.clock(deadline), wording.left(deadline, now))
        below.append("".join(f", {part}" for part in parts if part), "not bold")
    lines = [text(shorten(call.title, TITLE), "bold"), below, text(_verdict(found))]
    lines += [text(said, "italic") for said in reason_lines(found)]
    _print_beside_score(screen, found, [*lines, text(line(call.id), "dim")])


def _print_beside_score(screen: Console, found: Found, lines: Sequence[Text]) -> None:
    from rich.table import Table

    from classifier.rounding import told_score
    from desk.cli.terminal import text

    score = f"{told_score(found.match.score, found.threshold):.0f}"
    table = Table.grid(padding=(0, 2))
    table.add_column(justify="right", no_wrap=True, min_width=3)
    table.add_column(overflow="fold")
    for number, said in enumerate(lines):
        table.add_row(text("" if number else score, "bold"), said)
    screen.print(table)


def reason_lines(found: Found) -> Iterator[str]:
    """The sentences of the call that speak most to the interest, each with what it answers."""
    from alerts.plain import quotable

    for reason in found.details["reasons"]:
        answers = f" (answers: {line(reason['answers'])})" if reason["answers"] else ""
        yield f"“{shorten(quotable(reason['sentence']), QUOTE)}”{answers}"


def _verdict(found: Found) -> str:
    assessment = found.match.assessment
    said = assessment.verdict.value.replace("_", " ")
    missing = [line(one) for one in assessment.missing[:MISSING]]
    more = len(assessment.missing) - len(missing)
    if more > 0:
        missing.append(f"{more} more")
    return f"{said}: {'; '.join(missing)}" if missing else said


def _tell_notes(outcomes: Sequence[Outcome]) -> None:
    """Say what made a comparison impossible or less sure; exit 1 for what was impossible."""
    from classifier.outcomes import SAID, Note

    for one in outcomes:
        for said in one.run.notes:
            note(f"{line(one.partnership.id)}: {SAID[Note(said)]}")
    if any(Note.NO_INTERESTS in one.run.notes for one in outcomes):
        finish(FAILED)
