"""The rules files: complete, consistent, explained, and safe to run."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path

import pytest
import yaml

from classifier.certainty import Certainty, weakest
from classifier.patterns import safe_pattern
from classifier.programmes import FOLDER, ProgrammeRule, Rules, main
from classifier.region_names import region_name, region_names
from classifier.rulebook import May, Proof, Status, Territory
from crawler.reading.eligibility.vocabulary import FOLDER as ELIGIBILITY

Edit = Callable[..., Path]
CITIZENS = "programmes/citizens.yaml"


def proofs(thing: object) -> Iterator[Proof]:
    if isinstance(thing, Proof):
        yield thing
    elif is_dataclass(thing):
        for field in fields(thing):
            yield from proofs(getattr(thing, field.name))
    elif isinstance(thing, tuple):
        for item in thing:
            yield from proofs(item)


def test_every_programme_is_there(rules: Rules) -> None:
    assert len(rules.programmes) == 84
    assert {rule.chapter for rule in rules.programmes.values()} == {
        path.stem for path in (FOLDER / "programmes").glob("*.yaml")
    }


def test_every_source_is_named_and_every_name_is_a_source(rules: Rules) -> None:
    named = {src for rule in rules.programmes.values() for p in proofs(rule) for src in p.src}
    named |= {src for group in rules.groups.values() for src in group.proof.src}
    named |= {src for telling in rules.phrases.telling for src in telling.proof.src}
    named |= {"katottg", "pycountry"}  # named by oblasts.yaml as a whole
    assert named == set(rules.sources)


def test_what_is_from_memory_names_no_source(rules: Rules) -> None:
    for rule in rules.programmes.values():
        for proof in proofs(rule):
            assert not (proof.cert is Certainty.MEMORY and proof.src), rule.id


def test_sentences_are_short_and_fit_a_letter(rules: Rules) -> None:
    for rule in rules.programmes.values():
        assert 20 < len(rule.why) < 180, rule.id
        assert rule.why.endswith("."), rule.id
        assert rule.check is None or not rule.check.endswith("."), rule.id
        assert rule.check is None or rule.check[0].islower(), rule.id


def test_patterns_are_anchored_and_told_apart_by_capitals(rules: Rules) -> None:
    for rule in rules.programmes.values():
        pattern = rule.match.identifier
        assert pattern is None or (pattern.pattern[0] == "^" and not pattern.flags & re.IGNORECASE)


def test_no_pair_is_enough_where_more_are_needed(rules: Rules) -> None:
    for rule in rules.programmes.values():
        assert not rule.pair or (rule.minimum.entities or 0) <= 2, rule.id


def test_missions_borrow_the_actions_of_horizon(rules: Rules) -> None:
    assert (
        rules.programmes["horizon_missions"].actions == rules.programmes["horizon_europe"].actions
    )


def test_groups_hold_what_programmes_say(rules: Rules) -> None:
    associated = [r for r in rules.programmes.values() if r.ukraine.status is Status.ASSOCIATED]
    assert len(associated) == 23
    for rule in associated:
        members = {code for name in rule.groups or () for code in rules.groups[name].members}
        assert "UA" in members, rule.id
    assert len(rules.eu) == 27
    assert "UA" not in rules.groups["erasmus_programme_countries"].members
    assert rules.groups["cerv_associated"].uncertain == {"MK", "ME", "MD"}


def test_norway_is_no_false(rules: Rules) -> None:
    assert "NO" in rules.groups["efta"].members


def test_oblasts_differ_in_their_two_numberings(rules: Rules) -> None:
    assert len(rules.oblasts) == 27
    differing = {code for code, oblast in rules.oblasts.items() if code[3:] != oblast.katottg}
    assert differing == {"UA-43", "UA-09", "UA-77", "UA-30", "UA-40"}


def test_every_region_that_calls_or_programmes_name_has_its_name(rules: Rules) -> None:
    read = yaml.safe_load((ELIGIBILITY / "regions.yaml").read_text(encoding="utf-8"))
    codes = {code for part in read.values() for code in part}
    areas = [rule.eu_regions.codes for rule in rules.programmes.values() if rule.eu_regions]
    codes |= {code for area in areas for code in area}
    assert len(codes) > 200
    assert not sorted(code for code in codes if region_name(code) == code)
    for area in areas:  # one place is called alike in both files
        assert {code: region_names()[code] for code in area} == dict(area)


def test_areas_need_their_lists(rules: Rules) -> None:
    for rule in rules.programmes.values():
        if rule.answer.ua_area is Territory.LISTED_OBLASTS:
            assert rule.ua_regions, rule.id
            assert rule.eu_regions, rule.id


def test_every_word_of_the_files_is_explained_for_officers() -> None:
    page = (FOLDER.parent.parent / "docs" / "programmes.md").read_text(encoding="utf-8")
    for word in (*May, *Status, *Territory, *Certainty):
        assert word is Certainty.STATED or f"`{word}`" in page, word


def test_every_field_of_the_files_is_explained_for_officers() -> None:
    page = (FOLDER.parent.parent / "docs" / "programmes.md").read_text(encoding="utf-8")
    for path in (FOLDER / "programmes").glob("*.yaml"):
        for name in set(re.findall(r"^  (\w+):", path.read_text(encoding="utf-8"), re.MULTILINE)):
            assert name in page or name in ("id", "name"), (path.name, name)


@pytest.mark.parametrize(
    "pattern", ["(a+)+", "(a|b)*", "((a*)b)+", "(?:x{2,})+", r"(a)\1", "(", "a" * 301, " "]
)
def test_patterns_that_may_run_for_hours_are_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match=r"regular expression|at most"):
        safe_pattern(pattern)


@pytest.mark.parametrize(
    "pattern", [r"^A-(?!B|.*C)", "(a|b)?c", r"[+*]{2,}", r"(\(\+\))+", "x{2,5}"]
)
def test_patterns_that_are_fine(pattern: str) -> None:
    assert safe_pattern(pattern).pattern == pattern


def test_the_weakest_certainty() -> None:
    assert weakest([Certainty.SURE, Certainty.MEMORY, Certainty.LIKELY]) is Certainty.MEMORY
    assert weakest([]) is Certainty.STATED
    assert [c for c in Certainty if c.firm] == ["stated", "sure", "likely"]


def test_the_check_for_officers(edited: Edit, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--check"]) == 0
    assert capsys.readouterr().out == "84 programmes, no mistakes\n"
    folder = edited(CITIZENS, "value: true", "value: yes")
    assert main(["--check", str(folder)]) == 1
    told = capsys.readouterr()
    assert not told.out
    assert "cerv_town_twinning.pair_is_enough.value: expected true or false" in told.err


def test_rules_need_no_heavy_libraries() -> None:
    code = (
        "import sys, classifier.assessment, classifier.programmes\n"
        "heavy = {'torch', 'numpy', 'scrapy', 'sqlalchemy', 'sentence_transformers'}\n"
        "sys.exit(str(heavy & set(sys.modules)) if heavy & set(sys.modules) else 0)"
    )
    house = FOLDER.parent.parent
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=house, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_rules_are_read_only(rules: Rules) -> None:
    rule: ProgrammeRule = rules.programmes["life"]
    with pytest.raises(TypeError):
        rules.programmes["life"] = rule  # type: ignore[index]
    with pytest.raises(AttributeError):
        rule.why = "Anything."  # type: ignore[misc]
