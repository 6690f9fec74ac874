"""1,400 calls imported from NDJSON into an empty database, and exported again.

Beside it: ``json.loads`` of the same lines. The export of what was imported must be the same file
when it is imported and exported once more.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

from benchmarks import NOW, Board, alternate, arguments, cpu
from benchmarks.many_calls import many_calls
from crawler.imported import RecordReader
from storage.columns import dumps
from storage.database import open_database
from storage.domain import READABLE
from storage.exchange import call_to_json, export_calls, import_calls

CALLS = 1400
SECONDS = 30


def imported(file: Path, database: Path, count: int) -> float:
    """CPU seconds to take the file into a database with tables and no rows."""
    for old in database.parent.glob(f"{database.name}*"):
        old.unlink()
    engine = open_database(f"sqlite:///{database}")

    def work() -> None:
        report = import_calls(engine, [file], NOW, reader=RecordReader())
        assert (report.new, report.problems) == (count, []), report

    seconds = cpu(work)
    engine.dispose()
    return seconds


def exported(database: Path, file: Path, count: int) -> float:
    """CPU seconds to write every call of the database."""
    engine = open_database(f"sqlite:///{database}")

    def work() -> None:
        with engine.connect() as connection:
            assert export_calls(connection, file) == count

    seconds = cpu(work)
    engine.dispose()
    return seconds


def _without_readings(line: str) -> str:
    record = json.loads(line)
    return dumps({name: record[name] for name in record if name not in READABLE}) + "\n"


def main() -> int:
    options = arguments(__doc__ or "")
    count = 50 if options.quick else CALLS
    rounds = options.rounds or (1 if options.quick else 5)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        given, database = folder / "given.ndjson", folder / "calls.db"
        bare = folder / "bare.ndjson"
        lines = [dumps(call_to_json(call)) for call in many_calls(count)]
        given.write_text("\n".join(lines) + "\n", encoding="utf-8")
        bare.write_text("".join(_without_readings(line) for line in lines), encoding="utf-8")
        size = given.stat().st_size / count / 1000
        board = Board(f"{count} calls of {size:.1f} kB in NDJSON", quick=options.quick)
        out, again = folder / "out.ndjson", folder / "again.ndjson"
        took = alternate(
            rounds,
            {
                "reading": lambda: imported(bare, database, count),
                "import": lambda: imported(given, database, count),
                "export": lambda: exported(database, out, count),
                "json": lambda: cpu(lambda: [json.loads(line) for line in lines]),
            },
        )
        imported(out, database, count)
        exported(database, again, count)
        assert out.read_bytes() == again.read_bytes()
    board.row("import", took["import"], f"< {SECONDS}", met=max(took["import"].values) < SECONDS)
    board.row(
        "import of texts alone, which are read",
        took["reading"],
        f"< {SECONDS}",
        met=max(took["reading"].values) < SECONDS,
    )
    board.row("calls a second, imported", took["import"].per(count))
    board.row("export", took["export"])
    board.row("calls a second, exported", took["export"].per(count))
    board.row("bare json.loads of the same lines", took["json"])
    board.row("import, times the bare json.loads", took["import"] / took["json"])
    return board.end()


if __name__ == "__main__":
    sys.exit(main())
