"""The countries of the world by their CLDR names, in every language that has a file of words.

They lie in ``far_countries.json``, as Babel gives them: to load Babel takes a harvest longer than
all words of a language. ``python -m crawler.reading.eligibility.far_countries`` writes the file
anew, for a new language or a new Babel; a test holds the two against each other.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

from storage.codes import COUNTRIES

FOLDER = Path(__file__).parent
FILE = FOLDER / "far_countries.json"


@cache
def far_countries() -> dict[str, dict[str, str]]:
    """By language (ISO 639-1), the name of each country (ISO 3166-1 alpha-2)."""
    names: dict[str, dict[str, str]] = json.loads(FILE.read_text(encoding="utf-8"))
    return names


def cldr() -> dict[str, dict[str, str]]:
    """The same from Babel, for each language with a file."""
    from babel import Locale  # noqa: PLC0415  (not needed by those who read)

    return {
        path.stem: {
            code: name
            for code, name in Locale.parse(path.stem).territories.items()
            if code in COUNTRIES
        }
        for path in sorted(FOLDER.glob("??.yaml"))
    }


def main() -> None:
    lines = (
        f"{json.dumps(language)}: {json.dumps(names, ensure_ascii=False)}"
        for language, names in cldr().items()
    )
    FILE.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
