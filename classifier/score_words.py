"""How a score came about, part by part, in sentences for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from classifier.fit import Use
from classifier.outcomes import SAID, Found, Note
from classifier.rounding import told_score
from classifier.scoring import BUDGET
from classifier.themes import load_themes
from classifier.wishes import Misfit
from storage.feedback import Mark


def score_parts(found: Found) -> Iterator[str]:
    parts, details = found.details["parts"], found.details
    points = {sign: f"{value:+z.1f}" for sign, value in details["points"].items()}
    fit, language = details["fit"], details["interest"]
    crossing = ", across the bridge" if details["encoders"]["bridge"] else ""
    yield (
        f"Meaning {points['meaning']}: the call stands out by {parts['meaning']:+.2f} spreads"
        f" from unrelated ones for the interest in “{language}” (encoder"
        f" {details['encoders']['calls']}{crossing})."
    )
    words = ", ".join(details["words"])
    yield (
        f"Words {points['words']}: it says {parts['words']:.0%} of what the interest's telling"
        f" words weigh{f' ({words})' if words else ''}."
    )
    known = load_themes().by_id
    named = ", ".join(known[name].name() for name in details["themes"] if name in known)
    yield f"Themes {points['themes']}: {f'in common: {named}' if named else 'none in common'}."
    yield f"Programme {points['programme']}: {_use(fit)}."
    yield f"Towns {points['towns']}: {_speaks_of(fit['towns'], 'towns or citizens')}."
    specialists = _speaks_of(fit["specialists"], "laboratories, students or companies")
    yield f"Specialists {points['specialists']}: {specialists}."
    if details["elsewhere"]:
        yield (
            f"Place {points['elsewhere']}: it is tied to {details['elsewhere']}, where no"
            " partner is; that lowers the score and drops nothing."
        )
    elif details.get("at_home"):  # what was kept before this was told does not have it
        yield f"Place {points['elsewhere']}: it names {details['at_home']}."
    else:
        yield "Place: it is tied to no other country."
    if parts["title_only"]:
        yield f"Title only {points['title_only']}: {SAID[Note.TITLE_ONLY]}"
    if parts["feedback"]:
        yield f"Feedback {parts['feedback']:+.1f}: {feedback_words(details['feedback'])}."
    whole = parts["before_wishes"] if parts["budget"] else found.candidate.score
    together = told_score(whole, found.threshold, 1)
    yield (
        f"Together {together:.1f} of 100: of a hundred pairs with this score about so"
        " many are useful."
    )
    if parts["budget"]:
        size = "smaller" if parts["budget"] == Misfit.TOO_SMALL else "larger"
        yield (
            f"All its grants are {size} than the partnership wishes, which leaves {BUDGET:.0%} of"
            f" the score: {told_score(found.candidate.score, found.threshold, 1):.1f}."
        )


def feedback_words(said: Mapping[str, Any]) -> str:
    """Return which mark moved a score; empty where none did."""
    if not said.get("points"):
        return ""
    way = "higher" if said["points"] > 0 else "lower"
    return f"{way} because you marked “{said['title']}” as {MARKED[Mark(said['mark'])]}"


MARKED = {
    Mark.USEFUL: "useful",
    Mark.NOT_FOR_US: "not for you",
    Mark.KNOWN: "already known",
}

_USES = {
    Use.TOWNS: "is made for towns, citizens or their services",
    Use.OFTEN: "is open to towns among others",
    Use.MIXED: "is not known to be more or less for towns than others",
    Use.SELDOM: "is mostly for research and technology",
    Use.HARDLY: "is hardly ever for towns",
}


def _use(fit: Mapping[str, Any]) -> str:
    return f"{fit['programme'] or 'its programme'} {_USES[Use(fit['use'])]}"


def _speaks_of(words: Sequence[str], whom: str) -> str:
    return f"it speaks of {', '.join(words)}" if words else f"it does not speak of {whom}"
