"""How good the matches are: what is found for judged partnerships, held against the judgements.

The measures are those of search engines. nDCG@10: how much of the best possible first ten is there
(gain 2^grade - 1, less further down); P@5: how many of the first five are useful (grade 2 or 3);
R@20: how many of all useful ones are among the first twenty. What nobody judged counts as useless.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from storage.errors import BadInput, shown

DEEP, FIRST, FAR = 10, 5, 20
USEFUL = 2
HIGHEST = 3

Grades = Mapping[str, int]
"""The grade (0-3) of each judged call by its reference."""


@dataclass(frozen=True, slots=True)
class Measures:
    """How good one list, or the mean of several, is; each 0-1."""

    ndcg: float
    precision: float
    recall: float


@dataclass(frozen=True, slots=True)
class Judged:
    """One partnership in one language, and how good its list is."""

    partnership: str
    language: str
    measures: Measures


def read_qrels(path: Path) -> dict[str, dict[str, int]]:
    """Return the grades by partnership and call; columns partnership, reference, grade, by tabs."""
    found: dict[str, dict[str, int]] = defaultdict(dict)
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{path} cannot be read: {error}") from error
    for number, line in enumerate(lines, start=1):
        fields = line.split("\t")
        if not line.strip() or (number == 1 and fields[0] == "partnership"):
            continue
        good = len(fields) > USEFUL and fields[2].isdecimal() and int(fields[2]) <= HIGHEST
        if not good:
            raise BadInput(
                f"{path}:{number}: expected partnership, reference and a grade 0-{HIGHEST} with"
                f" tabs between, got {shown(line)}"
            )
        found[fields[0]][fields[1]] = int(fields[2])
    if not found:
        raise BadInput(f"{path} holds no judgements")
    return dict(found)


def measure(ranked: Sequence[str], grades: Grades) -> Measures:
    """Return how good a list of references is, the best first."""
    gains = [2 ** grades.get(one, 0) - 1 for one in ranked[:DEEP]]
    ideal = _discounted(sorted((2**grade - 1 for grade in grades.values()), reverse=True)[:DEEP])
    useful = {one for one, grade in grades.items() if grade >= USEFUL}
    return Measures(
        ndcg=_discounted(gains) / ideal if ideal else 0.0,
        precision=len(useful & set(ranked[:FIRST])) / FIRST,
        recall=len(useful & set(ranked[:FAR])) / len(useful) if useful else 0.0,
    )


def _discounted(gains: Sequence[int]) -> float:
    return sum(gain / math.log2(place + 2) for place, gain in enumerate(gains))


def mean(several: Sequence[Measures]) -> Measures:
    """Return the mean of measures."""
    size = max(1, len(several))
    return Measures(
        sum(one.ndcg for one in several) / size,
        sum(one.precision for one in several) / size,
        sum(one.recall for one in several) / size,
    )


def table(judged: Sequence[Judged], *, each: bool = False) -> str:
    """Return the means by language as text; ``each`` adds a line for every partnership."""
    lines = [f"{'language':<20}{'partnerships':>13}{'nDCG@10':>9}{'P@5':>7}{'R@20':>7}"]
    for language in sorted({one.language for one in judged}):
        some = [one for one in judged if one.language == language]
        lines.append(_line(language, len(some), mean([one.measures for one in some])))
        if each:
            lines += [_line(f"  {one.partnership}", 1, one.measures) for one in some]
    return "\n".join(lines) + "\n"


def _line(name: str, size: int, found: Measures) -> str:
    values = f"{found.ndcg:>9.3f}{found.precision:>7.3f}{found.recall:>7.3f}"
    return f"{name:<20}{size:>13}{values}"
