"""What is a change and what is mere re-formatting."""

from __future__ import annotations

import random
import unicodedata
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.compare import differences
from storage.domain import (
    CONTENT_FIELDS,
    About,
    Call,
    Criterion,
    Deadline,
    DeadlineKind,
    Document,
    Effect,
    Eligibility,
    Funding,
    Kind,
    Programme,
)
from tests.storage.making import Edit, allows, call, full_call, single


def fields(old: Call, new: Call) -> list[str]:
    return [field for field, _, _ in differences(old, new)]


def first_deadline(one: Call, **said: str) -> Call:
    first, *others = one.deadlines
    return replace(one, deadlines=(replace(first, **said), *others))


SAME: dict[str, Edit] = {
    "white space": lambda one: replace(one, title=" " + one.title.replace(" ", "\u00a0 ") + "\n"),
    "zero-width marks": lambda one: replace(one, title="\u200b".join(one.title) + "\ufeff"),
    "soft hyphens": lambda one: replace(one, description=f"{one.description}\u00ad"),
    "decomposed letters": lambda one: replace(one, title=unicodedata.normalize("NFD", one.title)),
    "wide letters": lambda one: replace(one, summary=one.summary and "Ｐipes, pumps and people."),
    "the words of a deadline": lambda one: replace(
        one, deadlines=tuple(replace(d, words="worded otherwise") for d in one.deadlines)
    ),
    "the words of the money": lambda one: replace(
        one, funding=tuple(replace(f, words="x") for f in one.funding)
    ),
    "the words of a criterion": lambda one: replace(
        one,
        eligibility=replace(
            one.eligibility,
            criteria=tuple(replace(c, words="x") for c in one.eligibility.criteria),
        ),
    ),
    "the order of documents": lambda one: replace(one, documents=one.documents[::-1]),
    "the order of deadlines": lambda one: replace(one, deadlines=one.deadlines[::-1]),
    "the order of lots": lambda one: replace(one, funding=one.funding[::-1]),
    "the order of countries": lambda one: replace(
        one,
        eligibility=replace(
            one.eligibility,
            criteria=tuple(replace(c, values=c.values[::-1]) for c in one.eligibility.criteria),
        ),
    ),
    "a whole amount as a whole number": lambda one: replace(
        one, funding=(replace(one.funding[0], total=1_000_000), one.funding[1])
    ),
    "bookkeeping": lambda one: replace(one, version=9, withdrawn=True, opportunity="o-x"),
}

CHANGED: dict[str, tuple[str, Edit]] = {
    "another letter": ("title", lambda one: replace(one, title=one.title.replace("Ł", "L"))),
    "another case": ("title", lambda one: replace(one, title=one.title.upper())),
    "a word more": ("description", lambda one: replace(one, description="First paragraph.")),
    "another day": ("deadlines", lambda one: replace(one, deadlines=(single(),))),
    "another clock": (
        "deadlines",
        lambda one: first_deadline(one, time="16:00"),
    ),
    "another zone": (
        "deadlines",
        lambda one: first_deadline(one, zone="UTC"),
    ),
    "another basis": (
        "deadlines",
        lambda one: first_deadline(one, basis="assumed"),
    ),
    "a deadline less": ("deadlines", lambda one: replace(one, deadlines=one.deadlines[1:])),
    "a deadline twice": ("deadlines", lambda one: replace(one, deadlines=one.deadlines * 2)),
    "more money": ("funding", lambda one: replace(one, funding=(Funding(total=2e6),))),
    "a country more": (
        "eligibility",
        lambda one: replace(
            one, eligibility=Eligibility((allows(About.COUNTRY, "PL", "UA", "RO"),))
        ),
    ),
    "a condition not understood": (
        "eligibility",
        lambda one: replace(one, eligibility=replace(one.eligibility, unread=())),
    ),
    "another programme": ("programme", lambda one: replace(one, programme=Programme("LIFE"))),
    "another kind": ("kind", lambda one: replace(one, kind=Kind.TENDER)),
    "another document": ("documents", lambda one: replace(one, documents=(Document("https://x"),))),
    "another page": ("url", lambda one: replace(one, url="https://funding.example.eu/F-2")),
    "opening later": ("opens_on", lambda one: replace(one, opens_on="2026-09-02")),
}  # fmt: skip


@pytest.mark.parametrize("name", SAME)
def test_re_formatting_is_no_change(name: str) -> None:
    one = full_call(
        documents=(Document("https://a", "A", "pdf"), Document("https://b", "B", "pdf")),
    )
    other = SAME[name](one)
    assert other != one or name == "a whole amount as a whole number"
    assert differences(one, other) == []
    assert differences(other, one) == []


@pytest.mark.parametrize("name", CHANGED)
def test_a_change_is_in_its_field_alone(name: str) -> None:
    field, edit = CHANGED[name]
    assert fields(full_call(), edit(full_call())) == [field]
    assert fields(edit(full_call()), full_call()) == [field]


def test_old_and_new_are_json_values() -> None:
    ((field, old, new),) = differences(call(), call(deadlines=()))
    assert field == "deadlines"
    assert old == [
        {
            "kind": "single",
            "date": "2026-12-22",
            "time": "17:00",
            "zone": "Europe/Brussels",
            "basis": "stated",
            "words": "",
        }
    ]
    assert new == []


def test_absent_and_empty_text_say_the_same() -> None:
    assert differences(call(description=None, url=""), call(description=" ", url=None)) == []


def test_a_time_stated_differs_from_none() -> None:
    stated = call(deadlines=(Deadline(DeadlineKind.SINGLE, "2026-12-22", "23:59"),))
    assert fields(call(deadlines=(Deadline(DeadlineKind.SINGLE, "2026-12-22"),)), stated) == [
        "deadlines"
    ]


def test_every_content_field_is_compared() -> None:
    assert fields(call("F-1", title="Other"), full_call()) == list(CONTENT_FIELDS)


SPACES = st.sampled_from([" ", "  ", "\n", "\t", "\u00a0", " \u200b", "\u2003", "\r\n"])
WORDS = st.lists(
    st.text(st.characters(exclude_categories=("Cs", "Z", "C", "M")), min_size=1, max_size=8),
    min_size=1,
    max_size=6,
)


@given(words=WORDS, spaces=st.lists(SPACES, min_size=6, max_size=6))
def test_any_text_set_anew_is_no_change(words: list[str], spaces: list[str]) -> None:
    before = call(description=" ".join(words))
    after = call(description="".join(a + b for a, b in zip(words, spaces, strict=False)))
    assert differences(before, after) == []
    composed = replace(before, description=unicodedata.normalize("NFKC", " ".join(words)))
    assert differences(before, composed) == []


@given(
    st.lists(
        st.builds(
            Criterion,
            st.sampled_from(About),
            st.sampled_from(Effect),
            st.lists(st.sampled_from(["UA", "PL", "RO"]), max_size=3).map(tuple),
            words=st.text(max_size=5),
        ),
        max_size=4,
    ),
    st.randoms(),
)
def test_criteria_in_any_order_are_the_same(
    criteria: list[Criterion], order: random.Random
) -> None:
    turned = criteria.copy()
    order.shuffle(turned)
    assert differences(call(criteria=criteria), call(criteria=turned)) == []
