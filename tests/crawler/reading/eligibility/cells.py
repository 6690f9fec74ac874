"""What was read as one short line, so that a table of phrases can be reviewed by a speaker."""

from __future__ import annotations

from crawler.reading.eligibility import EligibilityRead
from storage.domain import About, Criterion, Funding


def cells(read: EligibilityRead) -> str:
    """``country allows PL SK; applicant allows ngo; partners 2; own >= 0.1; EUR 10000..50000``.

    Groups stand by their names. ``nothing``: no criterion and no money; ``unread`` is added where
    the sentence was kept as not understood.
    """
    found = [_criterion(one) for one in read.criteria] + [_funding(one) for one in read.funding]
    found += ["unread"] if read.unread else []
    return "; ".join(dict.fromkeys(found)) or "nothing"


def _criterion(one: Criterion) -> str:
    if one.about is About.CONSORTIUM:
        told = [f"partners {one.min_partners}"] if one.min_partners else []
        told += [f"countries {one.min_countries}"] if one.min_countries else []
        return "; ".join(told)
    if one.about is About.COFINANCING:
        told = [f"{one.share_of} {one.rate:g}"] if one.rate is not None else []
        told += [f"{one.share_of} >= {one.rate_min:g}"] if one.rate_min is not None else []
        return "; ".join(told)
    least = f" x{one.min_partners}" if one.min_partners else ""
    named = one.group or " ".join(one.values)
    return f"{one.about} {one.effect} {named}".strip() + least


def _funding(one: Funding) -> str:
    told = [one.currency]
    if one.min_grant is not None or one.max_grant is not None:
        low, high = (
            "" if value is None else f"{value:.0f}" for value in (one.min_grant, one.max_grant)
        )
        told.append(f"{low}..{high}")
    if one.total is not None:
        told.append(f"total {one.total:.0f}")
    if one.expected_grants is not None:
        told.append(f"grants {one.expected_grants}")
    return " ".join(told)
