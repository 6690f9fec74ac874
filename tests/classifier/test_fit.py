"""Whom a call is for, and where."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from classifier.fit import BadFit, Use, Words, load_fit, read_fit
from classifier.geography import elsewhere, places
from classifier.programmes import Rules
from storage.domain import Kind
from tests.classifier.towns import call


def test_every_programme_stands_in_the_file_and_no_other(rules: Rules) -> None:
    assert set(load_fit().uses) == set(rules.programmes)


def test_a_call_for_towns_and_one_for_laboratories(rules: Rules) -> None:
    fit = load_fit()
    town = replace(
        call("CERV-2027-CITIZENS-TOWN-TT", "Town twinning"),
        description="Municipalities and their citizens meet; local authorities apply.",
    )
    lab = replace(
        call("EDF-2027-RA-1", "Sensors for laboratories"),
        description="Universities and companies develop prototypes; doctoral students are paid.",
    )
    for_towns, for_labs = fit.of(town, rules), fit.of(lab, rules)
    assert for_towns.use is Use.TOWNS
    assert for_labs.use is Use.HARDLY
    assert for_towns.programme > for_labs.programme
    assert for_towns.towns > for_labs.towns
    assert for_labs.specialists > for_towns.specialists
    assert "municipalities" in for_towns.town_words
    assert "universities" in for_labs.specialist_words


def test_an_unknown_programme_says_nothing(rules: Rules) -> None:
    found = load_fit().of(replace(call("X-1", "Something"), description=None), rules)
    assert (found.use, found.programme, found.towns, found.specialists) == (Use.MIXED, 0, 0, 0)


def test_words_are_whole_and_phrases_are_together() -> None:
    words = Words(["local authorit*", "city", "громад*"])
    assert words.found("Local authorities of the City; громади") == [
        "local authorities", "city", "громади",
    ]  # fmt: skip
    assert words.found("capacity, local shops, authorities") == []


@pytest.mark.parametrize(
    ("said", "wrong"),
    [
        ([], "expected programmes and words"),
        ({"programmes": {"best": []}, "words": {}}, "expected one of towns, often"),
        ({"programmes": {"towns": ["a"], "often": ["a"]}, "words": {}}, "a is there twice"),
        ({"programmes": {}, "words": {}}, "expected towns and specialists"),
        ({"programmes": {}, "words": {"towns": [], "specialists": ["a"]}}, "expected a list"),
    ],
)
def test_a_bad_file_is_refused_by_name(said: Any, wrong: str) -> None:
    with pytest.raises(BadFit, match=wrong):
        read_fit(said)


@pytest.mark.parametrize(
    ("title", "place"),
    [
        ("Support to civil society in Ghana", "Ghana"),
        ("Appui à la société civile au Maroc", "Maroc"),
        ("Civil society in Papua New Guinea", "Papua New Guinea"),
        ("Exchanges in Sub-Saharan Africa", "Sub-Saharan Africa"),
        ("Start-ups registered in Estonia", "Estonia"),
        ("Schools of Poland and Slovakia", ""),
        ("Towns of Ukraine and Moldova", ""),
        ("Українські громади та Грузія", ""),
        ("Towns of Ghana and the European Union", ""),
        ("Water for towns", ""),
        ("a china cup and a turkey", ""),
    ],
)
def test_a_call_tied_to_another_country_is_noticed(title: str, place: str) -> None:
    found = places(call("X-1", title))
    assert found.elsewhere(["UA", "PL"]) == place
    assert elsewhere([found], ["UA", "PL"]).tolist() == [bool(place)]


def test_an_external_action_is_looked_at_beyond_its_title() -> None:
    text = "The action takes place in Malawi."
    grant = replace(call("X-1", "Green growth"), description=text)
    assert places(grant).elsewhere(["UA"]) == ""
    assert places(replace(grant, kind=Kind.EXTERNAL_ACTION)).elsewhere(["UA"]) == "Malawi"
