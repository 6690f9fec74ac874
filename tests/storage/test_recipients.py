"""An import never brings back an address that left, bounced or was erased."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from storage.partnerships import get_partnership, import_partnerships
from storage.recipients import State, address_key, set_state
from storage.schema import recipients
from tests.storage.making import DAY, NOW

TEXT = """\
- id: {id}
  name: A – B
  partners: [{{name: A, country: UA}}, {{name: B, country: PL}}]
  interests: {{en: roads}}
  recipients: [{{email: {email}, consent: yes}}, {{email: other@example.org}}]
"""


def load(
    engine: sa.Engine, tmp_path: Path, name: str = "a-b", email: str = "anna@example.org"
) -> list[str]:
    file = tmp_path / "p.yaml"
    file.write_text(TEXT.format(id=name, email=email), encoding="utf-8")
    report = import_partnerships(engine, [file], NOW + DAY)
    assert report.problems == []
    return report.notes


def addresses(engine: sa.Engine, name: str = "a-b") -> list[str]:
    with engine.begin() as connection:
        return [one.email for one in get_partnership(connection, name).recipients]


def leave(engine: sa.Engine, state: State, partnership: str | None = None) -> int:
    with engine.begin() as connection:
        return set_state(connection, "Anna@Example.org ", state, NOW, partnership=partnership)


@pytest.mark.parametrize("state", [State.UNSUBSCRIBED, State.BOUNCED, State.ERASED])
@pytest.mark.parametrize("email", ["anna@example.org", "ANNA@example.org"])
def test_who_left_stays_away(engine: sa.Engine, tmp_path: Path, state: State, email: str) -> None:
    load(engine, tmp_path)
    assert leave(engine, state) == 1
    assert addresses(engine) == ["other@example.org"]
    assert load(engine, tmp_path, email=email) == [f"a-b: {email} stays {state}"]
    assert addresses(engine) == ["other@example.org"]


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (State.UNSUBSCRIBED, ["anna@example.org", "other@example.org"]),
        (State.BOUNCED, ["other@example.org"]),
        (State.ERASED, ["other@example.org"]),
    ],
)
def test_in_another_partnership(
    engine: sa.Engine, tmp_path: Path, state: State, expected: list[str]
) -> None:
    load(engine, tmp_path)
    leave(engine, state)
    load(engine, tmp_path, "c-d")
    assert addresses(engine, "c-d") == expected


def test_unsubscribing_may_be_from_one_partnership(engine: sa.Engine, tmp_path: Path) -> None:
    load(engine, tmp_path)
    load(engine, tmp_path, "c-d")
    assert leave(engine, State.UNSUBSCRIBED, "c-d") == 1
    assert "anna@example.org" in addresses(engine)
    assert "anna@example.org" not in addresses(engine, "c-d")


def test_taken_off_the_list_it_may_come_back(engine: sa.Engine, tmp_path: Path) -> None:
    load(engine, tmp_path)
    load(engine, tmp_path, email="new@example.org")
    assert addresses(engine) == ["new@example.org", "other@example.org"]
    assert load(engine, tmp_path) == []
    assert addresses(engine) == ["anna@example.org", "other@example.org"]


def test_off_and_on_the_list_does_not_forget_who_left(engine: sa.Engine, tmp_path: Path) -> None:
    load(engine, tmp_path)
    leave(engine, State.UNSUBSCRIBED)
    load(engine, tmp_path, email="new@example.org")
    assert load(engine, tmp_path) == ["a-b: anna@example.org stays unsubscribed"]


def test_an_erased_address_leaves_only_a_hash(engine: sa.Engine, tmp_path: Path) -> None:
    load(engine, tmp_path)
    leave(engine, State.ERASED)
    with engine.begin() as connection:
        rows = connection.execute(sa.select(recipients)).all()
    erased = [row for row in rows if row.state == "erased"]
    assert [(row.address_key, row.record) for row in erased] == [
        (address_key("anna@example.org"), {})
    ]
    assert not any("anna" in str(row) for row in rows)
