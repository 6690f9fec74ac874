"""A letter belongs to one sender at a time, and what became of each try is written down."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from storage.holds import HoldName, active_holds, handed_over, hold, release
from storage.letters import Letter, LetterState, Posted, find_letters, last_sent, write
from storage.sending import (
    LEASE,
    RESENDS,
    answered,
    believe_no_longer,
    claim,
    count_waiting,
    expire,
    send_again,
    settle,
)

NOW = datetime(2026, 11, 23, 7, tzinfo=UTC)
HOUR = timedelta(hours=1)
LETTER = Letter("digest", "olena@example.org", "2026-11-23", "Three calls", "text", "<p>html</p>")


def post(connection: sa.Connection, letter: Letter = LETTER, now: datetime = NOW) -> None:
    assert write(connection, letter, [], message_id=f"<{letter.subject_key}@x>", now=now)


def taken(connection: sa.Connection, now: datetime = NOW) -> Posted:
    one = claim(connection, now)
    assert one is not None
    return one


def test_letters_are_claimed_in_turn_and_once(engine: sa.Engine) -> None:
    with engine.begin() as connection:
        for number in range(3):
            post(connection, replace(LETTER, subject_key=str(number)), now=NOW + number * HOUR)
        found = []
        while one := claim(connection, NOW + HOUR):
            found.append(one.letter.subject_key)
        assert found == ["0", "1"]  # the third is not due yet


def test_many_senders_at_once_never_take_the_same_letter(engine: sa.Engine) -> None:
    with engine.begin() as connection:
        for number in range(12):
            post(connection, replace(LETTER, subject_key=str(number)))

    def work(_: int) -> list[str]:
        taken = []
        while True:
            with engine.begin() as connection:
                one = claim(connection, NOW)
            if one is None:
                return taken
            taken.append(one.letter.subject_key)

    with ThreadPoolExecutor(4) as pool:
        every = [name for names in pool.map(work, range(4)) for name in names]
    assert sorted(every, key=int) == [str(number) for number in range(12)]


def test_a_claimed_letter_is_settled_by_its_sender_alone(engine: sa.Engine) -> None:
    with engine.begin() as connection:
        post(connection)
        first = claim(connection, NOW)
        assert first is not None
        assert first.state is LetterState.SENDING
        assert expire(connection, NOW + HOUR, LetterState.RETRY, "died") == 1
        second = claim(connection, NOW + HOUR)
        assert second is not None
        assert second.tries == 2
        assert not settle(connection, first, LetterState.FAILED, NOW + HOUR)
        assert settle(connection, second, LetterState.SENT, NOW + HOUR, reply="250 ok")
        (found,) = find_letters(connection, [LetterState.SENT])
        assert (found.reply, found.state_at) == ("250 ok", NOW + HOUR)


def test_a_slow_sender_may_still_say_that_it_was_sent(engine: sa.Engine) -> None:
    with engine.begin() as connection:
        post(connection)
        slow = claim(connection, NOW)
        assert slow is not None
        assert expire(connection, NOW + LEASE, LetterState.UNCONFIRMED, "died") == 1
        assert not settle(connection, slow, LetterState.RETRY, NOW + LEASE)
        assert settle(connection, slow, LetterState.SENT, NOW + LEASE)


def test_a_lease_that_runs_is_left_alone(engine: sa.Engine) -> None:
    with engine.begin() as connection:
        post(connection)
        claim(connection, NOW)
        assert expire(connection, NOW + LEASE - timedelta(seconds=1), LetterState.RETRY, "") == 0
        assert claim(connection, NOW + LEASE - timedelta(seconds=1)) is None


def test_a_letter_to_retry_waits_until_it_is_due(engine: sa.Engine) -> None:
    with engine.begin() as connection:
        post(connection)
        one = claim(connection, NOW)
        assert one is not None
        settle(connection, one, LetterState.RETRY, NOW, reason="down", due=NOW + HOUR)
        assert claim(connection, NOW + HOUR - timedelta(seconds=1)) is None
        assert claim(connection, NOW + HOUR) is not None


def test_a_yes_is_not_forgotten_though_somebody_else_is_at_the_letter(engine: sa.Engine) -> None:
    with engine.begin() as connection:
        post(connection)
        slow = taken(connection)
        expire(connection, NOW + LEASE, LetterState.UNCONFIRMED, "died")
        second = taken(connection, NOW + LEASE)
        assert settle(connection, slow, LetterState.SENT, NOW + LEASE, reply="250 first")
        assert not settle(connection, second, LetterState.RETRY, NOW + LEASE)
        (found,) = find_letters(connection)
        assert (found.state, found.reply) == (LetterState.SENT, "250 first")


def test_an_unconfirmed_letter_is_sent_again_until_a_person_has_to_decide(
    engine: sa.Engine,
) -> None:
    with engine.begin() as connection:
        post(connection)
        now = NOW
        for doubts in range(1, RESENDS + 2):
            one = taken(connection, now)
            assert one.message_id == "<2026-11-23@x>"
            settle(connection, one, LetterState.UNCONFIRMED, now, reason="silence", due=now + HOUR)
            assert claim(connection, now) is None
            (found,) = find_letters(connection, [LetterState.UNCONFIRMED])
            assert found.doubts == doubts
            now += HOUR
        assert claim(connection, now + 100 * HOUR) is None
        assert send_again(connection, now) == 1
        assert taken(connection, now).tries == RESENDS + 2


def test_only_those_get_mail_who_may_and_whose_domain_is_not_left_alone(
    engine: sa.Engine,
) -> None:
    with engine.begin() as connection:
        for number, address in enumerate(
            ["a@Town.example.org", "b@example.org", "c_d@example.org", "e@not-example.org"]
        ):
            post(connection, replace(LETTER, address=address, subject_key=str(number)))
        assert count_waiting(connection, NOW) == 4
        assert count_waiting(connection, NOW, only_to=[]) == 0
        assert count_waiting(connection, NOW, only_to=["@example.org"]) == 2
        assert count_waiting(connection, NOW, only_to=["B@example.org", "@town.example.org"]) == 2
        assert claim(connection, NOW, only_to=["@nowhere.example.org"]) is None
        assert claim(connection, NOW, kind="operator") is None
        one = claim(connection, NOW, not_to={"town.example.org", "not-example.org"})
        assert one is not None
        assert one.letter.address == "b@example.org"
        other = claim(connection, NOW, only_to=["@example.org"])
        assert other is not None
        assert other.letter.address == "c_d@example.org"


def test_a_no_that_was_meant_for_everybody_is_taken_back(engine: sa.Engine) -> None:
    with engine.begin() as connection:
        for number in range(3):
            post(connection, replace(LETTER, subject_key=str(number)))
        for state, reply in (
            (LetterState.SENT, "250 ok"),
            (LetterState.FAILED, "554 blocked"),
            (LetterState.FAILED, "550 blocked"),
        ):
            settle(connection, taken(connection), state, NOW, reply=reply)
        newest = answered(connection, 2)
        assert [reply for _, _, reply in newest] == ["550 blocked", "554 blocked"]
        numbers = [number for number, _, _ in newest]
        assert believe_no_longer(connection, numbers, NOW, due=NOW + HOUR, most=1) == 2
        assert claim(connection, NOW) is None
        one = taken(connection, NOW + HOUR)
        assert one.refusals == 1
        settle(connection, one, LetterState.FAILED, NOW, reply="554 blocked")
        assert believe_no_longer(connection, numbers, NOW, due=NOW + HOUR, most=1) == 0
        assert last_sent(connection) == NOW


def test_refusals_count_only_what_was_the_letter_s_fault(engine: sa.Engine) -> None:
    with engine.begin() as connection:
        post(connection)
        for refused in (True, False, True):
            settle(connection, taken(connection), LetterState.RETRY, NOW, refused=refused)
        assert taken(connection).refusals == 2


def test_a_hold_lasts_until_it_is_released_and_then_counts_anew(engine: sa.Engine) -> None:
    later = NOW + HOUR
    with engine.begin() as connection:
        first = hold(connection, HoldName.SERVER, "down", NOW, due=later)
        assert (first.since, first.tries, first.bars(NOW), first.bars(later)) == (
            NOW,
            1,
            True,
            False,
        )
        second = hold(connection, HoldName.SERVER, "still down", later)
        assert (second.since, second.tries, second.reason) == (NOW, 2, "still down")
        assert second.bars(later + 100 * HOUR)  # until somebody says so
        assert active_holds(connection) == {HoldName.SERVER: second}
        assert release(connection, HoldName.SERVER, later)
        assert not release(connection, HoldName.SERVER, later)
        assert not release(connection, HoldName.BRAKE, later)
        assert active_holds(connection) == {}
        again = hold(connection, HoldName.SERVER, "down", later, due=NOW + 9000 * HOUR)
        assert not again.bars(NOW)  # a wrong clock wrote that
        assert (again.since, again.tries) == (later, 1)


def test_letters_handed_over_are_counted_since_the_brake_was_released(engine: sa.Engine) -> None:
    with engine.begin() as connection:
        for number in range(4):
            post(connection, replace(LETTER, subject_key=str(number)))
        for state in (LetterState.SENT, LetterState.UNCONFIRMED, LetterState.FAILED):
            settle(connection, taken(connection), state, NOW, due=NOW + HOUR)
        assert handed_over(connection, NOW, apart_from="operator") == 2
        assert handed_over(connection, NOW, apart_from="digest") == 0
        assert handed_over(connection, NOW + HOUR, apart_from="operator") == 0
        assert handed_over(connection, NOW - HOUR, apart_from="operator") == 0
        hold(connection, HoldName.BRAKE, "too many", NOW)
        release(connection, HoldName.BRAKE, NOW)
        assert handed_over(connection, NOW, apart_from="operator") == 0
