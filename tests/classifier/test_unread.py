"""Text that no reader has understood: pointers let the rule speak, the rest leaves a doubt."""

from __future__ import annotations

import pytest

from classifier.assessment import assess
from classifier.programmes import Rules
from classifier.rulebook import Doubt
from classifier.unread import read_unread
from storage.domain import About, Criterion, Effect
from tests.classifier.towns import NOW, PAIR, POINTERS, call, requires

LIFE = "LIFE-2027-SAP-CLIMA-GOV"


@pytest.mark.parametrize(
    "sentence",
    [
        "2. Eligible Countries: described in Annex B of the General Annexes.",
        "Eligible countries are set out in section 6 of the call document.",
        "3. Other Eligible Conditions: See the call document.",
        "Please consult the guidelines for applicants, section 2.1.",
        "Specific conditions: None beyond those above; see the call document.",
        "Specific conditions: described in the [specific topic of the Work Programme]",
        "4. Financial and operational capacity and exclusion: Only solvent applicants may apply.",
        "Application and evaluation forms: Only the form of the portal may be used.",
        "3. Other Eligible Conditions: [1] A note that must only explain a word.",
        "The following additional eligibility criteria apply:",
        "The Joint Research Centre (JRC) may join the consortium without funding.",
        "",
    ],
)
def test_nothing_to_doubt(sentence: str, rules: Rules) -> None:
    assert read_unread(rules.phrases, (sentence,)).doubtful == ()
    assert assess(call(LIFE, unread=[sentence]), PAIR, rules, NOW).verdict == "eligible"


@pytest.mark.parametrize(
    ("sentence", "known", "doubt", "verdict"),
    [
        (
            "Participation is restricted to legal entities established in Member States.",
            "country_restriction",
            Doubt.HIGH,
            "unclear",
        ),
        (
            "Regional authorities are not expected to participate directly in the consortium.",
            "towns_not_applicants",
            Doubt.HIGH,
            "unclear",
        ),
        (
            "At least three authorities in charge of disaster risk must take part.",
            "national_body",
            Doubt.HIGH,
            "unclear",
        ),
        (
            "One of the towns must be one of the 112 cities of the mission.",
            "mission_city",
            Doubt.HIGH,
            "unclear",
        ),
        (
            "Three cities, each from different Member States or Associated Countries, take part.",
            "cities_needed",
            Doubt.LOW,
            "eligible_if",
        ),
        (
            "Proposals come from at least three applicants from three eligible countries.",
            "applicants_needed",
            Doubt.LOW,
            "eligible_if",
        ),
        (
            "Local authorities must be located in a LIFE eligible country.",
            "towns_in_eligible_country",
            Doubt.NONE,
            "eligible",
        ),
        ("One pilot site lies in Ukraine.", "ukraine_named", Doubt.LOW, "eligible_if"),
        ("Applicants own a harbour with a lighthouse.", None, Doubt.LOW, "eligible_if"),
        (
            "Countries are described in Annex B, except that only islands may apply.",
            None,
            Doubt.LOW,
            "eligible_if",
        ),
    ],
)
def test_sentences_that_leave_a_doubt(
    sentence: str, known: str | None, doubt: Doubt, verdict: str, rules: Rules
) -> None:
    (item,) = read_unread(rules.phrases, (sentence,)).doubtful
    assert (item.telling and item.telling.id, item.doubt) == (known, doubt)
    assessment = assess(call(LIFE, unread=[*POINTERS, sentence]), PAIR, rules, NOW)
    assert assessment.verdict == verdict
    named = any(sentence in missing for missing in assessment.missing)
    assert named == (verdict != "eligible")
    assert [f.words for f in assessment.findings if f.about == "other"] == [sentence]


def test_headings_count_only_with_a_colon(rules: Rules) -> None:
    sentence = "Conditions of the islands decide who may apply."
    assert len(read_unread(rules.phrases, (sentence,)).doubtful) == 1


def test_only_the_doubtful_sentence_of_a_paragraph_is_named(rules: Rules) -> None:
    paragraph = (
        "3. Other Eligible Conditions: The following additional eligibility criteria apply: "
        "Applicants own a harbour. See the call document."
    )
    (item,) = read_unread(rules.phrases, (paragraph,)).doubtful
    assert "harbour" in item.sentence


def test_unread_text_never_makes_a_no(rules: Rules) -> None:
    hostile = "Bodies from Ukraine are not eligible and must not apply."
    assessment = assess(call(LIFE, unread=[hostile]), PAIR, rules, NOW)
    assert assessment.verdict in ("unclear", "eligible_if")


def test_a_no_by_rule_is_unclear_when_the_call_speaks_of_ukraine(rules: Rules) -> None:
    opportunity = call("DIGITAL-ECCC-2027-CYBER", unread=["Entities from Ukraine may take part."])
    assert assess(opportunity, PAIR, rules, NOW).verdict == "unclear"
    opportunity = call("DIGITAL-ECCC-2027-CYBER", unread=["Entities with a harbour may take part."])
    assert assess(opportunity, PAIR, rules, NOW).verdict == "not_eligible"


def test_many_sentences_are_counted_not_quoted(rules: Rules) -> None:
    sentences = [f"Applicants own a harbour of the length {number}." for number in range(10)]
    assessment = assess(call(LIFE, unread=sentences), PAIR, rules, NOW)
    assert len(assessment.missing) == 4
    assert assessment.missing[-1] == "check 7 more sentences of the call's conditions"


def test_long_sentences_are_cut_at_a_word(rules: Rules) -> None:
    sentence = "Applicants own a harbour " + "with a lighthouse " * 40
    (missing,) = assess(call(LIFE, unread=[sentence]), PAIR, rules, NOW).missing
    assert len(missing) < 240
    assert missing.endswith("with a …”")


def test_what_is_told_of_every_programme_leaves_no_doubt(rules: Rules) -> None:
    for sentence in (
        "To be eligible, the applicants must:",
        "Bodies that do not have legal personality under their law may exceptionally take part.",
        "EU bodies cannot be part of the consortium.",
        "Special rules apply to those under EU restrictive measures; such must not take part.",
        "Entities composed of members may take part as sole beneficiaries.",
        "2. Stödberättigade länder: beskrivs i avsnitt 6 i utlysningen.",
    ):
        assert read_unread(rules.phrases, (sentence,)).doubtful == ()


def test_a_known_meaning_counts_although_a_number_was_read(rules: Rules) -> None:
    words = "At least 3 authorities in charge of disaster risk from 3 countries must take part."
    three = requires(About.CONSORTIUM, partners=3, countries=3, words=words)
    opportunity = call("HORIZON-CL3-2027-01-DRS-09", criteria=[three])
    assessment = assess(opportunity, PAIR, rules, NOW)
    assert assessment.verdict == "unclear"
    assert any("national ones" in f.explanation for f in assessment.findings)
    plain = requires(About.CONSORTIUM, partners=3, countries=3, words="Three from three countries.")
    assert assess(
        call("HORIZON-CL3-2027-01-DRS-09", criteria=[plain]), PAIR, rules, NOW
    ).verdict == ("eligible_if")


def test_a_list_is_open_where_others_are_admitted_when_needed(rules: Rules) -> None:
    listed = Criterion(
        About.COUNTRY, Effect.ALLOWS, ("PL", "LT"), words="open to Poland, Lithuania"
    )
    others = "Entities from other countries (not listed above) are exceptionally eligible."
    closed = assess(call("2027-7", criteria=[listed]), PAIR, rules, NOW)
    open_ = assess(call("2027-7", criteria=[listed], unread=[others]), PAIR, rules, NOW)
    assert (closed.verdict, open_.verdict) == ("not_eligible", "unclear")
    assert others in {finding.words for finding in open_.findings}
