"""Letters through a server that fails at every stage, by senders that are killed at random."""

from __future__ import annotations

import contextlib
import logging
import multiprocessing
import os
import random
import signal
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import wait
from multiprocessing.context import ForkServerContext
from multiprocessing.process import BaseProcess

import sqlalchemy as sa

from alerts.conversation import Limits
from alerts.delivery import deliver
from alerts.warning import KIND
from storage.database import open_database
from storage.holds import HoldName, active_holds
from storage.letters import Letter, LetterState, Posted, list_letters, write
from storage.schema import letters as table
from storage.sending import RESENDS
from storage.settings import Settings
from tests.alerts.faulty import GONE, Faulty, Kept

BEGAN = datetime(2026, 11, 23, 7, tzinfo=UTC)
DOMAINS = ("verbove.example.org", "nowadolina.example.org", "brzoza.example.net")
LIMITS = Limits(connect=0.3, command=0.3, letter=0.3, taken=0.3)
MOST_ROUNDS = 5000
_EXPECTED = {0, -signal.SIGKILL}

_ONE_ASKS = threading.Lock()
"""How a process ended can be read once; of two threads that ask, one would be told 255."""

_WAITING = {LetterState.PENDING, LetterState.SENDING, LetterState.RETRY}


@dataclass
class Drilled:
    """How a drill went; ``lost`` and ``doubled_outside`` name letters and should be empty."""

    letters: int
    states: Counter[str] = field(default_factory=Counter)
    happened: Counter[str] = field(default_factory=Counter)
    killed: int = 0
    rounds: int = 0
    simulated: timedelta = timedelta()
    kept: int = 0
    doubled: int = 0
    lost: list[str] = field(default_factory=list)
    doubled_outside: list[str] = field(default_factory=list)

    def lines(self) -> Iterator[str]:
        """What happened, one kind a line."""
        yield f"letters {self.letters}, senders killed {self.killed}, rounds {self.rounds},"
        yield f"  {self.simulated} of simulated time"
        yield from (f"  {what}: {times}" for what, times in sorted(self.happened.items()))
        yield from (f"{state}: {times}" for state, times in sorted(self.states.items()))
        yield f"copies the server kept: {self.kept}"
        yield f"letters kept twice or more, each under one Message-ID: {self.doubled}"
        yield f"doubled though their sender knew of the first: {len(self.doubled_outside)}"
        yield f"lost: {len(self.lost)}"


def send(url: str, mail: str, now: datetime) -> None:
    """What one sender does."""
    logging.disable(logging.CRITICAL)
    settings = Settings(
        mail=mail,
        mail_to="everybody",
        contact="office@bridges.example.org",
        letters_per_hour=1_000_000,
        letters_per_minute=1_000_000,
    )
    engine = open_database(url, migrate=False)
    deliver(engine, settings, now, limits=LIMITS)
    engine.dispose()


def drill(url: str, count: int, *, senders: int, seed: int, rate: float = 0.03) -> Drilled:
    """Let ``senders`` at once send ``count`` letters until each is somewhere for good."""
    engine = open_database(url)
    result = Drilled(count)
    alive: dict[int, BaseProcess] = {}
    known: dict[str, int] = {}

    def kill(slot: int) -> None:
        one = alive.get(slot)
        with _ONE_ASKS:
            if one is not None and one.pid is not None and one.is_alive():
                os.kill(one.pid, signal.SIGKILL)

    chance = random.Random(seed)  # noqa: S311 - when to kill is no secret
    with contextlib.ExitStack() as open_until_the_end:
        open_until_the_end.callback(engine.dispose)
        server = open_until_the_end.enter_context(Faulty(seed, rate, kill).listening(senders))
        _write(engine, count)
        now = BEGAN
        while result.rounds < MOST_ROUNDS:
            moment = _next_moment(engine, now)
            if moment is None:
                break
            now = moment
            result.rounds += 1
            server.round = result.rounds
            _round(url, server, now, alive, chance)
            result.killed += sum(one.exitcode == -signal.SIGKILL for one in alive.values())
            died = [code for one in alive.values() if (code := one.exitcode) not in _EXPECTED]
            assert not died, f"a sender ended by an error of its own, exit code {died}"
            _note_sent(engine, result.rounds, known)
        result.simulated = now - BEGAN
        result.happened = server.happened
        _judge(engine, server, result, known)
    return result


def _write(engine: sa.Engine, count: int) -> None:
    with engine.begin() as connection:
        for number in range(count):
            who = GONE if number % 20 == 7 else "officer"
            address = f"{who}{number}@{DOMAINS[number % len(DOMAINS)]}"
            text = f"Letter {number}\n.\n..\nШановні колеги!\n"
            letter = Letter("digest", address, str(number), f"№ {number}", text, f"<p>{text}</p>")
            name = f"<letter-{number}@bridges.example.org>"
            assert write(connection, letter, [], message_id=name, now=BEGAN)


def _round(
    url: str,
    server: Faulty,
    now: datetime,
    alive: dict[int, BaseProcess],
    chance: random.Random,
) -> None:
    """Start the senders together and wait until all have ended; now and then one is killed."""
    for slot, port in enumerate(server.ports):
        one = _context().Process(target=send, args=(url, f"smtp://127.0.0.1:{port}", now))
        one.start()
        alive[slot] = one
    timer = None
    if chance.random() < 0.3:
        victim = chance.choice(sorted(alive))
        timer = threading.Timer(chance.uniform(0.02, 0.4), server.kill, [victim])
        timer.start()
    for one in alive.values():
        wait([one.sentinel])
        with _ONE_ASKS:
            one.join()
    if timer is not None:
        timer.cancel()
        timer.join()


def _context() -> ForkServerContext:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.alerts.drill"])
    return context


def _every(engine: sa.Engine) -> list[Posted]:
    with engine.begin() as connection:
        return list_letters(connection, list(LetterState))


def _next_moment(engine: sa.Engine, now: datetime) -> datetime | None:
    """When there is something to do again; None when every letter is somewhere for good."""
    with engine.begin() as connection:
        every = list_letters(connection, list(LetterState))
        hold = active_holds(connection).get(HoldName.SERVER)
        first_lease = connection.scalar(sa.select(sa.func.min(table.c.lease)))
    moments = [one.due for one in every if one.state in _WAITING - {LetterState.SENDING}]
    doubtful = [one for one in every if one.state is LetterState.UNCONFIRMED]
    moments += [one.due for one in doubtful if one.doubts <= RESENDS]
    moments += [first_lease] if first_lease is not None else []
    if not moments:
        return None
    until = hold.due if hold is not None and hold.due is not None else now
    return max(now + timedelta(seconds=1), min(moments), until)


def _note_sent(engine: sa.Engine, number: int, known: dict[str, int]) -> None:
    """Note after which round it was written down that a letter was sent."""
    for one in _every(engine):
        if one.state is LetterState.SENT:
            known.setdefault(one.message_id, number)


def _judge(engine: sa.Engine, server: Faulty, result: Drilled, known: dict[str, int]) -> None:
    """Hold what the server kept against what our tables say.

    A second copy is right only where it was written down before that nobody knows of the first:
    as many doubts as copies more than one, and none once the letter counts as sent.
    """
    copies: dict[str, list[Kept]] = {}
    for copy in server.kept:
        copies.setdefault(copy.number, []).append(copy)
    result.kept = len(server.kept)
    for one in _every(engine):
        found = copies.pop(one.message_id, [])
        of_ours = one.letter.kind == KIND
        result.states[f"to the operator, {one.state}" if of_ours else one.state] += 1
        result.doubled += len(found) > 1
        assert len({copy.content for copy in found}) <= 1, "two copies of a letter differ"
        gone = one.letter.address.startswith(GONE)
        arrived = one.state is LetterState.SENT and found
        refused = one.state is LetterState.FAILED and gone and "550 5.1.1" in one.reply
        for_a_person = one.state is LetterState.UNCONFIRMED and one.doubts > RESENDS
        if not (arrived or refused or for_a_person):
            result.lost.append(f"{one.message_id}: {one.state}, {one.reason}")
        late = [copy for copy in found if copy.round > known.get(one.message_id, MOST_ROUNDS)]
        if late or len(found) - 1 > one.doubts:
            result.doubled_outside.append(one.message_id)
    assert not copies, "the server kept what nobody wrote"
