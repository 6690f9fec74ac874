"""The measures of a list, checked by hand, and the whole evaluation from files to table."""

from __future__ import annotations

import json
import math
from contextlib import nullcontext
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier.__main__ import main
from classifier.evaluation import Judged, Measures, mean, measure, read_qrels, table
from classifier.models import chosen
from classifier.scoring import Sign, read_weights
from storage.errors import BadInput
from tests.classifier.fakes import MODELS, Fakes

GRADES = {"a": 3, "b": 2, "c": 1, "d": 0}


def test_the_best_list_reaches_everything() -> None:
    found = measure(["a", "b", "c", "d"], GRADES)
    assert found.ndcg == pytest.approx(1)
    assert found.precision == pytest.approx(2 / 5)
    assert found.recall == 1


def test_a_list_is_measured_as_it_is_written_down() -> None:
    found = measure(["d", "b", "x", "a"], GRADES)
    ideal = 7 + 3 / math.log2(3) + 1 / math.log2(4)
    assert found.ndcg == pytest.approx((3 / math.log2(3) + 7 / math.log2(5)) / ideal)


def test_what_comes_after_the_tenth_counts_for_recall_only() -> None:
    ranked = [f"x{number}" for number in range(10)] + ["a"]
    assert measure(ranked, GRADES).ndcg == 0
    assert measure(ranked, GRADES).recall == 0.5
    assert measure([f"x{number}" for number in range(20)] + ["a"], GRADES).recall == 0


def test_what_nobody_judged_is_useless() -> None:
    assert measure(["x", "y"], GRADES) == Measures(0, 0, 0)
    assert measure(["x"], {"x": 0}) == Measures(0, 0, 0)
    assert measure([], {}) == Measures(0, 0, 0)


@given(st.permutations(sorted(GRADES)), st.integers(0, 4))
def test_measures_lie_between_nothing_and_all(ranked: list[str], length: int) -> None:
    found = measure(ranked[:length], GRADES)
    assert all(0 <= one <= 1 + 1e-9 for one in (found.ndcg, found.precision, found.recall))


def test_a_mean_is_of_each_measure() -> None:
    assert mean([Measures(1, 0.5, 0), Measures(0, 0.5, 1)]) == Measures(0.5, 0.5, 0.5)
    assert mean([]) == Measures(0, 0, 0)


def test_the_table_has_a_line_for_each_language() -> None:
    judged = [
        Judged("p1-en", "en", Measures(1, 0.5, 0.25)),
        Judged("p2-en", "en", Measures(0.5, 0.5, 0.25)),
        Judged("p1-uk", "uk", Measures(0.125, 0, 0)),
    ]
    lines = table(judged).splitlines()
    assert [line.split() for line in lines] == [
        ["language", "partnerships", "nDCG@10", "P@5", "R@20", "judged", "interval"],
        ["en", "2", "0.750", "0.500", "0.250", "0.000", "0.50-1.00"],
        ["uk", "1", "0.125", "0.000", "0.000", "0.000", "0.12-0.12"],
    ]
    assert [line.split()[0] for line in table(judged, each=True).splitlines()] == [
        "language", "en", "p1-en", "p2-en", "uk", "p1-uk",
    ]  # fmt: skip


def test_judgements_are_read_with_or_without_a_heading(tmp_path: Path) -> None:
    file = tmp_path / "qrels.tsv"
    file.write_text("partnership\treference\tgrade\treason\np\tA-1\t3\tyes\n\np\tB\t0\n")
    assert read_qrels(file) == {"p": {"A-1": 3, "B": 0}}
    file.write_text("p\tA-1\t3\n")
    assert read_qrels(file) == {"p": {"A-1": 3}}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("p A-1 3", "qrels.tsv:1: expected partnership, reference and a grade"),
        ("partnership\tr\tg\np\tA\t4", "qrels.tsv:2: expected"),
        ("p\tA\tgood", "grade 0-3"),
        ("p\tA\t-1", "grade 0-3"),
        ("", "holds no judgements"),
    ],
)
def test_bad_judgements_are_named(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "qrels.tsv"
    file.write_text(text)
    with pytest.raises(BadInput) as caught:
        read_qrels(file)
    assert said in str(caught.value)


def test_judgements_that_are_not_there_are_named(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="cannot be read"):
        read_qrels(tmp_path / "nothing.tsv")


CALLS = [
    ("W", "Treatment of drinking water", "Small towns renew pipes and pumps. " * 9, "2020-01-01"),
    ("S", "School partnerships", "Pupils and teachers of two countries meet. " * 9, "2027-01-01"),
    ("F", "Films across borders", "Cinemas show films of other countries. " * 9, "2027-01-01"),
]
PARTNERSHIPS = """
- id: p1-en
  name: One
  partners: [{name: A, country: UA}, {name: B, country: PL}]
  interests: {en: "Drinking water: pipes, pumps and treatment"}
- id: p1-uk
  name: One
  partners: [{name: A, country: UA}, {name: B, country: PL}]
  interests: {uk: "Вода, очищення"}
- id: p9
  name: Nobody judged
  partners: [{name: A, country: UA}, {name: B, country: PL}]
  interests: {en: "Drinking water"}
"""


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    monkeypatch.chdir(tmp_path)
    fakes = Fakes()
    monkeypatch.setattr("classifier.__main__.ChildProcess", lambda: nullcontext(fakes.embedder))
    monkeypatch.setattr("classifier.__main__.chosen", lambda setting: chosen(setting) and MODELS)
    records = [
        {"source": "s", "reference": reference, "title": title, "description": text,
         "deadlines": [{"kind": "single", "date": day}]}
        for reference, title, text, day in CALLS
    ]  # fmt: skip
    lines = "".join(json.dumps(one) + "\n" for one in records)
    (tmp_path / "calls.ndjson").write_text(lines)
    (tmp_path / "partnerships.yaml").write_text(PARTNERSHIPS)
    (tmp_path / "qrels.tsv").write_text("p1\tW\t3\tclosed, and judged all the same\np1\tF\t0\n")
    return [
        "evaluate", "--calls", "calls.ndjson", "--partnerships", "partnerships.yaml",
        "--qrels", "qrels.tsv",
    ]  # fmt: skip


def test_files_become_a_table(files: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*files, "--each"]) == 0
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert [line[:3] for line in lines[1:5]] == [
        ["en", "1", "1.000"],
        ["p1-en", "1", "1.000"],
        ["uk", "1", "1.000"],
        ["p1-uk", "1", "1.000"],
    ]
    said = " ".join(" ".join(line) for line in lines)
    for system in ("words alone (BM25)", "meaning alone", "the whole, by folds"):
        assert f"en {system}" in said
        assert f"uk {system}" in said
    assert "4 judged pairs, 50% useful" in said
    assert not list(Path().glob("*.db"))


def test_three_files_stand_for_the_options(
    files: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["evaluate", "calls.ndjson", "partnerships.yaml", "qrels.tsv"]) == 0
    first = capsys.readouterr().out
    assert main(files) == 0
    assert capsys.readouterr().out == first
    with pytest.raises(SystemExit) as wrong:
        main(["evaluate", "calls.ndjson"])
    assert wrong.value.code == 2


def test_weights_are_learnt_into_a_file(files: list[str], tmp_path: Path) -> None:
    out = tmp_path / "weights.json"
    assert main(["train-score", *files[1:], "--out", str(out)]) == 0
    assert read_weights(out.read_text()).signs[Sign.MEANING] > 0


def test_a_bridge_needs_more_than_three_calls(
    files: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert files
    assert main(["train-bridge", "calls.ndjson", "--out", "bridge.safetensors"]) == 1
    assert "a bridge needs 200 or more" in capsys.readouterr().err


def test_a_kept_database_spares_the_second_reading(
    files: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = [*files, "--database", f"sqlite:///{tmp_path / 'kept.db'}"]
    assert main(kept) == 0
    first = capsys.readouterr().out
    assert (tmp_path / "kept.db").exists()
    assert main(kept) == 0
    assert capsys.readouterr().out == first


def test_what_is_wrong_is_said_on_one_line(
    files: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert main([*files[:-1], "nothing.tsv"]) == 1
    assert capsys.readouterr().err.startswith("Error: nothing.tsv cannot be read")
    monkeypatch.setenv("BRIDGES_MODEL", "no/such/folder")
    assert main(files) == 1
    assert "there is no folder 'no/such/folder'" in capsys.readouterr().err
