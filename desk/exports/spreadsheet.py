"""Calls as CSV and XLSX, in which no text can act as a formula."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from desk.exports.rows import COLUMNS, Value, row
from storage.domain import Call

CELL = 32_767
"""Characters a cell of Excel can hold."""

# Full-width signs count too: Excel in East Asian settings reads them as the narrow ones.
_SIGNS = "=+\\-@\t\r＝＋－＠"
_FORMULA = re.compile(rf"\s*[{_SIGNS}]")
_AFTER_SEMICOLON = re.compile(rf"(;[\s\"']*)(?=[{_SIGNS}])")

_WIDTHS = {
    "id": 44, "title": 60, "deadline_date": 13, "all_deadlines": 30, "programme_name": 40,
    "countries": 24, "applicants": 24, "url": 40, "summary": 60, "deadline_words": 26,
    "first_seen_utc": 18, "last_seen_utc": 18,
}  # fmt: skip


def harmless(text: str) -> str:
    """Return ``text`` so that no spreadsheet takes it for a formula: an apostrophe goes before."""
    return f"'{text}" if _FORMULA.match(text) else text


def to_csv(calls: Iterable[Call], now: datetime) -> bytes:
    """Return the calls as CSV: commas, UTF-8, one header.

    It begins with a byte-order mark: without it Excel takes Ukrainian letters for Western ones
    when an officer opens the file with a double click. Readers of UTF-8 know the mark.
    """
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for call in calls:
        writer.writerow(_csv_cell(value) for value in row(call, now))
    return b"\xef\xbb\xbf" + written.getvalue().encode("utf-8", "replace")


def _csv_cell(value: Value) -> Value:
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, date):
        return value.isoformat()
    if not isinstance(value, str):
        return value
    # Where the comma is the decimal sign, Excel cuts a line at semicolons, even inside quotes
    # that do not begin it: what comes after one is a cell of its own there.
    return harmless(_AFTER_SEMICOLON.sub(r"\1'", value))


def to_xlsx(calls: Iterable[Call], now: datetime) -> bytes:
    """Return the calls as a workbook: numbers are numbers, dates dates, all else is text."""
    from openpyxl import Workbook
    from openpyxl.cell import Cell, WriteOnlyCell
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    book = Workbook(write_only=True)
    sheet = book.create_sheet("Calls")
    sheet.freeze_panes = "D2"  # the header, and which call a row is about
    for number, name in enumerate(COLUMNS, start=1):
        sheet.column_dimensions[get_column_letter(number)].width = _WIDTHS.get(name, 12)

    def cell(value: Value) -> Cell:
        text = isinstance(value, str)
        held: Any = harmless(str(value))[:CELL] if text else value
        made = WriteOnlyCell(sheet, held)
        if text:
            made.data_type = "s"
        elif isinstance(value, datetime):
            made.number_format = "yyyy-mm-dd hh:mm"
        elif isinstance(value, date):
            made.number_format = "yyyy-mm-dd"
        return made

    header = [cell(name) for name in COLUMNS]
    for one in header:
        one.font = Font(bold=True)
    sheet.append(header)
    rows = [row(call, now) for call in calls]
    for values in rows:
        sheet.append([cell(value) for value in values])
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(COLUMNS))}{len(rows) + 1}"
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()
