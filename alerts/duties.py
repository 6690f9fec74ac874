"""What a call asks of whoever gets the grant: an own share, and steps towards gender equality.

Neither decides who may apply, so neither counts among what is missing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from alerts.plain import line
from alerts.tongue import Tongue, later
from storage.domain import About, Assessment, Verdict

_CHECK = "check "
_RATE = r"(?P<rate>[\d.]+(?: to [\d.]+)?)"
_SHARE = re.compile(rf"(?P<how>at least |at most |){_RATE} % own share")
_ASKED = re.compile(rf"The call asks for (?P<how>at least |at most |){_RATE} % own share\.")
_PAYS = re.compile(
    r"(?P<programme>.+) pays (?P<rate>.+) % of the costs; the rest is an own share\."
)
_PLAIN = {
    "No own share is asked for.": later("none is asked for"),
    "The grant pays all costs.": later("none: the grant pays all costs"),
}
_HOW = {
    "at least ": later("at least {rate} % of the costs"),
    "at most ": later("at most {rate} % of the costs"),
    "": later("{rate} % of the costs"),
}
GENDER = {
    "a gender equality plan": later("a gender equality plan"),
    "the gender dimension in the project": later("the gender dimension in the project"),
}


def is_duty(missing: str) -> bool:
    """Whether something missing is a duty that comes with the grant."""
    told = line(missing).removeprefix(_CHECK)
    return told in GENDER or _SHARE.fullmatch(told) is not None


def is_near_miss(assessment: Assessment) -> bool:
    """Whether it would fit if something were found first, as a partner from a third country.

    What a look into the call settles, or what comes with the grant, is nothing to be found.
    """
    return assessment.verdict is Verdict.ELIGIBLE_IF and any(
        not line(one).startswith(_CHECK) and not is_duty(one) for one in assessment.missing
    )


def own_share(t: Tongue, assessment: Assessment) -> tuple[str, ...]:
    """Say what of the costs the partners must bear; nothing when nobody says."""
    told = (line(f.explanation) for f in assessment.findings if f.about is About.COFINANCING)
    return tuple(dict.fromkeys(said for one in told if (said := _share(t, one))))


def _share(t: Tongue, told: str) -> str:
    if told in _PLAIN:
        return t.say(_PLAIN[told])
    if found := _ASKED.fullmatch(told):
        return t.say(_HOW[found["how"]], rate=rate(t, found["rate"]))
    if found := _PAYS.fullmatch(told):
        return _paid(t, found["programme"], found["rate"])
    return ""  # a condition in words of its own; it stands under what to check


def _paid(t: Tongue, programme: str, share: str) -> str:
    if share.startswith("up to "):
        share = rate(t, share.removeprefix("up to "))
        return t.say(
            "{programme} pays up to {rate} % of the costs", programme=programme, rate=share
        )
    return t.say("{programme} pays {rate} % of the costs", programme=programme, rate=rate(t, share))


def rate(t: Tongue, value: str) -> str:
    """``12,5–20`` for ``12.5 to 20``."""
    return value.replace(" to ", "–").replace(".", t.decimal)


def gender(t: Tongue, assessment: Assessment) -> tuple[str, ...]:
    """Say what is asked on the equality of women and men, once each."""
    return tuple(t.say(said) for one, said in GENDER.items() if _asked(assessment, one))


def _asked(assessment: Assessment, what: str) -> bool:
    if what in {line(one).removeprefix(_CHECK) for one in assessment.missing}:
        return True
    asked: Iterator[str] = (f.explanation for f in assessment.findings if f.about is About.GENDER)
    return f"The call asks for {what}." in {line(one) for one in asked}
