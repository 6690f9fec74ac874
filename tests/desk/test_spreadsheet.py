"""CSV and XLSX: the right values in the right cells, and no formula ever."""

from __future__ import annotations

import csv
import io
import re
from datetime import date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from desk.exports.rows import COLUMNS
from desk.exports.spreadsheet import harmless, to_csv, to_xlsx
from storage.domain import (
    About,
    Call,
    Criterion,
    Deadline,
    DeadlineKind,
    Effect,
    Eligibility,
    Funding,
)
from tests.desk.making import NOW, call, single

HOSTILE = [
    '=HYPERLINK("https://bad.example","click")',
    "+1+cmd|' /C calc'!A0",
    "-2+3",
    "@SUM(A1)",
    "\t=1+1",
    "\r=1+1",
    "  =1+1",
    "\u00a0=1+1",
    "＝1+1",
    "\x1b[0m=1+1",
]


def csv_rows(*calls: Call) -> list[dict[str, str]]:
    text = to_csv(calls, NOW).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def sheet_rows(*calls: Call) -> list[dict[str, Any]]:
    sheet = load_workbook(io.BytesIO(to_xlsx(calls, NOW))).active
    assert sheet is not None
    header, *rows = sheet.iter_rows()
    names = [cell.value for cell in header]
    return [dict(zip(names, row, strict=True)) for row in rows]


@pytest.mark.parametrize("hostile", HOSTILE)
def test_no_cell_begins_like_a_formula(hostile: str) -> None:
    risky = call(
        reference=hostile.strip(),
        title=hostile,
        summary=hostile,
        types_of_action=(hostile,),
        funding=(Funding(currency=hostile),),
        deadlines=(single(words=hostile),),
    )
    for value in csv_rows(risky)[0].values():
        assert not re.match(r"\s*[=+\-@\t\r＝＋－＠]", value)
    for cell in sheet_rows(risky)[0].values():
        assert cell.data_type != "f"
        assert not re.match(r"\s*[=+\-@\t\r＝＋－＠]", str(cell.value))


@given(st.text())
def test_harmless_text_is_never_a_formula(text: str) -> None:
    shown = harmless(text)
    assert shown.endswith(text)
    assert shown.lstrip()[:1] not in set("=+-@＝＋－＠")


def test_a_semicolon_begins_no_formula_either() -> None:
    (row,) = csv_rows(call(title='Water; =1+1;"@SUM(A1); fine'))
    assert row["title"] == "Water; '=1+1;\"'@SUM(A1); fine"


def test_csv_has_a_mark_for_excel_commas_and_plain_values() -> None:
    written = to_csv([call(title="Вода, тепло\nі школи")], NOW)
    assert written.startswith(b"\xef\xbb\xbf" + ",".join(COLUMNS).encode() + b"\r\n")
    (row,) = csv_rows(call(title="Вода, тепло\nі школи", funding=(Funding(total=4.2e6),)))
    assert row["title"] == "Вода, тепло і школи"
    assert row["status"] == "open"
    assert row["id"] == "officer:2026-7"
    assert (row["deadline_date"], row["deadline_time"]) == ("2026-12-22", "17:00")
    assert row["days_left"] == "30"
    assert row["total"] == "4200000"


def test_numbers_and_dates_are_numbers_and_dates_in_a_workbook() -> None:
    (row,) = sheet_rows(
        call(
            funding=(Funding(total=4.2e6, max_grant=12.5, expected_grants=3),),
            first_seen=NOW,
            opens_on="2026-05",
        )
    )
    assert row["total"].value == 4_200_000
    assert row["max_grant"].value == 12.5
    assert row["expected_grants"].data_type == "n"
    assert row["deadline_date"].value == datetime(2026, 12, 22)  # noqa: DTZ001  (Excel has no zones)
    assert row["deadline_date"].number_format == "yyyy-mm-dd"
    assert row["first_seen_utc"].value == NOW.replace(tzinfo=None)
    assert row["opens_on"].value == "2026-05"


def test_a_negative_number_stays_a_number() -> None:
    (row,) = csv_rows(call(funding=(Funding(total=-5.0),)))
    assert row["total"] == "-5"


def test_partial_dates_stay_partial() -> None:
    month = Deadline(DeadlineKind.SINGLE, "2027-05")
    (row,) = sheet_rows(call(deadlines=(month,)))
    assert row["deadline_date"].value == "2027-05"
    assert row["days_left"].value is None
    assert row["all_deadlines"].value == "May 2027"
    assert row["status"].value == "unknown"


def test_a_call_with_nothing_is_a_row_too() -> None:
    bare = Call("officer", "1", "Bare")
    assert csv_rows(bare)[0]["deadline_date"] == ""
    assert sheet_rows(bare)[0]["total"].value is None


def test_who_may_apply_is_said_by_group() -> None:
    criteria = (
        Criterion(About.COUNTRY, Effect.ALLOWS, ("AT", "BE"), group="eu27"),
        Criterion(About.COUNTRY, Effect.ALLOWS, ("UA",)),
        Criterion(About.COUNTRY, Effect.EXCLUDES, ("HU",)),
        Criterion(About.APPLICANT, Effect.ALLOWS, ("local_authority", "ngo")),
    )
    (row,) = csv_rows(call(eligibility=Eligibility(criteria, ("One sentence.",))))
    assert row["countries"] == "eu27; UA"
    assert row["applicants"] == "local_authority; ngo"
    assert row["unread_conditions"] == "1"


def test_several_deadlines_and_lots() -> None:
    stages = (
        single(10, kind=DeadlineKind.STAGE, sequence=1),
        single(200, kind=DeadlineKind.STAGE, sequence=2),
    )
    (row,) = csv_rows(call(deadlines=stages, funding=(Funding(total=1.0), Funding(total=2.0))))
    assert row["all_deadlines"] == "stage 1: Wed 2 Dec 2026 17:00; stage 2: Thu 10 Jun 2027 17:00"
    assert (row["lots"], row["total"]) == ("2", "1")


def test_a_cell_holds_no_more_than_excel_can() -> None:
    (row,) = sheet_rows(call(summary="x" * 40_000))
    assert len(row["summary"].value) == 32_767


def test_dates_in_csv_are_iso() -> None:
    (row,) = csv_rows(call(first_seen=NOW, opens_on="2026-11-01"))
    assert row["first_seen_utc"] == "2026-11-22 10:00:00"
    assert date.fromisoformat(row["opens_on"]) == date(2026, 11, 1)
