"""One question, its answers, its flags and its sentence."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from storage import calls
from storage.domain import (
    About,
    ApplicantType,
    Assessment,
    Call,
    Criterion,
    Deadline,
    DeadlineKind,
    Kind,
    Match,
    Partner,
    Partnership,
    Programme,
    Status,
    Verdict,
)
from storage.errors import BadInput, NotFound
from storage.matches import replace_matches
from storage.partnerships import keep_partnership
from storage.query import CallQuery
from tests.storage.making import (
    DAY,
    NOW,
    allows,
    call,
    excludes,
    keep,
    requires,
    single,
)

A = ApplicantType


def find(connection: sa.Connection, now: datetime = NOW, **asked: Any) -> list[str]:
    query = CallQuery(**asked)
    answers, total = query.find(connection, now), query.count(connection, now)
    found = [one.reference for one in answers]
    if not query.limit or len(found) < query.limit:
        assert total == len(found)
    assert query.page(connection, now) == (answers, total)
    return found


def test_by_deadline_what_can_be_acted_upon_comes_first(connection: sa.Connection) -> None:
    keep(connection, call("unknown", deadlines=()))
    for days in (-9, -3, -30):
        keep(connection, call(f"closed {-days}", deadlines=(single(-40), single(days))))
    keep(connection, call("late", deadlines=(single(200),)))
    keep(connection, call("withdrawn", deadlines=(single(1),), withdrawn=True))
    keep(connection, call("soon", deadlines=(single(3),)))
    keep(connection, call("rolling", deadlines=(Deadline(DeadlineKind.ROLLING, None),)))
    found = find(connection)
    assert found[:2] == ["soon", "late"]
    assert set(found[2:4]) == {"unknown", "rolling"}
    assert found[4:] == ["closed 3", "closed 9", "closed 30", "withdrawn"]


def test_open_includes_closing(connection: sa.Connection) -> None:
    keep(connection, call("open"))
    keep(connection, call("closing", deadlines=(single(3),)))
    keep(connection, call("closed", deadlines=(single(-3),)))
    keep(connection, call("later", opens_on="2026-12-01"))
    assert find(connection, status=(Status.OPEN,)) == ["closing", "open"]
    assert find(connection, status=(Status.CLOSING,)) == ["closing"]
    assert find(connection, status=(Status.CLOSED, Status.FORTHCOMING)) == ["later", "closed"]
    assert find(connection, now=NOW + 25 * DAY, status=(Status.OPEN,)) == ["open", "later"]


def test_closing_within_needs_a_moment(connection: sa.Connection) -> None:
    keep(connection, call("soon", deadlines=(single(20),)))
    keep(connection, call("late", deadlines=(single(40),)))
    keep(connection, call("month", deadlines=(Deadline(DeadlineKind.SINGLE, "2026-12"),)))
    keep(connection, call("yearless", deadlines=(Deadline(DeadlineKind.SINGLE, "--12-01"),)))
    keep(connection, call("rolling", deadlines=(Deadline(DeadlineKind.ROLLING, None),)))
    keep(connection, call("past", deadlines=(single(-1),)))
    keep(connection, call("next", deadlines=(single(-1), single(10))))
    assert find(connection, closing_within=30 * DAY) == ["next", "soon"]


def test_new_since_is_first_seen(connection: sa.Connection) -> None:
    keep(connection, call("old"), now=NOW - 10 * DAY)
    keep(connection, call("old"), now=NOW)
    keep(connection, call("new"), now=NOW - DAY)
    keep(connection, call("newest"), now=NOW)
    assert find(connection, new_since=date(2026, 11, 21), sort="new") == ["newest", "new"]


def test_source_kind_and_programme(connection: sa.Connection) -> None:
    keep(connection, call("a", kind=Kind.CASCADE, programme=Programme("LIFE", None)))
    keep(connection, call("b", source="other", programme=Programme(None, "Horizon Europe (HE)")))
    keep(connection, call("c"))
    assert find(connection, source="other") == ["b"]
    assert find(connection, kind=Kind.CASCADE) == ["a"]
    assert find(connection, programme="life") == ["a"]
    assert find(connection, programme="he") == ["b"]
    assert find(connection, programme="horizon  EUROPE") == ["b"]
    assert find(connection, programme="hor") == []
    assert find(connection, programme="—") == []


COUNTRIES: dict[str, tuple[list[Criterion], dict[str, bool]]] = {
    "nothing said": ([], {"UA": True, "PL": True}),
    "about something else": ([allows(About.APPLICANT, A.NGO)], {"UA": True}),
    "without a list": ([allows(About.COUNTRY)], {"UA": True}),
    "allowed": ([allows(About.COUNTRY, "UA", "PL")], {"UA": True, "PL": True, "RO": False}),
    "two lists": (
        [allows(About.COUNTRY, "PL"), allows(About.COUNTRY, "UA")],
        {"UA": True, "PL": True, "RO": False},
    ),
    "required only": ([requires(About.COUNTRY, "PL")], {"UA": True, "PL": True}),
    "required beside a list": (
        [requires(About.COUNTRY, "UA"), allows(About.COUNTRY, "PL")],
        {"UA": True, "PL": True, "RO": False},
    ),
    "excluded": ([excludes(About.COUNTRY, "HU")], {"HU": False, "UA": True}),
    "excluded from a list": (
        [allows(About.COUNTRY, "HU", "UA"), excludes(About.COUNTRY, "HU")],
        {"HU": False, "UA": True},
    ),
}


@pytest.mark.parametrize("name", COUNTRIES)
def test_a_country_is_dropped_only_where_it_is_said(connection: sa.Connection, name: str) -> None:
    criteria, expected = COUNTRIES[name]
    keep(connection, call("x", criteria=criteria))
    assert {country: bool(find(connection, country=country)) for country in expected} == expected


APPLICANTS: dict[str, tuple[list[Criterion], dict[A, bool]]] = {
    "nothing said": ([], {A.NGO: True}),
    "allowed": ([allows(About.APPLICANT, A.NGO)], {A.NGO: True, A.LOCAL_AUTHORITY: False}),
    "public bodies": (
        [allows(About.APPLICANT, A.PUBLIC_BODY)],
        {
            A.LOCAL_AUTHORITY: True,
            A.REGIONAL_AUTHORITY: True,
            A.HOSPITAL: True,
            A.PUBLIC_BODY: True,
            A.NGO: False,
            A.COMPANY: False,
        },
    ),
    "any legal entity": (
        [allows(About.APPLICANT, A.ANY_LEGAL_ENTITY)],
        {A.LOCAL_AUTHORITY: True, A.COMPANY: True, A.NATURAL_PERSON: False},
    ),
    "a wide word asks for any": (
        [allows(About.APPLICANT, A.NGO)],
        {A.ANY_LEGAL_ENTITY: True, A.PUBLIC_BODY: True},
    ),
    "no public bodies": (
        [excludes(About.APPLICANT, A.PUBLIC_BODY)],
        {A.LOCAL_AUTHORITY: False, A.HOSPITAL: True, A.NGO: True},
    ),
}


@pytest.mark.parametrize("name", APPLICANTS)
def test_an_applicant_is_dropped_only_where_it_is_said(
    connection: sa.Connection, name: str
) -> None:
    criteria, expected = APPLICANTS[name]
    keep(connection, call("x", criteria=criteria))
    assert {one: bool(find(connection, applicant=one)) for one in expected} == expected


REGIONS: dict[str, tuple[list[Criterion], dict[str, bool]]] = {
    "nothing said": ([], {"PL814": True, "UA-59": True}),
    "allowed": (
        [allows(About.REGION, "PL81", "PL82", "UA-46")],
        {
            "PL81": True,
            "PL814": True,
            "PL8": True,
            "PL92": False,
            "UA-46": True,
            "UA-59": False,
            "PL-06": True,  # another kind of code: not comparable
            "UAX": True,
            "RO21": True,  # nothing is said of Romania
        },
    ),
    "a whole country": ([allows(About.REGION, "PL")], {"PL814": True}),
    "excluded": (
        [excludes(About.REGION, "PL9", "UA-43")],
        {"PL92": False, "PL81": True, "UA-43": False, "UA-59": True, "PL": True},
    ),
    "required": ([requires(About.REGION, "PL81")], {"PL92": True, "UA-59": True}),
    "required beside a list": (
        [allows(About.REGION, "PL81"), requires(About.REGION, "PL82", "UA-46")],
        {"PL82": True, "PL92": False, "UA-59": True},
    ),
    "the country is not allowed": (
        [allows(About.COUNTRY, "PL")],
        {"PL814": True, "UA-59": False},
    ),
    "Greek regions have other letters": (
        [allows(About.COUNTRY, "GR"), allows(About.REGION, "EL30")],
        {"EL30": True, "EL301": True, "EL41": False, "GR-A": True},
    ),
}


@pytest.mark.parametrize("name", REGIONS)
def test_a_region_is_dropped_only_where_it_is_said(connection: sa.Connection, name: str) -> None:
    criteria, expected = REGIONS[name]
    keep(connection, call("x", criteria=criteria))
    asked = {one: expected[one] for one in expected if one != "PL"}
    assert {one: bool(find(connection, region=one)) for one in asked} == asked


def test_criteria_follow_a_new_version(connection: sa.Connection) -> None:
    keep(connection, call(criteria=[allows(About.COUNTRY, "PL")]))
    assert find(connection, country="UA") == []
    keep(connection, call(criteria=[allows(About.COUNTRY, "PL", "UA")]))
    assert find(connection, country="UA") == ["W-1"]


@pytest.fixture
def matched(connection: sa.Connection) -> sa.Connection:
    for name in ("a", "b", "c"):
        keep(connection, call(name))
    partners = (Partner("Trostianets", "UA"), Partner("Lublin", "PL"))
    keep_partnership(connection, Partnership("trostianets-lublin", "T – L", partners), NOW)
    assessment = Assessment(Verdict.UNCLEAR, {})
    found = [
        Match("trostianets-lublin", one.opportunity or "", one.id, score, assessment, ("why",))
        for score, one in ((40.5, got(connection, "a")), (90.0, got(connection, "c")))
    ]
    replace_matches(connection, "trostianets-lublin", found, fingerprint="f", now=NOW, details={})
    return connection


def got(connection: sa.Connection, name: str) -> Call:
    return calls.get(connection, f"portal:{name}")


def test_a_partnership_keeps_what_is_matched_to_it(matched: sa.Connection) -> None:
    asked = {"partnership": "trostianets-lublin"}
    assert find(matched, **asked) == ["a", "c"]
    assert find(matched, **asked, sort="relevance") == ["c", "a"]
    assert find(matched, **asked, words="nothing") == []


def test_an_unknown_partnership_names_the_nearest(matched: sa.Connection) -> None:
    with pytest.raises(NotFound) as caught:
        find(matched, partnership="trostianets-lubin")
    assert caught.value.nearest == ["trostianets-lublin"]


def test_relevance_puts_titles_first(connection: sa.Connection) -> None:
    keep(connection, call("a", "Other", description="water supply"))
    keep(connection, call("b", "Water supply for towns", deadlines=(single(90),)))
    assert find(connection, words="water supply") == ["a", "b"]
    assert find(connection, words="water suppl", sort="relevance") == ["b", "a"]


def test_a_limit_is_of_what_is_shown(connection: sa.Connection) -> None:
    for number in range(60):
        keep(connection, call(f"{number}"))
    assert len(find(connection)) == 50
    assert len(find(connection, limit=3)) == 3
    assert len(find(connection, limit=0)) == 60
    assert CallQuery(limit=3).count(connection, NOW) == 60


@pytest.mark.parametrize(
    "wrong",
    [
        {"country": "UK"},
        {"country": "Ukraine"},
        {"region": "Lublin"},
        {"limit": -1},
        {"source": "\udcff"},
        {"partnership": "a\0b"},
    ],
)
def test_a_question_that_can_only_be_a_slip_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(BadInput, match="expected"):
        CallQuery(**wrong)


SENTENCES: list[tuple[dict[str, Any], str, list[str]]] = [
    ({}, "Calls, by deadline", []),
    (
        {"status": (Status.OPEN,), "country": "UA", "closing_within": 30 * DAY},
        (
            "Open calls for applicants from UA (not known to exclude them)"
            " closing within 30 days, by deadline"
        ),
        ["--status", "open", "--country", "UA", "--closing-within", "30d"],
    ),
    (
        {
            "words": "water supply",
            "status": (Status.OPEN, Status.ROLLING, Status.FORTHCOMING),
            "programme": "LIFE",
            "applicant": A.LOCAL_AUTHORITY,
            "region": "PL814",
            "new_since": date(2026, 11, 1),
            "partnership": "t-l",
            "source": "eu_portal",
            "kind": Kind.EXTERNAL_ACTION,
            "sort": "relevance",
            "limit": 5,
        },
        (
            "Open, rolling or forthcoming external action calls with the words “water supply” of"
            " the programme LIFE from the source eu_portal for applicants of the type local"
            " authority from PL814 (not known to exclude them) matched to the partnership t-l"
            " first seen since 2026-11-01, the most relevant first"
        ),
        [
            "water supply",
            "--status",
            "open",
            "--status",
            "rolling",
            "--status",
            "forthcoming",
            "--programme",
            "LIFE",
            "--applicant",
            "local_authority",
            "--region",
            "PL814",
            "--new-since",
            "2026-11-01",
            "--partnership",
            "t-l",
            "--source",
            "eu_portal",
            "--kind",
            "external_action",
            "--sort",
            "relevance",
            "--limit",
            "5",
        ],
    ),
    (
        {"closing_within": timedelta(hours=36), "sort": "new"},
        "Calls closing within 36 hours, newest first",
        ["--closing-within", "36h", "--sort", "new"],
    ),
    (
        {"closing_within": DAY},
        "Calls closing within 1 day, by deadline",
        ["--closing-within", "1d"],
    ),
]


@pytest.mark.parametrize(("asked", "sentence", "flags"), SENTENCES)
def test_a_question_says_itself(asked: dict[str, Any], sentence: str, flags: list[str]) -> None:
    assert CallQuery(**asked).sentence() == sentence
    assert CallQuery(**asked).flags() == flags


@pytest.mark.parametrize("at_once", [0, 500])
def test_the_first_calls_are_the_beginning_of_all_of_them(
    connection: sa.Connection, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    monkeypatch.setattr("storage.picking._SORTED_AT_ONCE", at_once)
    for number, days in enumerate((30, 3, -3, -9, 200, 30, -3)):
        title = "Water for towns" if number % 2 else "Towns"
        text = "water" if number % 3 else "roads"
        found = (single(days),) if number != 5 else ()
        gone = number in {2, 4}
        keep(
            connection,
            call(f"{number}", title=title, summary=text, deadlines=found, withdrawn=gone),
        )
    for sort in ("deadline", "new", "relevance"):
        for asked in ({}, {"words": "water"}, {"words": "towns", "country": "UA"}):
            every = find(connection, **asked, sort=sort, limit=0)
            assert len(every) > 4
            for limit in range(1, len(every) + 1):
                assert find(connection, **asked, sort=sort, limit=limit) == every[:limit]
