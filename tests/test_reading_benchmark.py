"""The scores of the readers: what counts as right, wrong and missed, and which file is which."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.reading import scorer_of
from benchmarks.reading_deadlines import outcome, score

HOUSE = Path(__file__).resolve().parent.parent
COLUMNS = ["phrase", "language", "published", "normalised", "kind", "zone_basis", "doubt"]


def row(phrase: str, normalised: str, **more: str) -> dict[str, str]:
    blank = dict.fromkeys(COLUMNS, "")
    return {**blank, "phrase": phrase, "language": "en", "normalised": normalised, **more}


@pytest.mark.parametrize(
    ("phrase", "normalised", "more", "expected"),
    [
        ("Apply by 5 May 2027", "2027-05-05", {}, "right"),
        ("Apply by 5 May 2027", "2027-05-06", {}, "wrong"),
        ("Apply soon", "2027-05-06", {}, "missed"),
        ("Results on 5 May 2027", "none", {}, "right"),
        ("Apply by 5 May 2027", "none", {}, "wrong"),
        ("Apply by 5 May", "ambiguous", {"kind": "ambiguous: --05-05, no year"}, "right"),
        ("Apply by 5 May 2027", "ambiguous", {"kind": "ambiguous: --05-05"}, "wrong"),
        ("Applications are accepted on a rolling basis", "rolling", {}, "right"),
        ("Cut-off dates: 5 May 2027, 5 July 2027", "multiple: 2027-05-05; 2027-07-05", {}, "right"),
        ("Deadline: 5 May 2027", "multiple: 2027-05-05; 2027-07-05", {}, "missed"),
        ("Deadline: May 2027", "2027-05", {}, "right"),
    ],
)
def test_the_outcome_of_a_row(
    phrase: str, normalised: str, more: dict[str, str], expected: str
) -> None:
    assert outcome(row(phrase, normalised, **more)) == expected


def test_the_moment_counts_only_where_the_words_say_the_zone() -> None:
    phrase = "Deadline: 5 May 2027, 17:00 Brussels time"
    stated = {"zone_basis": "stated"}
    assert outcome(row(phrase, "2027-05-05T17:00+02:00", **stated)) == "right"
    assert outcome(row(phrase, "2027-05-05T17:00+03:00", **stated)) == "wrong"
    assert outcome(row(phrase, "2027-05-05T17:00+03:00", zone_basis="implied")) == "right"
    assert outcome(row("Deadline: 5 May 2027", "2027-05-05T17:00+02:00", **stated)) == "missed"


def test_doubtful_rows_are_counted_apart() -> None:
    rows = [
        row("Apply by 5 May 2027", "2027-05-05", kind="date"),
        row("Apply by 5 May 2027", "none", kind="none", doubt="? perhaps"),
    ]
    table = score(rows).splitlines()
    assert table[1].split() == ["all", "without", "doubt", "1", "0", "0", "1", "100.0", "0.0"]
    assert table[2].split() == ["doubtful", "0", "1", "0", "1", "0.0", "100.0"]


def test_the_header_tells_the_truth_set() -> None:
    assert scorer_of(COLUMNS) == "benchmarks.reading_deadlines"
    conditions = ["sentence", "language", "countries", "applicant_types", "budget", "doubt"]
    assert scorer_of(conditions) == "benchmarks.reading_eligibility"
    assert scorer_of(["id", "name"]) is None


def test_it_runs_on_a_file(tmp_path: Path) -> None:
    file = tmp_path / "truth.tsv"
    lines = [COLUMNS, list(row("Apply by 5 May 2027", "2027-05-05", kind="date").values())]
    file.write_text("\n".join("\t".join(line) for line in lines) + "\n", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.reading", str(file)],
        cwd=HOUSE,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "by language" in done.stdout
    file.write_text("id\tname\n1\tx\n", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.reading", str(file)],
        cwd=HOUSE,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "no truth set" in done.stderr
