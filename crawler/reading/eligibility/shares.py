"""Percentages that say what share the grant pays, or what the applicant has to bring."""

from __future__ import annotations

from collections.abc import Iterator

from crawler.reading.eligibility.marking import Mark, Sentence, amount, is_dash
from crawler.reading.eligibility.scope import Scope
from storage.domain import About, Criterion, Effect

_KINDS = ("own", "grant", "cofinancing", "other_share", "population")
_FAR = 14
_BESIDE = 3
_JOINED = 5
"""Tokens within which the upper end of a range follows the lower."""

MOST = 8
"""Percentages looked at in one sentence: a table without stops holds no more conditions."""

_WHOLE = 100


def read_shares(scope: Scope) -> Iterator[Criterion]:
    """One criterion for each share; a percentage of something else gives none."""
    s = scope.sentence
    if not s.has("percent") or not s.has("number", "percent"):
        return
    told: dict[str, tuple[float | None, float | None]] = {}
    for number, percent, lower in _rates(scope):
        bound = _bound(s, number, percent)
        share = _share(s, number, percent) or (lower and _share(s, *lower))
        if share is None or share in told:
            continue
        if share == "either":
            share = "own" if bound == "least" or "grant" in told else "grant"
        if share in told:
            continue
        if bound == "least" and share == "grant":
            continue  # "over 30 % of the grant may not …": no call promises a least share
        low = _rate(lower[0]) if lower else _from(s, number)
        told[share] = (None, _rate(number)) if bound == "least" else (_rate(number), low)
    for share, (highest, lowest) in told.items():
        yield Criterion(
            About.COFINANCING,
            Effect.REQUIRES if share == "own" else Effect.ALLOWS,
            rate=highest,
            rate_min=lowest,
            share_of=share,
            words=s.words,
        )


def _rates(scope: Scope) -> Iterator[tuple[Mark, Mark, tuple[Mark, Mark] | None]]:
    """Every number with its sign, and the lower end of a range of which it is the upper one."""
    s = scope.sentence
    lower: tuple[Mark, Mark] | None = None
    for percent in s.of("percent")[:MOST]:
        number = s.before(percent.first, 1, "number") or s.after(percent.last, 1, "number")
        if number is None or scope.dropped(number.first) or not 0 < _rate(number) <= 1:
            continue
        if _opens_range(s, number, percent):
            lower = number, percent
            continue
        yield number, percent, lower
        lower = None


def _rate(number: Mark) -> float:
    value = number.value
    return (amount(value) if isinstance(value, str) else float(value)) / _WHOLE


def _share(  # noqa: C901 - before, behind, near and far weigh differently
    s: Sentence, number: Mark, percent: Mark
) -> str | None:
    """Whose share: the nearest word about money in this part of the sentence; None for others."""
    first, last = min(number.first, percent.first), max(number.last, percent.last)
    start, end = s.segment(first)
    best: tuple[float, str, int] | None = None
    near_other = False
    start, end = max(start, first - 2 * _FAR), min(end, last + 2 * _FAR)
    marks = [m for m in s.of(*_KINDS) if start <= m.first <= end and not _of_next(s, last, m)]
    for mark in marks:
        if mark.last < first:
            distance = float(first - mark.last)
            crossed = sum(1 for m in s.of("percent", "currency") if mark.last < m.first < first)
        elif mark.first > last:
            gap = mark.first - last
            if mark.kind == "grant" and gap > 1:  # "2 % of the project's value"
                continue
            distance = gap * (1.2 if gap < 3 else 2.2)  # noqa: PLR2004
            crossed = sum(1 for m in s.of("percent", "currency") if last < m.first < mark.first)
        else:
            continue
        low, high = sorted((mark.first, first))
        distance += 8 * crossed + 4 * s.tokens[low:high].count(",")
        if distance > _FAR:
            continue
        near_other = near_other or mark.kind in ("other_share", "population")
        if best is None or distance < best[0]:
            best = (distance, mark.kind, mark.first)
    if best is None and not near_other:
        of_costs = s.marks[0].kind == "spending"  # "staff costs are capped at 20 % of the costs"
        beside = s.after(last, _BESIDE, "costs") is not None and not of_costs
        return "grant" if beside and _bound(s, number, percent) != "least" else None
    if best is None or near_other or best[1] in ("other_share", "population"):
        return None
    kinds = {m.kind for m in marks}
    if best[1] in ("cofinancing", "own") and _both(s, best[2]):
        return "grant" if _bound(s, number, percent) == "most" else "own"
    if best[1] == "cofinancing":
        return "own" if "own" in kinds and "grant" not in kinds else "either"
    if best[1] == "grant" and "cofinancing" in kinds and _bound(s, number, percent) == "least":
        return "own"
    return best[1]


def _of_next(s: Sentence, last: int, mark: Mark) -> bool:
    """Whether a word behind a rate begins the clause of the next: "75 %, own share 25 %"."""
    if mark.first <= last or not s.after(mark.last, _FAR // 2, "percent"):
        return False
    clause = s.between(last, mark.first, ",", "(", "–", "-", "—")
    return clause or any(last < m.first < mark.first for m in s.of("and"))


def _both(s: Sentence, at: int) -> bool:
    """Whether the word at ``at`` may mean either share, and the own one unless it is a most."""
    kinds = {m.kind for m in s.marks if m.first == at}
    return kinds >= {"own", "cofinancing"}


def _bound(s: Sentence, number: Mark, percent: Mark) -> str | None:
    first, last = min(number.first, percent.first), max(number.last, percent.last)
    before = s.before(first, 5, "least", "most", "number")
    if before is not None and before.value == 1 and before.last == first - 1:  # "un 20 %"
        before = s.before(before.first, 5, "least", "most", "number")
    if before is not None and before.kind in ("least", "most"):
        return before.kind
    behind = s.after(last, 2, "least", "most")
    if behind is not None and not s.between(last, behind.first, ",", ";"):
        return behind.kind
    return None


def _opens_range(s: Sentence, number: Mark, percent: Mark) -> bool:
    """Whether it is the lower end of one rate: of "50 % to 70 %", "min. 30 %, max. 70 %"."""
    last = max(number.last, percent.last)
    upper = s.after(last, _JOINED, "number")
    if upper is None or not (isinstance(upper.value, str) and isinstance(number.value, str)):
        return False
    sign = s.after(upper.last, 1, "percent")
    if sign is None or amount(number.value) >= amount(upper.value):
        return False
    if _bound(s, number, percent) == "least" and _bound(s, upper, sign) == "most":
        return not any(last < m.first < upper.first for m in s.of(*_KINDS))
    joining = [m for m in s.of("to", "and") if last < m.first and m.last < upper.first]
    covered = {at for m in joining for at in range(m.first, m.last + 1)}
    if not all(at in covered or is_dash(s.tokens[at]) for at in range(last + 1, upper.first)):
        return False
    opened = s.before(number.first, 2, "from") is not None
    return opened or not any(m.kind == "and" for m in joining)


def _from(s: Sentence, number: Mark) -> float | None:
    """The lower end of "from 50 to 80 %"."""
    lower = s.before(number.first, 3, "number")
    if lower is None or not isinstance(lower.value, str):
        return None
    if not s.before(lower.first, 2, "from") and not s.between(lower.last, number.first, "-", "–"):
        return None
    value = amount(lower.value) / _WHOLE
    return value if 0 < value < 1 else None
