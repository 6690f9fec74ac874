"""``bridges explain``: why a partnership was told of a call, or why it was not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from desk import wording
from desk.cli.base import Desk, json_option, pass_desk
from desk.text import line, shorten

if TYPE_CHECKING:
    from classifier.explaining import Explanation
    from storage.answers import TownAnswer
    from storage.domain import Assessment

QUOTE = 240
FINDINGS = 12


@click.command()
@click.argument("partnership")
@click.argument("call")
@json_option
@pass_desk
def explain(desk: Desk, *, partnership: str, call: str, as_json: bool) -> None:
    """Explain to PARTNERSHIP why it was told of CALL, or why not.

    Every step is shown: when the call was harvested and how it was read, whether the partners may
    apply, how the score came about, and which letter told it. CALL is source:reference.
    """
    from classifier.explaining import explain as explained
    from desk.cli.means import reading_means
    from desk.cli.terminal import console, progress, text

    with progress("Reading new texts") as advance:
        means = reading_means(desk, advance)
        found = explained(desk.engine, partnership, call, desk.now, means=means)
    if as_json:
        from desk.exports.json_lines import dumps

        click.echo(dumps(explanation_json(found)))
        return
    from rich.padding import Padding
    from rich.table import Table

    screen = console()
    screen.print(text(shorten(found.call.title, QUOTE), "bold"))
    screen.print(text(f"for {line(found.partnership.name)} ({line(found.partnership.id)})"))
    screen.print()
    for said in found.why():
        screen.print(text(line(said)))
    table = Table.grid(padding=(0, 2))
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for label, lines in _steps(found):
        for number, said in enumerate(lines):
            table.add_row(label if not number else "", text(line(said)))
    screen.print(Padding(table, (1, 0)))


def _steps(found: Explanation) -> Iterator[tuple[str, list[str]]]:
    from classifier.rounding import told_score

    call, now = found.call, found.now
    yield "Harvested", list(_harvested(found))
    yield "Read", list(_read(found))
    yield "Status", [f"{found.status.value}{_deadline(found)}"]
    if found.found is not None:
        yield "May you apply", list(_assessment(found))
        score = told_score(found.found.match.score, found.found.threshold, 1)
        yield "Score", [f"{score:.1f} of 100", *found.score_parts()]
        from desk.cli.match import reason_lines

        yield "It says", list(reason_lines(found.found))
    if notes := found.notes():
        yield "Less sure", list(notes)
    yield "Compared", list(_compared(found))
    told = [
        f"{wording.day(one.at)}: {one.fact} ({one.state.value}), “{shorten(one.subject, 80)}”"
        for one in found.tellings
    ]
    if found.answers:
        yield "Towns", [_answer(one) for one in found.answers]
    yield "Letters", told or ["no letter has told anything of it"]
    if call.first_seen:
        yield "Call", [f"{call.id}, first seen {wording.ago(call.first_seen, now)}"]


def _answer(one: TownAnswer) -> str:
    said = {
        "lead": "would lead",
        "join": "would join",
        "dismiss": "dismissed it for good",
        "taken_back": "took its answer back",
    }
    return f"{one.town or 'the partnership'} {said[one.answer]} ({wording.day(one.at)})"


def _harvested(found: Explanation) -> Iterator[str]:
    call, now, last = found.call, found.now, found.harvest
    if call.first_seen and call.last_seen:
        yield (
            f"first seen {wording.day(call.first_seen)} ({wording.ago(call.first_seen, now)}), last"
            f" seen {wording.day(call.last_seen)} ({wording.ago(call.last_seen, now)})"
        )
    if last is None:
        yield f"{call.source} was never harvested here: the call was imported"
        return
    outcome = last.outcome.value if last.outcome else "not ended"
    proof = "proven" if found.proven else "unproven: nobody has compared a harvest with the site"
    yield f"last harvest of {call.source} {wording.ago(last.started, now)}: {outcome}; {proof}"


def _read(found: Explanation) -> Iterator[str]:
    from storage.exchange import IMPORTED

    eligibility = found.call.eligibility
    by = "as it was imported" if found.reader == IMPORTED else f"by the reader {found.reader}"
    yield f"version {found.call.version}, {by}"
    criteria = wording.count(len(eligibility.criteria), "condition")
    unread = wording.count(len(eligibility.unread), "sentence")
    yield f"{criteria} understood, {unread} about conditions not understood"


def _deadline(found: Explanation) -> str:
    deadline = wording.leading(found.call, found.now)
    if deadline is None:
        return ", no date said"
    parts = (wording.when(deadline), wording.clock(deadline), wording.left(deadline, found.now))
    return "".join(f", {part}" for part in parts if part)


def _assessment(found: Explanation) -> Iterator[str]:
    if found.found is None:
        return
    yield from assessed(found.found.match.assessment)


def assessed(assessment: Assessment) -> Iterator[str]:
    """Return what an assessment says, line by line, with the words of the call it rests on."""
    from classifier.assessment import confidence
    from classifier.standing import CALL

    roles = ", ".join(f"{name}: {role.value}" for name, role in assessment.roles.items())
    yield f"{assessment.verdict.value.replace('_', ' ')} ({roles})"
    for missing in assessment.missing:
        yield f"missing: {missing}"
    for one in assessment.findings[:FINDINGS]:
        # Only what the call says is quoted, and once; a rule's own words are no words of the call.
        said = shorten(one.words, QUOTE) if one.source == CALL else ""
        words = f" “{said}”" if said and "“" not in one.explanation else ""
        yield f"{one.result.value.replace('_', ' ')}: {one.explanation}{words} [{one.certainty}]"
    rules = (one.words for one in assessment.findings if one.source != CALL and one.words)
    for rule in dict.fromkeys(rules):
        yield f"our rule for its programme: {rule}"
    yield confidence(assessment)


def _compared(found: Explanation) -> Iterator[str]:
    run = found.run
    if run is None:
        yield "this partnership was not compared with the calls yet: bridges match"
        return
    yield (
        f"{wording.day(run.at)} with {wording.count(run.read, 'call')} that can be applied to;"
        f" {run.matched} matched from {run.threshold:.0f} of 100"
    )
    if found.stored is not None:
        yield f"this call was stored as a match with {found.stored.match.score:.1f} of 100"


def explanation_json(found: Explanation) -> dict[str, Any]:
    """An explanation as one JSON object."""
    from storage.matches import assessment_to_json
    from storage.records import moment_to_json

    run, one = found.run, found.found
    return {
        "partnership": found.partnership.id,
        "call": found.call.id,
        "opportunity": found.call.opportunity,
        "told": bool(found.told),
        "matches": one is not None and one.told,
        "why": list(found.why()),
        "status": found.status.value,
        "harvest": {
            "first_seen": moment_to_json(found.call.first_seen),
            "last_seen": moment_to_json(found.call.last_seen),
            "last": found.harvest and moment_to_json(found.harvest.started),
            "outcome": found.harvest and found.harvest.outcome and found.harvest.outcome.value,
            "proven": found.proven,
        },
        "read": {
            "version": found.call.version,
            "reader": found.reader,
            "criteria": len(found.call.eligibility.criteria),
            "unread": len(found.call.eligibility.unread),
        },
        "assessment": one and assessment_to_json(one.match.assessment),
        "score": one and one.match.score,
        "threshold": one and one.threshold,
        "dropped": [why.value for why in one.candidate.drops] if one else [],
        "score_parts": list(found.score_parts()),
        "details": one and one.details,
        "notes": list(found.notes()),
        "compared": run
        and {"at": moment_to_json(run.at), "read": run.read, "matched": run.matched},
        "stored_score": found.stored and found.stored.match.score,
        "answers": [
            {"town": one.town, "answer": one.answer.value, "at": moment_to_json(one.at)}
            for one in found.answers
        ],
        "letters": [
            {
                "at": moment_to_json(telling.at),
                "fact": telling.fact,
                "letter": telling.letter,
                "subject": telling.subject,
                "state": telling.state.value,
            }
            for telling in found.tellings
        ],
    }
