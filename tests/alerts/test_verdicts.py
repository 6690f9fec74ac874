"""What an assessment means is said in plain words: may we, who leads, what is missing."""

from __future__ import annotations

import pytest

from alerts.tongue import tongue
from alerts.verdicts import verdict
from storage.domain import (
    About,
    Assessment,
    Finding,
    Partner,
    Partnership,
    Result,
    Role,
    Verdict,
)

EN, UK = tongue("en"), tongue("uk")
PAIR = Partnership("p", "P", (Partner("Verbove", "UA"), Partner("Lublin", "PL")))
THREE = Partnership("t", "T", (*PAIR.partners, Partner("Ozerne", "UA")))
LEAD, PARTNER = Role.LEAD, Role.PARTNER


def said(
    found: Verdict, *roles: Role, missing: tuple[str, ...] = (), advice: str = "", of=PAIR
) -> tuple[str, str]:
    findings = (Finding(About.ROLE, Result.UNKNOWN, advice),) if advice else ()
    names = [partner.name for partner in of.partners]
    assessment = Assessment(found, dict(zip(names, roles, strict=False)), missing, findings)
    both = [verdict(t, assessment, of) for t in (EN, UK)]
    return tuple(f"{one.headline} {one.roles}".strip() for one in both)  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("told", "english", "ukrainian"),
    [
        (
            said(Verdict.ELIGIBLE, PARTNER, LEAD),
            "You may apply together. Lublin should lead; partner: Verbove.",
            "Ви можете подати спільну заявку. Провідний партнер: Lublin; партнер: Verbove.",
        ),
        (
            said(Verdict.ELIGIBLE, LEAD, LEAD),
            "You may apply together. Any of these may lead: Verbove or Lublin.",
            "Ви можете подати спільну заявку. Провідним партнером може бути: Verbove або Lublin.",
        ),
        (
            said(
                Verdict.ELIGIBLE,
                LEAD,
                LEAD,
                advice="Let Lublin (PL) lead: that Verbove (UA) may lead is likely, not sure.",
            ),
            "You may apply together. Lublin should lead; partner: Verbove.",
            "Ви можете подати спільну заявку. Провідний партнер: Lublin; партнер: Verbove.",
        ),
        (
            said(Verdict.ELIGIBLE_IF, PARTNER, LEAD, missing=("one more partner",)),
            (
                "You may apply together once what is missing is found. Lublin should lead; partner:"
                " Verbove."
            ),
            (
                "Ви зможете подати спільну заявку, щойно знайдете те, чого бракує."
                " Провідний партнер: Lublin; партнер: Verbove."
            ),
        ),
        (
            said(Verdict.ELIGIBLE_IF, PARTNER, LEAD, missing=("check whether a town may apply",)),
            (
                "You can probably apply together; a look at the conditions settles it. Lublin"
                " should lead; partner: Verbove."
            ),
            (
                "Імовірно, ви можете подати спільну заявку; остаточно це видно з умов конкурсу."
                " Провідний партнер: Lublin; партнер: Verbove."
            ),
        ),
        (
            said(Verdict.ELIGIBLE_IF, LEAD, Role.NONE, missing=("apply without Lublin (PL)",)),
            (
                "Possible without one side; who may apply: Verbove. Verbove should lead; may not"
                " take part: Lublin."
            ),
            (
                "Можливо лише без однієї зі сторін; хто може подати заявку: Verbove. Провідний"
                " партнер: Verbove; не може брати участь: Lublin."
            ),
        ),
        (
            said(Verdict.UNCLEAR, Role.UNCLEAR, Role.UNCLEAR),
            "It is not clear whether you may apply.",
            "Неясно, чи можете ви подати заявку.",
        ),
        (
            said(Verdict.NOT_ELIGIBLE, Role.NONE, LEAD),
            "You may not apply.",
            "Ви не можете подати заявку.",
        ),
        (
            said(Verdict.ELIGIBLE, PARTNER, LEAD, Role.ASSOCIATE, of=THREE),
            (
                "You may apply together. Lublin should lead; partner: Verbove; named without a"
                " share of the grant: Ozerne."
            ),
            (
                "Ви можете подати спільну заявку. Провідний партнер: Lublin; партнер: Verbove;"
                " учасник без частки гранту: Ozerne."
            ),
        ),
        (
            said(Verdict.ELIGIBLE, PARTNER, LEAD, PARTNER, of=THREE),
            "You may apply together. Lublin should lead; partners: Verbove and Ozerne.",
            (
                "Ви можете подати спільну заявку. Провідний партнер: Lublin; партнери: Verbove та"
                " Ozerne."
            ),
        ),
    ],
)
def test_verdicts(told: tuple[str, str], english: str, ukrainian: str) -> None:
    assert told == (english, ukrainian)
