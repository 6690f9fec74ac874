"""3,000 digests of fifteen calls rendered, stored, and handed to a mail server on this computer.

One process writes what is due, another hands over what is there at the same time, each letter
claimed and settled in a transaction that is on the disk before the next. Beside it, what nobody can
leave out: a bare loop of smtplib that sends the same mails, made beforehand, over one connection.
By the clock, since the server is another process.
"""

from __future__ import annotations

import json
import smtplib
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from alerts.mail import sealed
from alerts.outbox import build_due
from benchmarks import Board, Ended, Spread, arguments, child
from benchmarks.sending import CONTACT, peak, settings
from benchmarks.sink import sink
from storage.database import open_database
from storage.letters import find_letters
from tests.alerts.world import MARTA, MONDAY, OLENA, PORTAL, TOWNS, World, many_calls

PARTNERSHIPS, RECIPIENTS, CALLS = 20, 150, 30
A_MINUTE, MEGABYTES = 3000, 250


def fill(url: str, partnerships: int, recipients: int) -> None:
    """Partnerships that match the same calls, with recipients in two languages."""
    engine = open_database(url)
    world = World(engine)
    for number in range(partnerships):
        people = tuple(
            replace(MARTA if one % 2 else OLENA, email=f"officer{number}-{one}@t{one}.example.org")
            for one in range(recipients)
        )
        world.partnership(replace(TOWNS, id=f"towns-{number:02}", recipients=people))
    world.publish(*many_calls(CALLS))
    world.match(reasons=["Towns that renew their water networks together with a partner town"])
    world.harvest()
    engine.dispose()


def write(url: str, port: int) -> None:
    """Write every digest that is due; tells on stdout how many, and in how many seconds."""
    engine = open_database(url)
    began = time.perf_counter()
    built = build_due(engine, settings(port), MONDAY, known_sources=[PORTAL])
    print(json.dumps([len(built.written), time.perf_counter() - began, peak()]))
    engine.dispose()


def together(url: str, port: int, count: int) -> tuple[float, Ended, Ended]:
    """Write and send at the same time; returns the seconds until every letter was sent."""
    where = (url, str(port))
    began = time.perf_counter()
    with ThreadPoolExecutor(2) as pool:
        sending = pool.submit(child, "-m", "benchmarks.sending", *where, str(count))
        writing = pool.submit(child, "-m", "benchmarks.letters", *where)
        ended = writing.result(), sending.result()
    return time.perf_counter() - began, *ended


def bare(mails: list[tuple[str, bytes]], port: int) -> float:
    """Seconds that smtplib takes for the same mails."""
    began = time.perf_counter()
    with smtplib.SMTP("127.0.0.1", port) as server:
        for address, mail in mails:
            server.sendmail(CONTACT, [address], mail)
    return time.perf_counter() - began


def made(url: str) -> list[tuple[str, bytes]]:
    engine = open_database(url)
    with engine.connect() as connection:
        posted = find_letters(connection)
    engine.dispose()
    return [(one.letter.address, sealed(one, CONTACT).content) for one in posted]


def main() -> int:
    options = arguments(__doc__ or "")
    partnerships, recipients = (2, 4) if options.quick else (PARTNERSHIPS, RECIPIENTS)
    rounds = options.rounds or 1
    count = partnerships * recipients
    board = Board(f"{count} letters of 15 calls", quick=options.quick)
    ours, plain, writing, sending, cpu, peaks = [], [], [], [], [], []
    with tempfile.TemporaryDirectory() as folder, sink() as port:
        for number in range(rounds):
            url = f"sqlite:///{Path(folder) / str(number)}.db"
            fill(url, partnerships, recipients)
            seconds, writer, sender = together(url, port, count)
            wrote, sent = json.loads(writer.output), json.loads(sender.output)
            assert (wrote[0], sent[0]) == (count, count)
            mails = made(url)
            plain.append(bare(mails, port))
            ours.append(seconds)
            writing.append(1000 * wrote[1] / count)
            sending.append(1000 * sent[1] / count)
            cpu.append(1000 * (writer.seconds + sender.seconds) / count)
            peaks.append(wrote[2] + sent[2])
            size = sum(len(mail) for _, mail in mails) / len(mails) / 1000
    pace = Spread(ours).per(60 * count)
    board.row("letters a minute", pace, f"at least {A_MINUTE}", met=pace.median >= A_MINUTE)
    board.row("bare smtplib loop, letters a minute", Spread(plain).per(60 * count))
    board.row("ours to bare", Spread(plain) / Spread(ours))
    board.row("ms to render and store a letter", Spread(writing))
    board.row("ms to hand one over and write that down", Spread(sending))
    board.row("CPU ms a letter, both processes from their start", Spread(cpu))
    board.row("kB a mail", f"{size:.0f}")
    peak = Spread(peaks)
    board.row("MB at most, both together", peak, f"under {MEGABYTES}", met=peak.median < MEGABYTES)
    return board.end()


if __name__ == "__main__":
    if len(sys.argv) < 3 or "://" not in sys.argv[1]:
        sys.exit(main())
    write(sys.argv[1], int(sys.argv[2]))
