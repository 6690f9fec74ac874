"""The score of conditions counts cells as its truth set means them."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.reading_eligibility import main, read_rows, score

COLUMNS = (
    "sentence", "language", "source", "countries", "applicant_types", "min_partners",
    "min_countries", "co_financing", "budget", "form", "doubt",
)  # fmt: skip


def row(sentence: str, **cells: str) -> dict[str, str]:
    return dict.fromkeys(COLUMNS, "") | {"sentence": sentence, "language": "en"} | cells


def test_every_kind_of_cell_is_compared() -> None:
    result = score(
        [
            row(
                "Municipalities from Poland may apply together with one Ukrainian municipality.",
                countries="applicant=PL; partner UA",
                applicant_types="municipality",
                min_partners="2",
                min_countries="2",
            ),
            row(
                "The grant is EUR 5,000 to 10,000 and covers up to 90 % of eligible costs.",
                co_financing="grant up to 90% (own share 10%)",
                budget="EUR 5000-10000; total 99",
            ),
            row("NGOs of Lviv region, Ukraine, may apply.", countries="UA (oblasts Lviv)"),
        ]
    )
    assert (result.plain.right, result.plain.wrong, result.plain.missed) == (10, 1, 1)
    assert any("WRONG ('applicant', 'allows', 'ngo')" in fault for fault in result.faults)
    assert any("missed ('money', 'total', 'EUR 99.00')" in fault for fault in result.faults)
    assert set(result.by_kind) >= {"country", "region", "applicant", "money", "share"}


def test_a_group_is_one_cell() -> None:
    result = score([row("Cities from the EU 27 and Norway can apply.", countries="EU27;NO")])
    assert result.by_kind["country"].right == 2


def test_doubtful_rows_stand_apart_and_traps_are_told() -> None:
    result = score(
        [
            row("Municipalities may apply.", applicant_types="ngo", doubt="? unsure"),
            row("Staff costs are at most 7 %.", doubt="trap: no share of the grant"),
            row("NGOs can apply.", doubt="trap: on purpose"),
            row(
                "Preference is given to schools.",
                applicant_types="school",
                doubt="preference, not a limit",
            ),
        ]
    )
    assert (result.doubtful.wrong, result.doubtful.missed) == (1, 1)
    assert (result.plain.right, result.plain.wrong, result.plain.missed) == (0, 1, 0)
    assert (result.traps, result.caught) == (2, ["NGOs can apply."])


def test_a_file_is_read_and_reported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [row("Municipalities may apply.", applicant_types="municipality")]
    text = "\n".join("\t".join(one.get(name, "") for name in COLUMNS) for one in rows)
    path = tmp_path / "truth.tsv"
    path.write_text("\t".join(COLUMNS) + "\n" + text + "\n", encoding="utf-8")
    assert read_rows(path) == rows
    assert main([str(path), "--faults"]) == 0
    assert "precision 1.000  recall 1.000" in capsys.readouterr().out
