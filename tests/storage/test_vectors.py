"""Vectors are kept by text and encoder, and those of two encoders never meet."""

from __future__ import annotations

import sqlalchemy as sa

from storage import vectors

ONE, TWO = bytes(range(8)), bytes(8)


def test_what_was_put_is_there(connection: sa.Connection) -> None:
    vectors.put(connection, "small", [("a", ONE), ("b", TWO)])
    assert vectors.load(connection, "small", ["a", "b", "c"]) == {"a": ONE, "b": TWO}
    assert vectors.have(connection, "small", ["b", "c"]) == {"b"}


def test_another_encoder_has_none_of_it(connection: sa.Connection) -> None:
    vectors.put(connection, "small", [("a", ONE)])
    vectors.put(connection, "large", [("a", TWO)])
    assert vectors.load(connection, "small", ["a"]) == {"a": ONE}
    assert vectors.load(connection, "large", ["a"]) == {"a": TWO}
    assert vectors.load(connection, "smal", ["a"]) == {}


def test_what_two_programs_made_is_kept_once(connection: sa.Connection) -> None:
    vectors.put(connection, "small", [("a", ONE)])
    vectors.put(connection, "small", [("a", ONE), ("b", TWO), ("b", TWO)])
    assert vectors.count(connection) == {"small": 2}


def test_nothing_is_put_and_nothing_found(connection: sa.Connection) -> None:
    vectors.put(connection, "small", [])
    assert vectors.load(connection, "small", []) == {}
    assert vectors.have(connection, "small", []) == set()
    assert vectors.count(connection) == {}


def test_many_at_once(connection: sa.Connection) -> None:
    made = [(f"{number:05}", ONE) for number in range(2500)]
    vectors.put(connection, "small", made)
    names = [name for name, _ in made]
    assert vectors.have(connection, "small", names) == set(names)
    assert len(vectors.load(connection, "small", names)) == len(names)


def test_pruning_keeps_what_is_named_and_nothing_else(connection: sa.Connection) -> None:
    vectors.put(connection, "small", [("a", ONE), ("b", TWO), ("c", TWO)])
    vectors.put(connection, "old", [("a", ONE)])
    assert vectors.prune(connection, {"small": ["a", "c", "z"]}) == 2
    assert vectors.load(connection, "small", ["a", "b", "c"]) == {"a": ONE, "c": TWO}
    assert vectors.count(connection) == {"small": 2}
