"""How good the matches are: what is found for judged partnerships, held against the judgements.

The measures are those of search engines. nDCG@10: how much of the best possible first ten is there
(gain 2^grade - 1, less further down); P@5: how many of the first five are useful (grade 2 or 3);
R@20: how many of all useful ones are among the first twenty. What nobody judged counts as useless;
"judged" is nDCG@10 of the list without it. Intervals hold 95 of 100 draws of as many partnerships.
"""

from __future__ import annotations

import math
import random
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from storage.errors import BadInput, shown

DEEP, FIRST, FAR = 10, 5, 20
USEFUL = 2
HIGHEST = 3

DRAWS, SEED = 2000, 1
"""Draws of partnerships behind an interval, the same ones every time."""

Grades = Mapping[str, int]
"""The grade (0-3) of each judged call by its reference."""


@dataclass(frozen=True, slots=True)
class Measures:
    """How good one list, or the mean of several, is; each 0-1."""

    ndcg: float
    precision: float
    recall: float
    judged: float = 0.0


@dataclass(frozen=True, slots=True)
class Judged:
    """One partnership in one language, and how good the list of a system is."""

    partnership: str
    language: str
    measures: Measures
    system: str = ""


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
    known = [2 ** grades[one] - 1 for one in ranked if one in grades][:DEEP]
    ideal = _discounted(sorted((2**grade - 1 for grade in grades.values()), reverse=True)[:DEEP])
    useful = {one for one, grade in grades.items() if grade >= USEFUL}
    return Measures(
        ndcg=_discounted(gains) / ideal if ideal else 0.0,
        precision=len(useful & set(ranked[:FIRST])) / FIRST,
        recall=len(useful & set(ranked[:FAR])) / len(useful) if useful else 0.0,
        judged=_discounted(known) / ideal if ideal else 0.0,
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
        sum(one.judged for one in several) / size,
    )


def interval(values: Sequence[float], draws: int = DRAWS) -> tuple[float, float]:
    """Return between which values 95 of 100 means of random draws with repetition lie."""
    if not values:
        return 0.0, 0.0
    chance = random.Random(SEED)  # noqa: S311  (a sample, no secret)
    means = sorted(sum(chance.choices(values, k=len(values))) / len(values) for _ in range(draws))
    return means[round(0.025 * (draws - 1))], means[round(0.975 * (draws - 1))]


def table(judged: Sequence[Judged], *, each: bool = False) -> str:
    """Return the means by language as text; ``each`` adds a line for every partnership."""
    lines = [f"{'language':<20}{'partnerships':>13}{_HEADING}"]
    for language in sorted({one.language for one in judged}):
        some = [one for one in judged if one.language == language]
        lines.append(f"{language:<20}{len(some):>13}{_values([one.measures for one in some])}")
        if each:
            lines += [
                f"{f'  {one.partnership}':<20}{1:>13}{_values([one.measures])}" for one in some
            ]
    return "\n".join(lines) + "\n"


def systems_table(judged: Sequence[Judged]) -> str:
    """Return the means by language and system as text."""
    lines = [f"{'language':<10}{'system':<28}{_HEADING}"]
    for language in sorted({one.language for one in judged}):
        systems: dict[str, list[Measures]] = defaultdict(list)
        for one in judged:
            if one.language == language:
                systems[one.system].append(one.measures)
        lines += [f"{language:<10}{name:<28}{_values(some)}" for name, some in systems.items()]
    return "\n".join(lines) + "\n"


_HEADING = f"{'nDCG@10':>9}{'P@5':>7}{'R@20':>7}{'judged':>8}{'interval':>11}"


def _values(several: Sequence[Measures]) -> str:
    found = mean(several)
    low, high = interval([one.ndcg for one in several])
    values = f"{found.ndcg:>9.3f}{found.precision:>7.3f}{found.recall:>7.3f}{found.judged:>8.3f}"
    return f"{values}{f'{low:.2f}-{high:.2f}':>11}"
