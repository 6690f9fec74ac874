"""``python -m classifier evaluate``: how good the matches are for judged partnerships."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa

from classifier.child import ChildProcess
from classifier.evaluation import FAR, Judged, measure, read_qrels, table
from classifier.judging import Choice, Judge
from classifier.loading import load_rules
from classifier.models import chosen
from classifier.preparing import prepare
from classifier.routes import interests
from storage.database import open_database
from storage.domain import Partnership
from storage.errors import BridgesError, Problem
from storage.exchange import import_calls
from storage.partnerships import import_partnerships, list_partnerships
from storage.settings import load_settings

MOMENT = datetime(2026, 1, 1, tzinfo=UTC)
"""When the evaluation takes place: any moment does, for closed calls are judged like others."""

CHOICE = Choice(include_closed=True, any_eligibility=True, top=FAR)


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code 0 when everything was evaluated, 1 when a file is bad or the model fails."""
    parser = argparse.ArgumentParser(prog="python -m classifier", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    evaluate = commands.add_parser("evaluate", help="print nDCG@10, P@5 and R@20 by language")
    evaluate.add_argument("--calls", type=Path, required=True, help="calls, one JSON object a line")
    evaluate.add_argument("--partnerships", type=Path, nargs="+", required=True, metavar="FILE")
    evaluate.add_argument("--qrels", type=Path, required=True, help="the judgements, with tabs")
    evaluate.add_argument("--database", help="keep calls and vectors in this database (a URL)")
    evaluate.add_argument("--each", action="store_true", help="a line for every partnership")
    asked = parser.parse_args(arguments)
    try:
        with tempfile.TemporaryDirectory() as folder:
            url = asked.database or f"sqlite:///{Path(folder) / 'evaluation.db'}"
            engine = open_database(url)
            try:
                judged = _evaluated(engine, asked)
            finally:
                engine.dispose()
    except BridgesError as error:
        sys.stderr.write(f"Error: {error}\n")
        return 1
    sys.stdout.write(table(judged, each=asked.each))
    return 0


def _evaluated(engine: sa.Engine, asked: argparse.Namespace) -> list[Judged]:
    qrels = read_qrels(asked.qrels)
    _complain(import_calls(engine, [asked.calls], MOMENT).problems)
    _complain(import_partnerships(engine, asked.partnerships, MOMENT).problems)
    with engine.connect() as connection:
        known = {one.id: one for one in list_partnerships(connection)}
    names = {name: judged for name in known if (judged := _judged_as(name, qrels)) is not None}
    asked_for = [known[name] for name in sorted(names)]
    models = chosen(load_settings().model)
    with ChildProcess() as child:
        ready = prepare(engine, asked_for, models=models, embedder=child, on_progress=_progress)
    judge = Judge(ready.corpus, load_rules(), MOMENT)
    found = []
    for one in asked_for:
        comparison = ready.comparisons.get(one.id)
        candidates = judge.candidates(comparison, CHOICE) if comparison else []
        calls = [each.call for each in candidates if CHOICE.lists_all(each.drops)]
        grades = qrels[names[one.id]]
        references = [call.id if call.id in grades else call.reference for call in calls]
        measures = measure(references, grades)
        found.append(Judged(one.id, _language(one), measures))
    return found


def _judged_as(name: str, qrels: dict[str, dict[str, int]]) -> str | None:
    """The name under which a partnership is judged: its own, or that without its language."""
    return next((one for one in (name, name.rpartition("-")[0]) if one in qrels), None)


def _language(partnership: Partnership) -> str:
    return "+".join(one.language for one in interests(partnership)) or "none"


def _complain(problems: Sequence[Problem]) -> None:
    for problem in problems:
        sys.stderr.write(f"{problem}\n")


def _progress(done: int, total: int) -> None:
    if sys.stderr.isatty():
        sys.stderr.write(f"\r{done} of {total} texts read" + ("\n" if done == total else ""))


if __name__ == "__main__":
    raise SystemExit(main())
