"""How well the readers understand a truth set: right, wrong and missed, by language and kind.

``python -m benchmarks.reading FILE.tsv`` scores a file of deadline or of eligibility phrases; which
of the two it is, its header says. What each column means is told in the module that scores it.
"""

from __future__ import annotations

import argparse
import csv
import importlib
import sys
from pathlib import Path

SCORERS = {
    frozenset(("phrase", "language", "published", "normalised", "kind", "doubt")): (
        "benchmarks.reading_deadlines"
    ),
    frozenset(("sentence", "language", "countries", "applicant_types", "doubt")): (
        "benchmarks.reading_eligibility"
    ),
}
"""The columns that tell a truth set, and the module whose ``score(rows)`` gives its table, as a
text or as an object with a ``report()``."""


def scorer_of(columns: list[str]) -> str | None:
    """The module that scores a file with these columns, None for any other file."""
    return next((name for wanted, name in SCORERS.items() if wanted <= set(columns)), None)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path, help="a truth set, tab-separated, with a header")
    chosen = parser.parse_args().file
    try:
        with chosen.open(encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
            rows = [{key: value or "" for key, value in row.items() if key} for row in reader]
            columns = list(reader.fieldnames or ())
    except (OSError, UnicodeDecodeError) as error:
        print(f"{chosen}: {error}", file=sys.stderr)
        return 2
    name = scorer_of(columns)
    if name is None:
        print(f"{chosen}: no truth set has the columns {', '.join(columns)}", file=sys.stderr)
        return 2
    result = importlib.import_module(name).score(rows)
    print(result if isinstance(result, str) else result.report())
    return 0


if __name__ == "__main__":
    sys.exit(main())
