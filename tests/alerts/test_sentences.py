"""Everything an assessment finds missing can be said in Ukrainian."""

from __future__ import annotations

import ast
import itertools
import re
from pathlib import Path

import pytest

from alerts.duties import is_duty
from alerts.sentences import missing, rules
from alerts.tongue import tongue
from classifier.assessment import assess
from classifier.consortium import Shortfall
from classifier.together import IN_THE_CALL
from classifier.wording import APPLICANTS, countries, lacking
from storage.domain import (
    About,
    ApplicantType,
    Call,
    Criterion,
    Effect,
    Eligibility,
    Partner,
    Partnership,
    Programme,
)
from tests.alerts.world import MONDAY, TOWNS, call

UK = tongue("uk")
CLASSIFIER = Path(__file__).resolve().parents[2] / "classifier"


@pytest.mark.parametrize(
    ("english", "ukrainian", "check"),
    [
        ("one partner from another country", "один партнер з іншої країни", False),
        ("one partner from Poland", "один партнер з Польщі", False),
        ("2 more partners from Slovakia", "ще 2 партнери зі Словаччини", False),
        ("5 more partners", "ще 5 партнерів", False),
        ("an applicant from Poland or Romania", "заявник з Польщі або з Румунії", False),
        ("an applicant from an EU Member State", "заявник із держави — члена ЄС", False),
        (
            "a partner from one of 31 countries (AT, BE)",
            "партнер з однієї з 31 країни (AT, BE)",
            False,
        ),
        (
            "3 more partners, two of them from another country",
            "ще 3 партнери, з них 2 з іншої країни",
            False,
        ),
        (
            "2 more partners from 2 more countries, one of them from an EU Member State",
            "ще 2 партнери з інших країн (2), з них 1 із держави — члена ЄС",
            False,
        ),
        ("a school or an NGO as partner", "школа або громадська організація як партнер", False),
        ("2 more partners: schools and NGOs", "ще 2 партнери: школи та громадські організації",
         False),
        ("Verbove (UA) applies by itself", "Verbove (UA) подає заявку самостійно", False),
        (
            "Verbove (UA) applies without Lublin (PL) and Lindental (DE)",
            "заявку подає лише Verbove (UA); без участі: Lublin (PL) та Lindental (DE)",
            False,
        ),
        (
            "Verbove (UA) must lie in Sumy Oblast (UA-59) or Lviv Oblast (UA-46)",
            ("Verbove (UA): треба належати до такого регіону: Сумська область (UA-59) або"
            " Львівська область (UA-46)"),
            False,
        ),
        ("check whether a school may apply", "чи може подавати заявку школа", True),
        (
            "check in the call document whether the call names Ukraine",
            "у документах конкурсу — чи згадує конкурс Україну",
            True,
        ),
        (
            "check 3 more sentences of the call's conditions",
            "ще 3 речення з умов конкурсу",
            True,
        ),
        (
            "check whether Moldova takes part in LIFE",
            "чи бере участь у програмі LIFE така країна: Молдова",
            True,
        ),
    ],
)  # fmt: skip
def test_what_is_missing_is_said_in_ukrainian(english: str, ukrainian: str, check: bool) -> None:  # noqa: FBT001
    said = missing(UK, english)
    assert (said.text, said.check, said.english) == (ukrainian, check, False)
    plain = missing(tongue("en"), english)
    assert plain.text == english.removeprefix("check ")
    assert plain.check is check


def test_the_words_of_a_call_stand_apart_from_ours() -> None:
    said = missing(UK, "check in the call: “Only “small” towns.”")
    assert (said.text, said.quote) == ("в оголошенні:", "Only “small” towns.")
    assert said.check
    assert not said.english
    assert missing(tongue("en"), "in the call: “Only towns.”").text == "in the call:"


def test_a_sentence_nobody_knows_stays_english_and_is_marked() -> None:
    said = missing(UK, "a permit of the river authority")
    assert said.english
    assert said.text == "a permit of the river authority"


def test_every_lack_of_partners_can_be_said() -> None:
    sides = ["an EU Member State", countries(["PL"], rules()), countries(["PL", "SK"], rules())]
    sides.append(countries(list(rules().countries)[:12], rules()))
    unsaid = set()
    for entities, new, home, have in itertools.product(range(5), range(4), range(4), range(4)):
        short = Shortfall(entities, new, home, have)
        if not short:
            continue
        for side in sides:
            sentence = lacking(short, side)
            if missing(UK, sentence).english:
                unsaid.add(sentence)
    assert not unsaid


def test_every_country_and_every_body_can_be_said() -> None:
    for code in rules().countries:
        assert not missing(UK, f"a partner from {countries([code], rules())}").english, code
    for one, many in APPLICANTS.values():
        assert not missing(UK, f"{one} as partner").english
        assert not missing(UK, f"2 more partners: {many}").english


def test_every_sentence_in_the_classifier_has_a_form_here() -> None:
    sentences = set(written_in_the_classifier())
    assert len(sentences) > 20
    assert not {one for one in sentences if not is_duty(one) and missing(UK, one).english}


def written_in_the_classifier() -> list[str]:
    """Every text that the classifier gives to something called ``missing``, its fields filled."""
    found = []
    for path in sorted(CLASSIFIER.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Assign):
                names = [getattr(one, "id", "") for one in node.targets]
                for target in node.targets:
                    if isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
                        pairs = zip(target.elts, node.value.elts, strict=True)
                        found += [
                            text
                            for name, value in pairs
                            if getattr(name, "id", "") == "missing"
                            for text in texts(value)
                        ]
                if "missing" in names:
                    found += texts(node.value)
            elif isinstance(node, ast.keyword) and node.arg == "missing":
                found += texts(node.value)
    return found


FILLED = {
    "IN_THE_CALL": IN_THE_CALL,
    "wording.kind(partner)": "a school",
    "wording.place(alone.partner)": "Verbove (UA)",
    "gone": "Lublin (PL)",
    "left": "Verbove (UA)",
    "who": "Verbove (UA)",
    "list_": "Poland",
    "named": "Sumy Oblast (UA-59)",
    "own": "a school",
    "here": "Moldova",
    "rule.name": "LIFE",
    "self.rule.check": "whether the call names Ukraine",
    "words": "“Only towns.”",
    "count": "4",
    "lack": "2",
    "wording.kinds(types)": "schools",
    "_list(codes)": "Sumy Oblast (UA-59)",
    "_places(area, codes, self.rules)": "Sumy Oblast (UA-59)",
}


def texts(node: ast.expr) -> list[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return [node.value]
    if isinstance(node, ast.IfExp):
        return texts(node.body) + texts(node.orelse)
    if isinstance(node, ast.JoinedStr):
        said = ""
        for part in node.values:
            if isinstance(part, ast.Constant):
                said += str(part.value)
            elif isinstance(part, ast.FormattedValue):
                name = ast.unparse(part.value)
                assert name in FILLED, f"what stands for {name} in a sentence? add it to FILLED"
                said += FILLED[name]
        if said == "Poland as partner":  # there the list is one of bodies
            said = "a school as partner"
        return [said]
    return []


def test_real_assessments_of_every_programme_can_be_said() -> None:
    """Not the sentences one by one, but what assessing really gives."""
    groups = [
        TOWNS,
        Partnership("x", "X", (Partner("Mist", "UA", region="UA-59"), Partner("Ort", "MD"))),
        Partnership("y", "Y", (Partner("Mist", "UA", ApplicantType.SCHOOL), Partner("Ort", "FR"))),
    ]
    criteria = [
        (),
        (Criterion(About.COUNTRY, Effect.ALLOWS, ("PL",), words="From Poland."),),
        (Criterion(About.REGION, Effect.ALLOWS, ("UA-63", "PL814"), words="Two regions."),),
        (Criterion(About.REGION, Effect.REQUIRES, ("UA-63",), words="From Kharkiv."),),
        (Criterion(About.APPLICANT, Effect.ALLOWS, ("school", "ngo"), words="Schools."),),
        (Criterion(About.APPLICANT, Effect.REQUIRES, ("hospital",), min_partners=2),),
        (Criterion(About.CONSORTIUM, Effect.REQUIRES, min_partners=6, min_countries=4),),
        (Criterion(About.COFINANCING, Effect.REQUIRES, rate=0.2, share_of="own"),),
        (Criterion(About.COFINANCING, Effect.REQUIRES, rate_min=0.1, share_of="own"),),
        (Criterion(About.GENDER, Effect.REQUIRES, words="A plan."),),
        (Criterion(About.OTHER, Effect.REQUIRES, words="A permit."),),
    ]
    unsaid: set[str] = set()
    asked = 0
    names = [rule.name for rule in rules().programmes.values()]
    for code, some in itertools.product(names, criteria):
        one: Call = call(
            re.sub(r"\W+", "-", code),
            f"{code}: a call",
            programme=Programme(code, code),
            eligibility=Eligibility(some, ("Applicants must be established in the area.",)),
        )
        for group in groups:
            for sentence in assess(one, group, rules(), MONDAY).missing:
                asked += 1
                if not is_duty(sentence) and missing(UK, sentence).english:
                    unsaid.add(sentence)
    assert asked > 1000
    assert not unsaid
