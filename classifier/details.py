"""Everything that explains a match later, as it is stored beside it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from classifier.comparing import Comparison
from classifier.geography import homes
from classifier.glossary import in_english
from classifier.judging import Candidate
from classifier.lexical import spoken, tokens
from classifier.preparing import Prepared
from classifier.reasons import Reason
from classifier.routes import Interest
from classifier.scoring import Sign, weights
from classifier.texts import LONGEST_TITLE, shortened, tidy
from classifier.theme_scores import COUNTS, Profile
from classifier.themes import load_themes
from storage.matches import Details


def details_of(
    ready: Prepared,
    comparison: Comparison,
    one: Candidate,
    reasons: Sequence[Reason],
    notes: Sequence[str],
) -> Details:
    row = one.row
    route = comparison.route(row)
    values = comparison.values(row)
    alone = comparison.unknown(row) or route.space != comparison.routes.models.english
    points = weights().points(values, alone=alone)
    fit = ready.corpus.signals.fits[row]
    home = homes(comparison.partnership)
    feedback = _feedback(ready, comparison, row)
    return {
        "compared": one.call.id,
        "version": one.call.version,
        "threshold": one.line,
        "interest": route.interest.language,
        "encoders": {
            "interest": route.reader.fingerprint,
            "calls": route.space.fingerprint,
            "bridge": route.bridge is not None,
        },
        "parts": {
            **{sign.value: round(values[sign], 3) for sign in Sign},
            "title_only": bool(ready.corpus.title_only[row]),
            "same_language": comparison.speaks_its_language(row),
            "feedback": feedback["points"],
            "before_wishes": round(comparison.score(row), 2),
            "budget": one.misfit.value if one.misfit else None,
        },
        "points": {sign.value: round(added, 2) for sign, added in points.items()},
        "themes": _themes(ready, comparison, row),
        "fit": {
            "use": fit.use.value,
            "programme": fit.programme_name,
            "towns": list(fit.town_words),
            "specialists": list(fit.specialist_words),
        },
        "feedback": feedback,
        "elsewhere": ready.corpus.signals.places[row].elsewhere(home),
        "at_home": ready.corpus.signals.places[row].at_home(home),
        "words": _shared_words(ready, route.interest, row),
        "reasons": [reason.to_json() for reason in reasons],
        "notes": list(notes),
    }


def _feedback(ready: Prepared, comparison: Comparison, row: int) -> dict[str, Any]:
    """Return what feedback adds to a call, and the marked call that speaks loudest."""
    learnt = comparison.taste
    if learnt is None or learnt.because[row] < 0:
        return {"points": 0.0}
    marked = int(learnt.because[row])
    call = ready.corpus.calls[marked]
    return {
        "points": round(float(learnt.points[row]), 3),
        "mark": learnt.marks[marked].value,
        "call": call.id,
        "title": shortened(tidy(call.title), LONGEST_TITLE),
    }


def _shared_words(ready: Prepared, interest: Interest, row: int) -> list[str]:
    """Return the words of the interest that the call says, as the interest writes them."""
    said = spoken(interest.text)
    if not interest.english:
        for english, written in in_english(interest.text, interest.language).items():
            for word in tokens(english):
                said.setdefault(word, written)
    shared = ready.corpus.lexicon.shared(said, row)
    return list(dict.fromkeys(said[word] for word in shared))


def _themes(ready: Prepared, comparison: Comparison, row: int) -> list[str]:
    """Return the themes that call and partnership have in common, the strongest first."""
    profile, of_call = comparison.profile(row), ready.themes_of(comparison.route(row), row)
    both = profile.scores * of_call
    every = [number for number in range(len(both)) if _about(profile, of_call, number)]
    ids = load_themes().ids
    return [ids[number] for number in sorted(every, key=lambda number: -both[number])]


def _about(profile: Profile, of_call: Any, number: int) -> bool:
    return bool(profile.scores[number] >= COUNTS and of_call[number] >= COUNTS)
