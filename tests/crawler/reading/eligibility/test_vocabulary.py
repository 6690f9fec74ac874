"""The files of words: sound as they are, and every mistake in one is told by file and field."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from crawler.reading.eligibility.far_countries import cldr, far_countries
from crawler.reading.eligibility.marking import amount, mark
from crawler.reading.eligibility.vocabulary import (
    FOLDER,
    BadVocabulary,
    folded,
    group_members,
    languages,
    load,
    vocabulary,
)
from storage.codes import COUNTRIES
from storage.domain import ApplicantType


@pytest.mark.parametrize("language", languages())
def test_a_file_is_sound_and_tells_a_speaker_how_to_add(language: str) -> None:
    assert vocabulary(language).language == language
    head = (FOLDER / f"{language}.yaml").read_text(encoding="utf-8").splitlines()[:4]
    assert all(line.startswith("# ") for line in head)
    assert "without any code" in " ".join(head)


def test_far_countries_have_the_names_that_cldr_gives_them() -> None:
    assert far_countries() == cldr()


@pytest.mark.parametrize("language", languages())
def test_every_kind_of_applicant_has_words(language: str) -> None:
    text = (FOLDER / f"{language}.yaml").read_text(encoding="utf-8")
    assert all(re.search(rf"^  {kind}: \[\w", text, re.MULTILINE) for kind in ApplicantType)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("least: [at least]\nleest: [x]\n", r"en\.yaml: leest: no such part \(nearest: least"),
        ("countries: {UK: [britain]}\n", r"en\.yaml: countries\.UK: not known"),
        ("countries: [poland]\n", r"en\.yaml: countries: expected names with lists of words"),
        ("applicants: {ngos: [ngo]}\n", r"applicants\.ngos: not known \(nearest: ngo"),
        ("groups: {eu28: [member states]}\n", r"groups\.eu28: not known \(nearest: eu27"),
        ("numbers: {31: [many]}\n", r"numbers\.31: not known"),
        ("currencies: {euro: [euro]}\n", r"currencies\.euro: not known"),
        ("least: at least\n", r"least: expected a list of words"),
        ("least: [at * least]\n", r"least: 'at \* least': expected words, \* only at the end"),
        ("least: ['(']\n", r"least: '\(': expected words"),
        ("least: [", r"en\.yaml: .*line \d"),
        ("- least\n", r"en\.yaml: expected parts with words"),
    ],
)
def test_a_mistake_is_told_by_file_and_field(text: str, told: str, tmp_path: Path) -> None:
    path = tmp_path / "en.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BadVocabulary, match=told):
        load(path)


def test_a_file_is_named_after_a_language(tmp_path: Path) -> None:
    path = tmp_path / "xx.yaml"
    path.write_text("least: [at least]\n", encoding="utf-8")
    with pytest.raises(BadVocabulary, match=r"xx\.yaml: named after no language"):
        load(path)
    with pytest.raises(BadVocabulary, match="missing"):
        load(tmp_path / "missing" / "en.yaml")


def test_the_longest_entry_wins() -> None:
    kinds = [m.kind for m in mark("associations of municipalities", vocabulary("en")).marks]
    assert kinds == ["type"]
    (found,) = mark("associations of municipalities", vocabulary("en")).of("type")
    assert found.value == "association_of_local_authorities"


def test_groups_hold_countries() -> None:
    assert group_members()["eu27"][:3] == ("AT", "BE", "BG")
    assert all(set(members) <= COUNTRIES for members in group_members().values())


@pytest.mark.parametrize(
    ("word", "plain"),
    [
        ("об’єднання", "обєднання"),
        ("ОБ'ЄДНАННЯ", "обєднання"),
        ("𝐂𝐢𝐭𝐢𝐞𝐬", "cities"),
        ("E\u0301tat", "état"),
        ("mu\u00adnicipality", "municipality"),
    ],
)
def test_words_are_compared_as_they_are_meant(word: str, plain: str) -> None:
    assert folded(word) == plain


@pytest.mark.parametrize(
    ("text", "scaled", "value"),
    [
        ("15.605.083", False, 15605083),
        ("15 605 083", False, 15605083),
        ("1\u202f500\u00a0000", False, 1500000),
        ("12,000,000.00", False, 12000000),
        ("12.000.000,50", False, 12000000.5),
        ("40.000", False, 40000),
        ("1,5", True, 1.5),
        ("1,500", True, 1.5),
        ("0,500", False, 0.5),
        ("2'000'000", False, 2000000),
        ("7", False, 7),
    ],
)
def test_amounts(text: str, *, scaled: bool, value: float) -> None:
    assert amount(text, scaled=scaled) == value
