"""Letters built together are those built one by one: what is shared goes stale with no fact."""

from __future__ import annotations

import functools
import gc
from dataclasses import replace

import pytest

from alerts.audience import audience
from alerts.digest import build_digest
from alerts.outbox import build_due, letter_of
from alerts.tongue import LANGUAGES
from storage.database import reading
from storage.domain import About, Criterion, Effect, Eligibility, Partner, Partnership, Recipient
from storage.letters import Letter, find_letters
from storage.settings import Settings
from tests.alerts.world import MONDAY, OLENA, PORTAL, TOWNS, World, call, on

SETTINGS = Settings(base_url="https://bridges.example.org", contact="office@bridges.example.org")
Memories = list[functools._lru_cache_wrapper]
ZONES = ("Europe/Kyiv", "America/New_York")
OTHERS = replace(
    TOWNS,
    id="kalynove-dorf",
    name="Kalynove <b> – Dorf",
    partners=(Partner("Kalynove", "UA", region="UA-59"), Partner("Dorf", "DE", region="DE300")),
    interests={"en": "Schools"},
)
"""Towns for whom the same calls mean something else."""


def people(name: str) -> tuple[Recipient, ...]:
    return tuple(
        Recipient(f"{name}.{language}.{number}@example.org", language, zone, consent="x")
        for language in LANGUAGES
        for number, zone in enumerate(ZONES)
    )


@pytest.fixture(scope="module")
def memories() -> Memories:
    """All that remembers a bounded number of things; what is read from our own files stays."""
    return [
        one
        for one in gc.get_objects()
        if type(one) is functools._lru_cache_wrapper  # asking more of any object may warn
        and one.__module__.startswith(("alerts.", "storage."))
        and one.cache_parameters()["maxsize"] is not None
    ]


def forget(memories: Memories) -> None:
    for one in memories:
        one.cache_clear()


def alone(world: World, one: str, towns: tuple[Partnership, ...]) -> Letter:
    """The letter to an address for its partnerships, built now."""
    with reading(world.engine) as connection:
        (addressee,) = [each for each in audience(connection)[0] if each.recipient.email == one]
        digest = build_digest(
            connection, addressee.recipient, towns, MONDAY, known_sources=[PORTAL]
        )
    return letter_of(digest, SETTINGS)


def test_letters_built_together_are_those_built_one_by_one(
    world: World, memories: Memories
) -> None:
    third = Criterion(About.CONSORTIUM, Effect.REQUIRES, min_partners=3, min_countries=3)
    sumy = Criterion(About.REGION, Effect.REQUIRES, ("UA-59",), words="In Sumy.")
    world.partnership(replace(TOWNS, recipients=people("both") + people("first")))
    world.partnership(replace(OTHERS, recipients=people("both") + people("second")))
    world.publish(
        call("A", "<script>alert(1)</script> & Water", eligibility=Eligibility((third,))),
        call("B", "Школи", language="uk", eligibility=Eligibility((sumy,)), deadlines=(on(9),)),
        call("C", "De l’eau", language="fr", summary="“Tuyaux” {{ 7*7 }}"),
    )
    world.match(reasons=("Pipes <i> for towns",), answers="Вода")
    world.harvest()
    built = build_due(world.engine, SETTINGS, MONDAY, known_sources=[PORTAL])
    assert len(built.written) == 3 * len(LANGUAGES) * len(ZONES)
    assert not built.failed
    with reading(world.engine) as connection:
        together = [one.letter for one in find_letters(connection)]
    with world.engine.begin() as connection:  # nobody was told anything yet
        connection.exec_driver_sql("DELETE FROM told")
        connection.exec_driver_sql("DELETE FROM letters")
    told_to = {"both": (TOWNS, OTHERS), "first": (TOWNS,), "second": (OTHERS,)}
    with reading(world.engine) as connection:
        kept = {one.id: one for each in audience(connection)[0] for one in each.partnerships}
    for letter in together:
        towns = told_to[letter.address.partition(".")[0]]
        in_order = tuple(kept[one.id] for one in sorted(towns, key=lambda one: one.id))
        forget(memories)
        assert alone(world, letter.address, in_order) == letter
        assert "<script>" not in letter.html


@pytest.mark.parametrize("field", ["deadlines", "title", "eligibility", "url"])
def test_a_call_that_is_read_better_between_two_letters_is_told_anew(
    world: World, memories: Memories, field: str
) -> None:
    """The version stays the same then, and yet nothing may be taken from the letter before."""
    third = Criterion(About.CONSORTIUM, Effect.REQUIRES, min_partners=3, min_countries=3)
    better = {
        "deadlines": (on(50, "12:00"),),
        "title": "Pumps",
        "url": "https://funding.example.eu/other",
        "eligibility": Eligibility((third,)),
    }
    world.partnership()
    world.publish(call())
    world.match()
    before = alone(world, OLENA.email, (TOWNS,))
    world.read_better(replace(call(), **{field: better[field]}), MONDAY)
    world.match()
    after = alone(world, OLENA.email, (TOWNS,))
    assert (before.text != after.text, before.html != after.html) == (True, True)
    forget(memories)
    assert alone(world, OLENA.email, (TOWNS,)) == after
