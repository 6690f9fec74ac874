"""An import never brings back an address that left, bounced or was erased."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from storage.partnerships import get_partnership, import_partnerships
from storage.recipients import (
    State,
    address_key,
    ask_again,
    bring_back,
    confirm,
    listed,
    masked,
    set_state,
)
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
    leave(engine, state, "a-b" if state is State.UNSUBSCRIBED else None)
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


def test_who_left_everything_is_in_no_new_partnership_either(
    engine: sa.Engine, tmp_path: Path
) -> None:
    load(engine, tmp_path)
    leave(engine, State.UNSUBSCRIBED)
    assert load(engine, tmp_path, "c-d") == ["c-d: anna@example.org stays unsubscribed"]


def test_coming_back_to_all_does_not_bring_back_what_was_left_before(
    engine: sa.Engine, tmp_path: Path
) -> None:
    load(engine, tmp_path)
    load(engine, tmp_path, "c-d")
    key = address_key("anna@example.org")
    with engine.begin() as connection:
        set_state(connection, "anna@example.org", State.UNSUBSCRIBED, NOW - DAY, partnership="c-d")
    leave(engine, State.UNSUBSCRIBED)
    with engine.begin() as connection:
        assert bring_back(connection, key, State.UNSUBSCRIBED, NOW) == ["a-b"]
        assert bring_back(connection, key, State.UNSUBSCRIBED, NOW) == []
        back = bring_back(connection, key, State.UNSUBSCRIBED, NOW, partnership="c-d")
        assert back == ["c-d"]


def test_who_bounced_or_was_erased_is_not_merely_unsubscribed(
    engine: sa.Engine, tmp_path: Path
) -> None:
    load(engine, tmp_path)
    assert leave(engine, State.ERASED) == 1
    assert leave(engine, State.BOUNCED) == 0
    assert load(engine, tmp_path) == ["a-b: anna@example.org stays erased"]


def test_what_was_agreed_by_a_link_outlives_imports(engine: sa.Engine, tmp_path: Path) -> None:
    load(engine, tmp_path)
    key = address_key("other@example.org")
    with engine.begin() as connection:
        assert confirm(connection, key, ["a-b", "c-d"], NOW) == ["a-b"]
    load(engine, tmp_path)
    with engine.begin() as connection:
        (one,) = listed(connection, key)
        assert one.recipient is not None
        assert one.recipient.consent == "confirmed by link 2026-11-22"
        ask_again(connection, key, ["a-b"], NOW)
        (one,) = listed(connection, key)
        assert one.recipient is not None
        assert one.recipient.consent is None


def test_notes_show_an_address_only_in_part() -> None:
    assert masked("anna.k@example.org") == "a…@example.org"
