"""Whom a call is for, and where."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from classifier.areas import BadAreas, load_areas, load_oblasts, read_areas
from classifier.fit import BadFit, Use, Words, load_fit, read_fit
from classifier.geography import HOME, homes, places, values
from classifier.programmes import Rules
from storage.domain import Kind
from tests.classifier.towns import PAIR, call


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


def test_words_joined_by_a_hyphen_before_a_capital_are_two() -> None:
    words = Words(["scholarship*", "start-up*"])
    assert words.found("ABCproject-Scholarships for start-ups") == ["scholarships", "start-ups"]


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
    assert (values([found], ["UA", "PL"]).tolist() == [1.0]) == bool(place)


def test_an_external_action_is_looked_at_beyond_its_title() -> None:
    text = "The action takes place in Malawi."
    grant = replace(call("X-1", "Green growth"), description=text)
    assert places(grant).elsewhere(["UA"]) == ""
    assert places(replace(grant, kind=Kind.EXTERNAL_ACTION)).elsewhere(["UA"]) == "Malawi"


@pytest.mark.parametrize(
    ("title", "home", "place"),
    [
        ("Young people of the EU Outermost Regions", "UA PL", "the outermost regions"),
        ("Young people of the EU Outermost Regions", "UA FR FRY10", ""),
        ("European towns of the Baltic Sea Region", "UA PL", ""),
        ("European towns of the Baltic Sea Region", "UA RO", "the Baltic Sea region"),
        ("Ports of the Danube region", "UA FR", ""),
        ("European partnerships with Latin America", "UA PL", ""),
        ("Towns of the Western Balkans", "UA PL", "the Western Balkans"),
        ("Towns of the Western Balkans", "UA RS", ""),
        ("Громади Західних Балкан", "UA PL", "the Western Balkans"),
        ("Відбудова шкіл Харківської області", "UA UA-63 PL", ""),
        ("Відбудова шкіл Харківської області", "UA UA-46 PL", "Харківської області"),
        ("Schools of Kharkiv region, Ukraine", "UA UA-46 PL", "Kharkiv region"),
        ("Schools of Kharkiv region, Ukraine", "UA PL", ""),
        ("Deadline 15 Oct: union of towns", "UA PL", ""),
    ],
)
def test_an_area_is_home_to_its_own_towns(title: str, home: str, place: str) -> None:
    assert places(call("X-1", title)).elsewhere(home.split()) == place


def test_a_call_that_names_the_partners_own_place_rises_by_half_a_step() -> None:
    named = places(call("X-1", "Soil health in Ukraine with local experts"))
    assert named.at_home(["UA", "PL"]) == "Ukraine"
    with_others = places(call("X-1", "Ukrainian and Georgian towns"))
    assert with_others.at_home(["UA"]) == "Ukrainian"
    oblast = places(call("X-1", "Roads of Lviv Oblast"))
    assert oblast.at_home(["UA", "UA-46"]) == "Lviv Oblast"
    plain = places(call("X-1", "Soil health"))
    assert values([named, oblast, plain], ["UA", "UA-46"]).tolist() == [HOME, HOME, 0.0]


def test_homes_are_countries_and_regions() -> None:
    assert homes(PAIR) == {"UA", "PL", "UA-59", "PL814"}


def test_every_oblast_is_known_in_its_ukrainian_and_english_name() -> None:
    assert len(set(load_oblasts().values())) == 27
    assert {load_areas()["acp"].name, load_areas()["sahel"].name} == {
        "the countries of Africa, the Caribbean and the Pacific", "Sub-Saharan Africa",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("said", "wrong"),
    [
        ({}, "expected a list of areas"),
        ([{"name": "X", "words": []}], "area 1: expected name, members, words"),
        ([{"name": "X", "members": [False], "words": ["x"]}], "must be lists of words"),
        (
            [
                {"name": "X", "members": ["PL"], "words": ["x"]},
                {"name": "Y", "members": ["PL"], "words": ["X"]},
            ],
            "area 2 .Y.: X is an area already",
        ),
    ],
)
def test_a_bad_file_of_areas_is_refused_by_name(said: Any, wrong: str) -> None:
    with pytest.raises(BadAreas, match=wrong):
        read_areas(said)
