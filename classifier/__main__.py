"""``python -m classifier``: measure the matching on judged partnerships, fit bridge and score."""

from __future__ import annotations

import argparse
import contextlib
import json
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from importlib.resources import files
from pathlib import Path

import sqlalchemy as sa

from classifier import bridging
from classifier.bridge_training import SENTENCES, train
from classifier.child import ChildProcess
from classifier.evaluating import MOMENT, Evaluated, evaluated
from classifier.evaluation import read_qrels, systems_table, table
from classifier.evaluation_systems import WHOLE
from classifier.learning import Calibration, by_folds, calibration, learn
from classifier.models import chosen
from classifier.scoring import Sign
from storage.database import open_database
from storage.errors import BridgesError, Problem
from storage.exchange import import_calls
from storage.partnerships import import_partnerships
from storage.settings import load_settings

FEWEST = 3


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code 0 when all went well, 1 for a bad file or a model that fails, 2 for wrong usage."""
    parser = argparse.ArgumentParser(prog="python -m classifier", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    evaluate = commands.add_parser("evaluate", help="print nDCG@10, P@5 and R@20 by language")
    _judged_files(evaluate)
    evaluate.add_argument("--each", action="store_true", help="a line for every partnership")
    evaluate.add_argument(
        "--plain", action="store_true", help="the encoders by themselves too; takes minutes"
    )
    evaluate.set_defaults(run=_evaluate)
    score = commands.add_parser("train-score", help="learn the weights of the score")
    _judged_files(score)
    score.add_argument("--out", type=Path, help="the file to write; the bundled one when not said")
    score.set_defaults(run=_train_score)
    bridge = commands.add_parser("train-bridge", help="fit the bridge between the encoders")
    bridge.add_argument("calls", type=Path, nargs="?", help="calls, one JSON object a line")
    bridge.add_argument("--database", help="use the calls of this database, and keep vectors there")
    bridge.add_argument("--out", type=Path, help="the file to write; the bundled one when not said")
    bridge.add_argument("--sentences", type=int, default=SENTENCES, help="texts of calls to fit on")
    bridge.add_argument("--seed", type=int, default=1, help="chooses the texts")
    bridge.set_defaults(run=_train_bridge)
    asked = parser.parse_args(arguments)
    if "qrels" in asked:
        _sort_files(parser, asked)
    run: Callable[[argparse.Namespace], str] = asked.run
    try:
        sys.stdout.write(run(asked))
    except BridgesError as error:
        sys.stderr.write(f"Error: {error}\n")
        return 1
    return 0


def _judged_files(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "files", type=Path, nargs="*", help="CALLS PARTNERSHIPS… QRELS, or the options below"
    )
    parser.add_argument("--calls", type=Path, help="calls, one JSON object a line")
    parser.add_argument("--partnerships", type=Path, nargs="+", metavar="FILE", help="YAML")
    parser.add_argument("--qrels", type=Path, help="the judgements, with tabs")
    parser.add_argument("--database", help="keep calls and vectors in this database (a URL)")


def _sort_files(parser: argparse.ArgumentParser, asked: argparse.Namespace) -> None:
    """Let three files or more stand for the options: calls, partnerships, judgements."""
    if len(asked.files) >= FEWEST:
        asked.calls, asked.qrels = asked.files[0], asked.files[-1]
        asked.partnerships = asked.files[1:-1]
    elif asked.files or not (asked.calls and asked.partnerships and asked.qrels):
        parser.error("expected CALLS PARTNERSHIPS… QRELS")


def _evaluate(asked: argparse.Namespace) -> str:
    with _database(asked.database) as engine, ChildProcess() as child:
        found = _evaluated(engine, asked, child)
        judged = list(found.judged())
        if asked.plain:
            judged = [*found.plain(engine, child, _progress), *judged]
    pairs = found.pairs()
    whole = [one for one in judged if one.system == WHOLE]
    return "\n".join(
        [
            table(whole, each=asked.each),
            systems_table(judged),
            shown(calibration(pairs, by_folds(pairs))),
        ]
    )


def _train_score(asked: argparse.Namespace) -> str:
    with _database(asked.database) as engine, ChildProcess() as child:
        pairs = _evaluated(engine, asked, child).pairs()
    learnt = learn(pairs)
    judged = sum(int(one.judged.sum()) for one in pairs)
    said = {
        "signs": {sign.value: learnt.signs[sign] for sign in Sign},
        "intercept": learnt.intercept,
        "alone": learnt.alone,
        "learnt on": f"{judged} judged pairs of {len({one.partnership for one in pairs})}"
        " partnerships, in every language in which they say what they look for",
    }
    out = asked.out or _bundled("weights.json")
    out.write_text(json.dumps(said, indent=2) + "\n", encoding="utf-8")
    return f"{out} written\n" + shown(calibration(pairs, by_folds(pairs)))


def _train_bridge(asked: argparse.Namespace) -> str:
    url = asked.database or (None if asked.calls else load_settings().database_url)
    with _database(url) as engine, ChildProcess() as child:
        if asked.calls:
            _complain(import_calls(engine, [asked.calls], MOMENT).problems)
        bridge = train(
            engine,
            chosen(load_settings().model),
            child,
            number=asked.sentences,
            seed=asked.seed,
            on_progress=_progress,
        )
    out = asked.out or _bundled(bridging.BUNDLED)
    bridging.save(bridge, out)
    card = "\n".join(f"{name}: {said}" for name, said in bridge.card.items())
    return f"{out} written\n{card}\n"


def shown(found: Calibration) -> str:
    """Return as text how true the scores are, by folds."""
    lines = [
        (
            f"{found.pairs} judged pairs, {found.base:.0%} useful; by folds the Brier score is"
            f" {found.brier:.3f}, its skill over the base rate {found.skill:.2f}"
        ),
        f"{'score':<10}{'pairs':>7}{'mean score':>12}{'useful of 100':>15}",
    ]
    lines += [
        f"{f'{low}-{high}':<10}{pairs:>7}{mean:>12.0f}{useful:>15.0f}"
        for low, high, pairs, mean, useful in found.bins
    ]
    return "\n".join(lines) + "\n"


def _evaluated(engine: sa.Engine, asked: argparse.Namespace, child: ChildProcess) -> Evaluated:
    qrels = read_qrels(asked.qrels)
    _complain(import_calls(engine, [asked.calls], MOMENT).problems)
    _complain(import_partnerships(engine, asked.partnerships, MOMENT).problems)
    return evaluated(engine, qrels, chosen(load_settings().model), child, _progress)


@contextlib.contextmanager
def _database(url: str | None) -> Iterator[sa.Engine]:
    with tempfile.TemporaryDirectory() as folder:
        engine = open_database(url or f"sqlite:///{Path(folder) / 'evaluation.db'}")
        try:
            yield engine
        finally:
            engine.dispose()


def _bundled(name: str) -> Path:
    return Path(str(files("classifier").joinpath(name)))


def _complain(problems: Sequence[Problem]) -> None:
    for problem in problems:
        sys.stderr.write(f"{problem}\n")


def _progress(done: int, total: int) -> None:
    if sys.stderr.isatty():
        sys.stderr.write(f"\r{done} of {total} texts read" + ("\n" if done == total else ""))


if __name__ == "__main__":
    raise SystemExit(main())
