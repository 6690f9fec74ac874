"""Recipients and bounces at the command line: listed, shown, erased, stopped, tried again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from alerts import wishes
from alerts.mail import message
from storage.answers import Answer, answers_of
from storage.database import open_database
from storage.domain import Frequency
from storage.letters import find_letters
from storage.recipients import address_key
from tests.alerts.reports import POSTFIX, report
from tests.alerts.world import MARTA, MONDAY, OLENA, TOWNS, WEEK, World, call, with_recipients
from tests.desk.making import House

AT = MONDAY.isoformat()
LATER = (MONDAY + WEEK).isoformat()
CONTACT = "office@bridges.example.org"


@pytest.fixture
def world(house: House) -> Iterator[World]:
    """A letter to each of two recipients, written and sent."""
    house.environment["BRIDGES_CONTACT"] = CONTACT
    house.environment["BRIDGES_BASE_URL"] = "https://bridges.example.org"
    made = World(open_database(house.url))
    made.partnership(with_recipients(TOWNS, OLENA, MARTA))
    made.publish(call())
    made.match()
    assert house.ask("digest", "send", "--due", now=AT).exit_code == 0
    yield made
    made.engine.dispose()


def standings(house: House) -> dict[str | None, str]:
    return {one["address"]: one["state"] for one in house.lines("recipients", "list", "--json")}


def came_back(house: House, world: World) -> Path:
    with world.engine.begin() as connection:
        posted = next(o for o in find_letters(connection) if o.letter.address == OLENA.email)
    (house.folder / "back").mkdir()
    (house.folder / "back" / "1.eml").write_bytes(report(POSTFIX, message(posted, CONTACT)))
    return house.folder / "back"


def test_who_gets_letters_is_listed(house: House, world: World) -> None:
    shown = house.answer("recipients", "list", columns=140)
    assert "olena@verbove.example.org" in shown
    assert "agreed: signed form 2026-10-14" in shown
    assert standings(house) == {OLENA.email: "active", MARTA.email: "active"}
    assert world.towns


def test_all_that_is_kept_is_handed_out(house: House, world: World) -> None:
    found = json.loads(house.answer("recipients", "export", "OLENA@verbove.example.org"))
    assert found["listed"][0]["record"]["consent"] == "signed form 2026-10-14"
    assert "Шановні колеги" in found["letters"][0]["text"]
    unknown = house.ask("recipients", "export", "nobody@example.org")
    assert (unknown.exit_code, unknown.stdout) == (1, "")
    assert world.towns


def test_the_erased_are_gone_from_database_and_folder(house: House, world: World) -> None:
    outbox = house.folder / "outbox"
    assert len(list(outbox.iterdir())) == 2
    erased = house.ask("recipients", "erase", OLENA.email)
    assert erased.exit_code == 0
    assert erased.stdout.startswith("Erased, with 1 letter.")
    assert "Backups made before still hold it" in erased.stderr
    (left,) = outbox.iterdir()
    assert "marta" in left.name
    world.engine.dispose()
    held = b"".join(one.read_bytes() for one in house.folder.rglob("*") if one.is_file())
    assert b"olena" not in held.lower()
    assert standings(house) == {None: "erased", MARTA.email: "active"}
    again = json.loads(house.answer("recipients", "erase", "x@example.org", "--json"))
    assert again == {"known": False, "letters": 0, "files": 0}


def test_an_officer_stops_letters_for_somebody(house: House, world: World) -> None:
    assert house.ask("recipients", "unsubscribe", OLENA.email, "--partnership", "x").exit_code == 2
    house.answer("recipients", "unsubscribe", OLENA.email, "--partnership", TOWNS.id)
    assert standings(house)[OLENA.email] == "unsubscribed"
    told = json.loads(house.answer("recipients", "unsubscribe", MARTA.email, "--json"))
    assert told == {"left": [TOWNS.id]}
    assert standings(house)[MARTA.email] == "unsubscribed"
    told = house.ask("recipients", "retry", MARTA.email)
    assert told.exit_code == 1, "who left is not brought back by an officer"
    assert standings(house)[MARTA.email] == "unsubscribed"
    assert world.towns


def test_an_address_that_gets_no_letters_is_not_said_to_be_done(house: House) -> None:
    told = house.ask("recipients", "unsubscribe", "olean@example.org")
    assert (told.exit_code, told.stdout) == (1, "")
    assert "see how it is spelt in bridges recipients list" in told.stderr
    told = house.ask("recipients", "unsubscribe", "olena")
    assert told.exit_code == 2
    assert "is not an e-mail address" in told.stderr


def test_a_letter_that_came_back_is_read_told_and_tried_again(house: House, world: World) -> None:
    path = came_back(house, world)
    shown = house.ask("bounces", "read", str(path), now=LATER)
    assert shown.exit_code == 0, shown.output
    assert "Stopped, the mailbox does not exist: 1" in shown.stdout
    assert "@" not in shown.output
    found = json.loads(house.ask("bounces", "read", str(path), "--json", now=LATER).stdout)
    assert (found["messages"], found["known"], found["stopped"]) == (1, 1, 0)
    checks = [json.loads(x) for x in house.ask("doctor", "--json", now=LATER).stdout.splitlines()]
    (bounced,) = [one for one in checks if one["check"] == "bounces"]
    assert bounced["state"] == "warn"
    assert bounced["said"].startswith("letters to o…@verbove.example.org (verbove-nowa-dolina) st")
    assert "User unknown" in bounced["said"]
    assert house.answer("recipients", "retry", OLENA.email).strip().endswith(TOWNS.id)
    assert standings(house)[OLENA.email] == "active"
    assert house.ask("bounces", "read", str(house.folder / "none")).exit_code == 1


def test_what_somebody_chose_is_said_when_a_file_says_otherwise(house: House) -> None:
    file = house.folder / "p.yaml"
    file.write_text(
        "- {id: a-b, name: A – B, partners: [{name: A, country: UA}, {name: B, country: PL}],\n"
        "   interests: {en: roads}, recipients: [{email: anna@example.org, consent: form}]}\n"
    )
    house.answer("partnerships", "import", str(file))
    engine = open_database(house.url)
    with engine.begin() as connection:
        key = address_key("anna@example.org")
        wishes.choose(connection, key, MONDAY, frequency=Frequency.DAILY, receipt=False)
    engine.dispose()
    said = house.ask("partnerships", "import", str(file)).output
    assert "keeps what it chose by a link: frequency daily, receipt no" in " ".join(said.split())


def test_a_dismissed_call_is_explained_and_brought_back(house: House, world: World) -> None:
    name = next(iter(world.known))
    house.answer("partnerships", "mark", TOWNS.id, name, "dismissed")
    engine = world.engine
    with engine.begin() as connection:
        assert [one.answer for one in answers_of(connection, TOWNS.id)] == [Answer.DISMISS]
    house.answer("partnerships", "mark", TOWNS.id, name, "nothing")
    with engine.begin() as connection:
        assert [one.answer for one in answers_of(connection, TOWNS.id)] == [Answer.TAKEN_BACK]
