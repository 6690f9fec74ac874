"""Partnerships in and out as YAML, and every way an entry can be wrong."""

from __future__ import annotations

import stat
from dataclasses import replace
from pathlib import Path
from textwrap import dedent

import pytest
import sqlalchemy as sa
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storage.codes import COUNTRIES
from storage.domain import (
    ApplicantType,
    Budget,
    Frequency,
    Partner,
    Partnership,
    Recipient,
)
from storage.errors import NotFound, Problem
from storage.partnerships import (
    check_file,
    export_partnerships,
    get_partnership,
    import_partnerships,
    list_partnerships,
    to_yaml,
)
from tests.storage.making import NOW, emptied

FULL = """\
- id: trostianets-lublin
  name: Trostianets – Lublin
  partners:
    - {name: Trostianets, country: UA, region: UA-59, type: local_authority}
    - {name: Lublin, country: PL, region: PL814, type: local_authority}
  interests: {uk: "Вода і школи", en: "Water and schools"}   # one is enough
  themes: [water, energy_efficiency]
  exclude: ["ships"]
  budget: {min: 10000, max: 2000000}
  recipients:
    - {email: officer@example.org, language: uk, zone: Europe/Kyiv, frequency: weekly,
       receipt: true, consent: signed form 2026-11-03}
"""
AS_NOUNS = Partnership(
    id="trostianets-lublin",
    name="Trostianets – Lublin",
    partners=(
        Partner("Trostianets", "UA", ApplicantType.LOCAL_AUTHORITY, "UA-59"),
        Partner("Lublin", "PL", ApplicantType.LOCAL_AUTHORITY, "PL814"),
    ),
    interests={"uk": "Вода і школи", "en": "Water and schools"},
    themes=("water", "energy_efficiency"),
    exclude=("ships",),
    budget=Budget(10_000, 2_000_000),
    recipients=(
        Recipient(
            "officer@example.org",
            "uk",
            "Europe/Kyiv",
            Frequency.WEEKLY,
            receipt=True,
            consent="signed form 2026-11-03",
        ),
    ),
)
SMALL = """\
- id: a-b
  name: A – B
  partners: [{name: A, country: UA}, {name: B, country: PL}]
  interests: {en: roads}
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "partnerships.yaml"


def load(engine: sa.Engine, file: Path, text: str) -> tuple[int, int, int]:
    file.write_text(dedent(text), encoding="utf-8")
    report = import_partnerships(engine, [file], NOW)
    assert report.problems == []
    return report.new, report.changed, report.unchanged


def get(engine: sa.Engine, name: str = "trostianets-lublin") -> Partnership:
    with engine.begin() as connection:
        return get_partnership(connection, name)


def export(engine: sa.Engine, path: Path, *, with_recipients: bool = True) -> str:
    with engine.begin() as connection:
        export_partnerships(connection, path, with_recipients=with_recipients)
    return path.read_text(encoding="utf-8")


def test_a_whole_partnership_comes_in(engine: sa.Engine, file: Path) -> None:
    assert load(engine, file, FULL) == (1, 0, 0)
    assert get(engine) == AS_NOUNS
    assert load(engine, file, FULL) == (0, 0, 1)


def test_a_small_one_has_defaults(engine: sa.Engine, file: Path) -> None:
    load(engine, file, SMALL)
    found = get(engine, "a-b")
    assert found.partners[0].type is ApplicantType.LOCAL_AUTHORITY
    assert (found.budget, found.themes, found.recipients) == (None, (), ())


def test_an_absent_field_leaves_and_null_clears(engine: sa.Engine, file: Path) -> None:
    load(engine, file, FULL)
    assert load(engine, file, "- {id: trostianets-lublin, budget: null, themes: [roads]}") == (
        0,
        1,
        0,
    )
    assert get(engine) == replace(AS_NOUNS, budget=None, themes=("roads",))
    assert load(engine, file, "- {id: trostianets-lublin, recipients: null}") == (0, 1, 0)
    assert get(engine).recipients == ()


def test_the_export_leaves_people_out_unless_asked(engine: sa.Engine, file: Path) -> None:
    load(engine, file, FULL)
    plain = export(engine, file, with_recipients=False)
    assert "officer@example.org" not in plain
    assert load(engine, file, plain) == (0, 0, 1)
    assert get(engine) == AS_NOUNS
    private = file.with_name("private.yaml")
    assert "officer@example.org" in export(engine, private)
    assert stat.S_IMODE(private.stat().st_mode) == 0o600


def test_export_import_export_is_identical(engine: sa.Engine, file: Path) -> None:
    load(engine, file, FULL + SMALL)
    before = export(engine, file)
    emptied(engine)
    assert load(engine, file, before) == (2, 0, 0)
    assert export(engine, file) == before
    with engine.begin() as connection:
        assert [one.id for one in list_partnerships(connection)] == ["a-b", "trostianets-lublin"]


def test_nothing_to_export_is_an_empty_list(engine: sa.Engine, file: Path) -> None:
    assert load(engine, file, export(engine, file)) == (0, 0, 0)
    assert yaml.safe_load(file.read_text(encoding="utf-8")) == []


def test_an_unknown_partnership_names_the_nearest(engine: sa.Engine, file: Path) -> None:
    load(engine, file, FULL)
    with pytest.raises(NotFound) as caught:
        get(engine, "trostyanets-lublin")
    assert caught.value.nearest == ["trostianets-lublin"]


def test_norway_is_a_country_and_a_number_may_be_a_name(engine: sa.Engine, file: Path) -> None:
    load(
        engine,
        file,
        """\
        - id: 2026
          name: yes
          partners: [{name: 1e3, country: NO, region: NO08}, {name: null island, country: UA}]
          interests: {no: 2026-11-22, en: on}
        """,
    )
    found = get(engine, "2026")
    assert (found.name, found.partners[0].country, found.partners[0].name) == ("yes", "NO", "1e3")
    assert dict(found.interests) == {"no": "2026-11-22", "en": "on"}
    assert yaml.safe_load(to_yaml(found))[0]["id"] == "2026"


BASE = {
    "id": "x",
    "name": "X",
    "partners": [{"name": "A", "country": "UA"}, {"name": "B", "country": "PL"}],
    "interests": {"en": "roads"},
}
WRONG: list[tuple[str, str, str]] = [
    ("id: a b", "id", "letters, digits"),
    ("id: null", "id", "not empty"),
    ("id: ''", "id", "not empty"),
    ("name: null", "name", "not empty"),
    ("partners: [{name: A, country: UA}]", "partners", "two partners"),
    ("partners: null", "partners", "two partners"),
    ("partners: A and B", "partners", "a list"),
    (
        "partners: [{name: A, country: UA}, {name: A, country: PL}]",
        "partners",
        "each partner's name once",
    ),
    ("partners: [{name: A, country: UK}]", "partners[0].country", "did you mean GB?"),
    ("partners: [{name: A, country: ua}]", "partners[0].country", "a country like UA"),
    ("partners: [{name: A}]", "partners[0].country", "not empty"),
    ("partners: [{country: UA}]", "partners[0].name", "not empty"),
    (
        "partners: [{name: A, country: PL, region: UA-59}]",
        "partners[0].region",
        "a region of PL like",
    ),
    ("partners: [{name: A, country: GR, region: GR30}]", "partners[0].region", "EL81"),
    (
        "partners: [{name: A, country: UA, type: local_autority}]",
        "partners[0].type",
        "one of local_authority",
    ),
    ("partners: [{name: A, country: UA, typ: ngo}]", "partners[0].typ", "did you mean type?"),
    ("interests: null", "interests", "by language"),
    ("interests: roads", "interests", "by language"),
    ("interests: {ua: дороги}", "interests.ua", "did you mean uk?"),
    ("interests: {en: ' '}", "interests.en", "not empty"),
    ("interests: {english: roads}", "interests.english", "a language like"),
    ("themes: water", "themes", "a list"),
    ("budget: 10000", "budget", "an object"),
    ("budget: {min: lots}", "budget.min", "a number"),
    ("budget: {min: 10, max: 5}", "budget.max", "at least the minimum"),
    ("budget: {min: -5}", "budget.min", "from 0"),
    ("recipients: [officer@example.org]", "recipients[0]", "an object"),
    ("recipients: [{email: officer}]", "recipients[0].email", "an e-mail address"),
    ("recipients: [{email: 'a@b.org\\nBcc: c@d.org'}]", "recipients[0].email", "an e-mail address"),
    ("recipients: [{email: 'a b@c.org'}]", "recipients[0].email", "an e-mail address"),
    ("recipients: [{email: 'A <a@b.org>'}]", "recipients[0].email", "an e-mail address"),
    ("recipients: [{email: a@b.org}, {email: A@b.org}]", "recipients[1].email", "once"),
    ("recipients: [{email: a@b.org, language: english}]", "recipients[0].language", "a language"),
    ("recipients: [{email: a@b.org, zone: Kyiv}]", "recipients[0].zone", "a time zone"),
    ("recipients: [{email: a@b.org, frequency: dayly}]", "recipients[0].frequency", "daily"),
    ("recipients: [{email: a@b.org, receipt: maybe}]", "recipients[0].receipt", "true or false"),
    ("interest: {en: roads}", "interest", "did you mean interests?"),
    ("name: !!python/name:os.system x", "name", "a plain value"),
    ("name: !!binary aGVsbG8=", "name", "a plain value"),
    ("interests: &i {en: roads}\n  themes: *i", "themes", "a value"),
]


@pytest.mark.parametrize(("edit", "field", "expected"), WRONG)
def test_a_wrong_field_is_named_with_its_line(
    engine: sa.Engine, file: Path, edit: str, field: str, expected: str
) -> None:
    base = {name: value for name, value in BASE.items() if name != edit.partition(":")[0]}
    lines = yaml.safe_dump([base], sort_keys=False, default_flow_style=None).rstrip()
    file.write_text(f"{SMALL}{lines}\n  {edit}\n{SMALL.replace('a-b', 'c-d')}", encoding="utf-8")
    report = import_partnerships(engine, [file], NOW)
    assert (report.new, report.changed) == (2, 0)
    (problem,) = report.problems
    assert problem.field == field
    assert expected in problem.expected
    text = file.read_text(encoding="utf-8").splitlines()
    named = field.rpartition(".")[2].partition("[")[0]
    if named in edit:
        assert named in text[problem.line - 1]
    assert check_file(file) == report.problems


def test_a_mistake_of_form_spoils_its_own_entry_only(engine: sa.Engine, file: Path) -> None:
    broken = '- id: x\n  name: "never closed\n  partners: [\n'
    file.write_text(f"# head\n{SMALL}{broken}{SMALL.replace('a-b', 'c-d')}", encoding="utf-8")
    report = import_partnerships(engine, [file], NOW)
    assert report.new == 2
    (problem,) = report.problems
    assert problem.expected == "YAML"
    assert 6 <= problem.line <= 9


FORMS: dict[str, tuple[bytes, str, int]] = {
    "a mapping": (b"id: x\n", "a list", 1),
    "a text": (b"hello\n", "a list", 1),
    "a list of texts": (b"- hello\n", "an object", 1),
    "not UTF-8": (b"- id: x\n  name: \xff\n", "UTF-8", 2),
    "UTF-16": ("- id: x".encode("utf-16"), "UTF-8", 1),
    "a NUL": (b"- id: x\n- \0\n", "NUL", 2),
    "a control character": (b"- id: x\n  name: \x01\n", "YAML", 2),
    "a tab": (b"- id: x\n\tname: y\n", "YAML", 2),
    "nested deep": (b"[" * 10_000, "YAML", 1),
    "a field twice": (b"- id: x\n  name: y\n  name: z\n", "each field once", 3),
    "a list as a name": (b"- ? [a]\n  : b\n", "a name before the colon", 1),
    "laughs": (
        b"- id: &a [x,x,x,x,x]\n  name: &b [*a,*a,*a]\n  themes: &c [*b,*b]\n  exclude: [*c]\n",
        "a value",
        2,
    ),
}


@pytest.mark.parametrize("name", FORMS)
def test_a_file_that_is_no_list_of_partnerships(engine: sa.Engine, file: Path, name: str) -> None:
    content, expected, line = FORMS[name]
    file.write_bytes(content)
    found = import_partnerships(engine, [file], NOW).problems
    assert found
    assert any(expected in problem.expected for problem in found), found
    assert min(problem.line for problem in found) <= line
    assert all("\n" not in str(problem) for problem in found)


def test_a_file_that_is_not_there_is_a_problem(tmp_path: Path) -> None:
    name = tmp_path / "nowhere.yaml"
    assert check_file(name) == [
        Problem(str(name), 0, "", "a file that can be read", "No such file or directory")
    ]


def test_an_empty_file_is_no_mistake(file: Path) -> None:
    file.write_bytes(b"# nothing yet\n")
    assert check_file(file) == []


TEXTS = st.text(
    st.characters(exclude_categories=("Cs",), exclude_characters="\0"), min_size=1, max_size=30
).filter(str.strip)
PARTNERS = st.builds(
    Partner,
    TEXTS.map(str.strip),
    st.sampled_from(sorted(COUNTRIES)),
    st.sampled_from(ApplicantType),
)
AMOUNTS = st.one_of(st.none(), st.integers(0, 10**9).map(float), st.floats(0, 1e9))
PARTNERSHIPS = st.builds(
    Partnership,
    id=st.from_regex(r"\A[\w][\w.-]{0,20}\Z"),
    name=TEXTS.map(str.strip),
    partners=st.lists(PARTNERS, min_size=2, max_size=3, unique_by=lambda one: one.name).map(tuple),
    interests=st.dictionaries(
        st.sampled_from(["uk", "en", "pl", "no"]), TEXTS.map(str.strip), min_size=1
    ),
    themes=st.lists(TEXTS, max_size=2).map(tuple),
    exclude=st.lists(TEXTS, max_size=2).map(tuple),
    budget=st.one_of(
        st.none(),
        st.tuples(AMOUNTS, AMOUNTS)
        .filter(lambda pair: pair != (None, None))
        .filter(lambda pair: None in pair or pair[0] <= pair[1])
        .map(lambda pair: Budget(*pair)),
    ),
    recipients=st.lists(
        st.builds(
            Recipient,
            st.sampled_from(
                ["a@example.org", "b.c+d@exämple.org", "O'Neil@x.example.org", "олена@громада.укр"]
            ),
            st.sampled_from(["uk", "no"]),
            st.sampled_from(["Europe/Kyiv", "UTC"]),
            st.sampled_from(Frequency),
            receipt=st.booleans(),
            consent=st.one_of(st.none(), TEXTS),
        ),
        max_size=3,
        unique_by=lambda one: one.email,
    ).map(tuple),
)


@settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(drawn=st.lists(PARTNERSHIPS, max_size=3, unique_by=lambda one: one.id))
def test_any_partnerships_round_trip(
    engine: sa.Engine, file: Path, drawn: list[Partnership]
) -> None:
    emptied(engine)
    text = "".join(to_yaml(one, with_recipients=True) for one in drawn)
    file.write_text(text, encoding="utf-8", newline="")
    report = import_partnerships(engine, [file], NOW)
    assert report.problems == []
    with engine.begin() as connection:
        assert {one.id: one for one in list_partnerships(connection)} == {
            one.id: one for one in drawn
        }
    before = export(engine, file)
    emptied(engine)
    assert load(engine, file, before) == (len(drawn), 0, 0)
    assert export(engine, file) == before
