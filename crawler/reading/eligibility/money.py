"""Amounts of money in a sentence: what one project may get, what the call has, how many grants."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from crawler.reading.eligibility.marking import Mark, Sentence, amount, is_dash
from crawler.reading.eligibility.scope import Scope
from storage.domain import Funding

_SCALES = {"thousand": 10**3, "million": 10**6, "billion": 10**9}
_LEAST_AMOUNT = 100
"""Smaller sums are fees or prices, not grants."""

_WINDOW = 12
_NEXT_AMOUNT = 6
_JOINING = ("to", "and", "or", "most", "least", "from", "thousand", "million", "currency")
_MOST = 16
"""Numbers looked at in one sentence: a table without stops names no lots that can be told apart."""

_MOST_GRANTS = 10_000


@dataclass(slots=True)
class Amount:
    """One sum: tokens ``first`` to ``last`` with its currency and scale."""

    value: float
    currency: str | None
    first: int
    last: int
    scale: int = 1
    bound: str | None = None


def read_money(scope: Scope) -> list[Funding]:
    """One entry for each size of grant the sentence names, the call's total in the first."""
    s = scope.sentence
    if not s.has("currency") or not s.has("number"):
        return []
    found = list(_amounts(s))
    bounded = any(one.bound == "most" for one in found) and (scope.cues or scope.carried)
    if not (s.has("grant", "total", "expected") or bounded):
        found = _beside_share(s, found)
    ranges, single = _ranges(s, found)
    grants: list[Funding] = []
    total: tuple[str, float] | None = None
    for low, high in ranges:
        kind = _kind(s, low)
        if kind == "other" or low.value >= high.value:
            continue
        grants.append(Funding(high.currency or "EUR", None, low.value, high.value, words=s.words))
    for one in single:
        kind = _kind(s, one)
        if kind == "other" or one.currency is None:
            continue
        if kind == "total" and one.bound != "least":
            if total is None:
                total = (one.currency, one.value)
        elif kind == "grant":
            least = one.value if one.bound == "least" else None
            most = one.value if one.bound != "least" else None
            grants.append(Funding(one.currency, None, least, most, words=s.words))
    return _together(s, grants, total)


def _beside_share(s: Sentence, found: list[Amount]) -> list[Amount]:
    """The most behind a share, "80 % of the costs, at most 50,000 euros": nothing else is meant."""
    if not s.has("cofinancing", "costs") or s.has("spending", "other_share"):
        return []
    behind = [one for one in found if s.before(one.first, _WINDOW, "percent")]
    return [one for one in behind[:1] if one.bound == "most"]


def _together(s: Sentence, grants: list[Funding], total: tuple[str, float] | None) -> list[Funding]:
    grants = _paired(grants)
    expected = expected_grants(s)
    if total is not None:
        first = grants[0] if grants else Funding(total[0], words=s.words)
        if first.currency == total[0]:
            rest = grants[1:]
            first = Funding(total[0], total[1], first.min_grant, first.max_grant, expected, s.words)
            return [first, *rest]
        return [Funding(total[0], total[1], expected_grants=expected, words=s.words), *grants]
    if expected and grants:
        one = grants[0]
        grants[0] = Funding(one.currency, None, one.min_grant, one.max_grant, expected, s.words)
    return grants


def _paired(grants: list[Funding]) -> list[Funding]:
    """A least and a most that stand apart ("at least 50 000 and at most 150 000") are one size."""
    found: list[Funding] = []
    for one in grants:
        last = found[-1] if found else None
        if (
            last is not None
            and last.currency == one.currency
            and last.max_grant is None
            and one.min_grant is None
            and (last.min_grant or 0) < (one.max_grant or 0)
        ):
            found[-1] = Funding(one.currency, None, last.min_grant, one.max_grant, words=one.words)
        elif (
            last is not None
            and last.currency == one.currency
            and last.min_grant is None
            and one.max_grant is None
            and (one.min_grant or 0) < (last.max_grant or 0)
        ):
            found[-1] = Funding(one.currency, None, one.min_grant, last.max_grant, words=one.words)
        elif one not in found:
            found.append(one)
    return found


def _amounts(s: Sentence) -> Iterator[Amount]:
    """Every number with a currency, or joined by "to" to one that has it."""
    raw: list[Amount] = []
    for mark in s.of("number")[:_MOST]:
        scale, last = _scale(s, mark)
        if isinstance(mark.value, str):
            value = amount(mark.value, scaled=scale > 1) * scale
        else:
            value = float(mark.value * scale)
            if scale == 1 and not s.after(last, 1, "currency"):
                continue
        if s.after(last, 1, "percent"):
            continue
        currency, first, last = _currency(s, mark.first, last)
        raw.append(Amount(value, currency, first, last, scale))
    _share_currencies(s, raw)
    for one in raw:
        if one.currency is not None and one.value >= _LEAST_AMOUNT:
            one.bound = _bound(s, one) or _far_bound(s, one)
            yield one


def _share_currencies(s: Sentence, raw: list[Amount]) -> None:
    """Give the currency (and "million") of one end of a range to the other."""
    for at, one in enumerate(raw):
        following = raw[at + 1] if at + 1 < len(raw) else None
        if following is None or not _linked(s, one, following):
            continue
        if one.currency is not None and following.currency is None:  # "EUR 5,000 to 10,000"
            following.currency = one.currency
        elif one.currency is None:
            one.currency = following.currency
            if one.scale == 1 and following.scale > 1 and one.value < following.value / 1000:
                one.value, one.scale = one.value * following.scale, following.scale


def _scale(s: Sentence, mark: Mark) -> tuple[int, int]:
    found = s.after(mark.last, 1, *_SCALES)
    return (_SCALES[found.kind], found.last) if found is not None else (1, mark.last)


def _currency(s: Sentence, first: int, last: int) -> tuple[str | None, int, int]:
    for mark in s.of("currency"):  # one word says both: "2 mkr", "150 kEUR"
        if mark.first == last > first:
            return mark.value, first, last
    behind = s.after(last, 1, "currency")
    if behind is not None:
        return behind.value, first, behind.last
    before = s.before(first, 1, "currency")
    if before is not None and not _belongs_before(s, before):
        return before.value, before.first, last
    behind = s.after(last, 2, "currency")
    if behind and not s.between(last, behind.first, ",", ";", "(", ":"):
        return behind.value, first, behind.last
    return None, first, last


def _belongs_before(s: Sentence, currency: Mark) -> bool:
    """Whether a currency between two numbers belongs to the first: "50 EUR 100"."""
    return s.before(currency.first, 1, "number", *_SCALES) is not None


def _linked(s: Sentence, one: Amount, other: Amount) -> bool:
    if other.first - one.last > 6 or not (one.currency or other.currency):  # noqa: PLR2004
        return False
    inner = range(one.last + 1, other.first)
    told = {at for m in s.of(*_JOINING) for at in range(m.first, m.last + 1)}
    bounds = any(one.last < m.first < other.first for m in s.of("least", "most"))
    if bounds:  # "at least 1 million, at most 5 million forints"
        told.update(at for at in inner if s.tokens[at] == ",")
    if not all(at in told or is_dash(s.tokens[at]) for at in inner):
        return False
    return bool(inner)


def _ranges(s: Sentence, found: list[Amount]) -> tuple[list[tuple[Amount, Amount]], list[Amount]]:
    """Pairs of least and most, and the amounts that stand alone."""
    pairs: list[tuple[Amount, Amount]] = []
    alone: list[Amount] = []
    at = 0
    while at < len(found):
        one = found[at]
        other = found[at + 1] if at + 1 < len(found) else None
        if other is not None and _range(s, one, other):
            pairs.append((one, other))
            at += 2
            continue
        alone.append(one)
        at += 1
    return pairs, alone


def _range(s: Sentence, one: Amount, other: Amount) -> bool:
    if other.first - one.last > 6 or one.currency != other.currency:  # noqa: PLR2004
        return False
    if one.value >= other.value or s.between(one.last, other.first, ";"):
        return False
    between = s.tokens[one.last + 1 : other.first]
    if any(is_dash(token) for token in between) and other.first - one.last <= 2:  # noqa: PLR2004
        return True
    opened = s.before(one.first, 2, "from") is not None or one.bound == "least"
    to = any(one.last < m.first < other.first for m in s.of("to", "most"))
    closed = s.after(other.last, 2, "between") is not None or _hungarian(s, one, other)
    plain = s.after(one.last, 1, "to") is not None and one.bound is None
    strict = any(one.last < m.first < other.first for m in s.of("and"))
    return (opened and to) or closed or (plain and not (strict and not opened))


def _hungarian(s: Sentence, one: Amount, other: Amount) -> bool:
    """Hungarian, Finnish and Estonian put "between" behind: «500 ezer és 2 millió közötti»."""
    del one
    return s.after(other.last, 2, "from") is not None


def _bound(s: Sentence, one: Amount) -> str | None:
    before = s.before(one.first, 4, "least", "most", "currency", "percent", "population", "number")
    told = before is not None and before.kind in ("least", "most")
    if told and before is not None and not s.between(before.last, one.first, ",", ";", "("):
        return before.kind
    behind = s.after(one.last, 2, "least", "most")
    if behind is not None and not s.between(one.last, behind.first, ",", ";", "(", "|"):
        follows = s.after(behind.last, 3, "number")
        if follows is None:
            return behind.kind
    return None


def _far_bound(s: Sentence, one: Amount) -> str | None:
    """The bound of "the minimum size of an action that may be funded is EUR 2 million"."""
    before = s.before(one.first, 16, "least", "most", "number", "percent")
    if before is None or before.kind not in ("least", "most"):
        return None
    return None if s.between(before.last, one.first, ",", ";", "(", ":") else before.kind


def _kind(s: Sentence, one: Amount) -> str:  # noqa: C901 - before, behind and between differ
    """``grant``, ``total`` or ``other``: the nearest word about money decides.

    Words before an amount name it more often than words behind it.
    """
    start, end = s.segment(one.first)
    best: tuple[float, str] | None = None
    for mark in s.of("grant", "total", "other_money"):
        if not start <= mark.first <= end:
            continue
        if mark.kind == "total" and s.before(mark.first, 2, "percent"):
            continue  # "50 % of the total budget"
        if mark.last < one.first:
            distance = float(one.first - mark.last)
            if mark.kind == "grant" and (whole := s.before(mark.first, 1, "total")):
                mark = whole  # noqa: PLW2901 -- "total amount of grants"
            crossed = sum(1 for m in s.of("currency") if mark.last < m.first < one.first - 1)
        elif mark.first > one.last:
            if _of_next(s, one, mark) or (mark.kind == "total" and _each_up_to(s, one)):
                continue
            distance = (mark.first - one.last) * 1.5
            crossed = sum(1 for m in s.of("currency") if one.last < m.first < mark.first)
            if mark.kind == "other_money" or mark.first - one.last <= 2:  # noqa: PLR2004
                distance /= 2
        else:
            continue
        if mark.kind == "grant" and one.bound is None and s.before(mark.first, 1, "number"):
            distance += _WINDOW  # "supported 35 projects with 8 million": the sum of many
        low, high = sorted((mark.first, one.first))
        distance += 6 * crossed + 3 * s.tokens[low:high].count(",")
        if distance <= 2.5 * _WINDOW and (best is None or distance < best[0]):
            best = (distance, mark.kind)
    if best is None:
        return "grant" if one.bound or s.has("expected", "grant") else "other"
    return {"other_money": "other"}.get(best[1], best[1])


def _of_next(s: Sentence, one: Amount, mark: Mark) -> bool:
    """Whether a word behind an amount begins the clause of the next: "2m and grants up to 50k"."""
    if not s.after(mark.last, _NEXT_AMOUNT, "currency"):
        return False
    joined = any(one.last < m.first < mark.first for m in s.of("and"))
    return joined or s.between(one.last, mark.first, ",", "(", "–", "—", "-")


def _each_up_to(s: Sentence, one: Amount) -> bool:
    """Whether the amount is the most of each: "grants of up to 50,000 are available"."""
    if one.bound != "most":
        return False
    before = s.before(one.first, 2 * _NEXT_AMOUNT, "grant")
    behind = s.after(one.last, _NEXT_AMOUNT, "grant")
    parted = before is None or s.between(before.last, one.first, ",", ";", ":", "(")
    return not parted or (behind is not None and behind.last > behind.first)


def expected_grants(s: Sentence) -> int | None:
    """How many grants are to be given; None when the sentence does not say."""
    for mark in s.of("expected"):
        near = s.before(mark.first, 3, "number") or s.after(mark.last, 4, "number")
        if near is None or s.after(near.last, 2, "currency", "million", "thousand", "percent"):
            continue
        value = near.value
        number = amount(value) if isinstance(value, str) else float(value)
        if 1 <= number <= _MOST_GRANTS and number == int(number):
            return int(number)
    return None
