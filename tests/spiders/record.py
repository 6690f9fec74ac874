"""Makes the recording of a source, and what we read in it: ``python -m tests.spiders.record NAME``.

The real spider visits the source's sample pages (``tests/samples/NAME``), served on 127.0.0.1.
What was there before is replaced; read the difference before it is committed.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from crawler.harvest import load_spider, spider_names
from crawler.raw import RawCall
from crawler.reading import read
from storage.exchange import call_to_json
from tests.spiders.replay import TESTS, crawl, recorder, recording

BOOKKEEPING = ("first_seen", "last_seen", "version", "withdrawn", "opportunity")


def files(name: str) -> tuple[Path, Path]:
    """Where the recording of a source is, and what we read in it."""
    return TESTS / "cassettes" / f"{name}.yaml", TESTS / "golden" / f"{name}.json"


def as_read(found: list[RawCall]) -> dict[str, Any]:
    """Each call as read, by reference, without what storage would add."""
    result: dict[str, Any] = {}
    for raw in found:
        reading = read(raw)
        call = call_to_json(reading.call)
        content = {name: value for name, value in call.items() if name not in BOOKKEEPING}
        result[raw.reference] = content | {"unreadable": dict(reading.unreadable)}
    return result


def replayed(name: str) -> dict[str, Any]:
    """What the spider collects from its recording, as read."""
    with recorder(name, "none"):
        return as_read(crawl(load_spider(name)))


def record(name: str) -> dict[str, Any]:
    """Make the recording and the file of what we read anew, and return what was read.

    An error leaves both as they were.
    """
    cassette, golden = files(name)
    before = cassette.read_bytes() if cassette.exists() else None
    cassette.unlink(missing_ok=True)
    try:
        with recording(name) as settings:
            crawl(load_spider(name), **settings)
        found = replayed(name)
    except BaseException:
        cassette.unlink(missing_ok=True)
        if before is not None:
            cassette.write_bytes(before)
        raise
    golden.parent.mkdir(exist_ok=True)
    golden.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return found


def main(names: list[str]) -> int:
    if not names or (unknown := [name for name in names if name not in spider_names()]):
        wrong = f"no spider is called {', '.join(unknown)}" if names else "name a source"
        sys.stderr.write(f"{wrong}; known: {', '.join(spider_names())}\n")
        return 2
    for name in names:
        found = record(name)
        sys.stdout.write(f"{name}: {len(found)} calls recorded; now read {files(name)[1]}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
