"""The rules of the programmes as other rooms use them, and the officers' check and table of them.

``python -m classifier.programmes --check [FOLDER]`` tells every mistake in the rules files;
``python -m classifier.programmes --table`` prints all programmes as a table;
``python -m classifier.programmes --write`` puts that table into docs/programmes.md.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from classifier.loading import FOLDER, load_rules
from classifier.programme_table import table, with_table
from classifier.recognition import How, Recognised, rule_for
from classifier.rulebook import ProgrammeRule, Rules
from classifier.rulefile import BadRules

DOCUMENT = Path(__file__).resolve().parent.parent / "docs" / "programmes.md"

__all__ = ["FOLDER", "BadRules", "How", "ProgrammeRule", "Recognised", "Rules", "load_rules",
           "rule_for"]  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code 0 when the rules are sound, 1 when they have mistakes."""
    parser = argparse.ArgumentParser(prog="python -m classifier.programmes", description=__doc__)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--check", action="store_true", help="tell every mistake in the rules files")
    what.add_argument("--table", action="store_true", help="print the table of all programmes")
    what.add_argument("--write", action="store_true", help="put the table into docs/programmes.md")
    parser.add_argument("folder", nargs="?", type=Path, help="another folder of rules files")
    asked = parser.parse_args(arguments)
    try:
        rules = load_rules(asked.folder)
    except BadRules as error:
        sys.stderr.writelines(f"{problem}\n" for problem in error.problems)
        return 1
    if asked.write:
        text = with_table(DOCUMENT.read_text(encoding="utf-8"), rules)
        DOCUMENT.write_text(text, encoding="utf-8")
    counted = f"{len(rules.programmes)} programmes, no mistakes\n"
    sys.stdout.write(table(rules) if asked.table else counted)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
