"""Words are folded the same way in texts and in questions, and found alike on both databases."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storage.domain import Document, Programme
from storage.query import CallQuery
from storage.search import search_text, words
from tests.storage.making import NOW, call, keep


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Water Supply", ["water", "supply"]),
        ("Łódź, Poznań; Kraków", ["lodz", "poznan", "krakow"]),
        ("Straße İstanbul Ærø Þing", ["strasse", "istanbul", "aero", "thing"]),
        ("Відбудова Їжак Ґанок йод", ["відбудова", "іжак", "ганок", "иод"]),
        ("об'єкт об’єкт обʼєкт", ["обєкт"] * 3),
        ("don't l’eau", ["don", "t", "l", "eau"]),
        ("EuropeAid/186770/DD/ACT/UA", ["europeaid", "186770", "dd", "act", "ua"]),
        ("ＦＵＬＬ ﬁn ½", ["full", "fin", "1", "2"]),
        ("under_score-dash", ["under", "score", "dash"]),
        ("Café Cafe\u0301", ["cafe", "cafe"]),
        ("Ελλάδα Όλες", ["ελλαδα", "ολεσ"]),
        ('"quoted" (a OR b) NEAR/3 *', ["quoted", "a", "or", "b", "near", "3"]),
        ("!?—…", []),
        ("x" * 150, ["x" * 100]),
    ],
)
def test_words(text: str, expected: list[str]) -> None:
    assert words(text) == expected


def test_each_word_once_from_everything_that_names_a_call() -> None:
    one = call(
        "LIFE-7",
        "Water water",
        programme=Programme("LIFE", "Life for Towns"),
        summary="Pumps",
        description="pumps and pipes",
        documents=(Document("https://x", "Guide"),),
        parent="LIFE-PARENT",
        types_of_action=("PJG",),
    )
    assert search_text(one) == "·water water life 7 parent for towns pumps pjg guide and pipes"
    assert words("·water") == ["water"]  # nobody can ask for the mark


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("water", ["A", "B"]),
        ("WATER towns", ["A"]),
        ("towns water", ["A"]),
        ("wat", ["A", "B"]),  # the last word may be a beginning
        ("wat towns", []),  # the others may not
        ("lodz", ["C"]),
        ("Łódź водокан", ["C"]),
        ("об'єктів", ["C"]),
        ("tow", ["A"]),
        ("portal", []),
        ("LIFE 2027", ["B"]),
        ("LIFE-2027-01", ["B"]),
        ("-water", ["A", "B"]),
        ("not water", []),
        ("", ["A", "B", "C"]),
        ("   ", ["A", "B", "C"]),
        ("???", []),
    ],
)
def test_all_words_must_be_there(connection: sa.Connection, asked: str, found: list[str]) -> None:
    keep(connection, call("A", "Water for small towns"))
    keep(connection, call("B", "Water", description="LIFE 2027 01"))
    keep(connection, call("C", "Водоканал", description="Łódź: відбудова об’єктів"))
    hits = CallQuery(words=asked).find(connection, NOW)
    assert sorted(hit.reference for hit in hits) == found
    assert CallQuery(words=asked).count(connection, NOW) == len(found)


@pytest.mark.parametrize(
    "asked",
    [
        '"',
        "'",
        "''; DROP TABLE calls; --",
        "a AND",
        "NEAR(",
        "a*b",
        "col:a",
        "^a",
        "a & | !",
        "a:*",
        "<->",
        "\\",
        "%",
        "_",
        ":word",
        "{a}",
        "\0",
        "\ud800",
        "() -",
        "a" * 5000,
        "a " * 300,
    ],
)
def test_no_words_break_the_question(connection: sa.Connection, asked: str) -> None:
    keep(connection, call())
    for sort in ("deadline", "relevance", "new"):
        CallQuery(words=asked, programme=asked, sort=sort).find(connection, NOW)
        CallQuery(words=f"water {asked}", sort=sort).find(connection, NOW)


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(text=st.text(max_size=40), asked=st.text(max_size=12))
def test_both_databases_find_what_the_words_say(
    connection: sa.Connection, text: str, asked: str
) -> None:
    with connection.begin_nested() as nested:
        keep(connection, call("R", "T", description=text))
        stored = words(f"T R {text}".replace("\0", "").encode("utf-8", "replace").decode())
        for question in (asked, text[:12]):
            wanted = words(question)
            expected = all(word in stored for word in wanted[:-1]) and any(
                word.startswith(wanted[-1]) for word in stored if wanted
            )
            if question.strip():
                assert bool(CallQuery(words=question).find(connection, NOW)) == expected
        nested.rollback()


def test_the_index_follows_a_changed_text(connection: sa.Connection) -> None:
    keep(connection, call(description="pumps"))
    keep(connection, call(description="pipes"))
    assert CallQuery(words="pumps").count(connection, NOW) == 0
    assert CallQuery(words="pipes").count(connection, NOW) == 1
