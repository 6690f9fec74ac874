"""The fault drill at full size: 1,000 letters through a mail server that fails at every stage.

Run as ``python -m benchmarks.drill``. ``--letters``, ``--senders``, ``--seed``, ``--rate`` change
it, ``--postgresql`` uses the PostgreSQL that the tests bring along. Senders are processes that are
killed (SIGKILL) at stages of the protocol and at random moments, and started again under a moved
clock. Exit code 1: a letter was lost, or doubled although its sender knew that it had arrived.
"""

from __future__ import annotations

import argparse
import contextlib
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator
from pathlib import Path

from tests.alerts.drill import drill


@contextlib.contextmanager
def database(*, postgresql: bool) -> Iterator[str]:
    """The URL of an empty database that goes away again."""
    with tempfile.TemporaryDirectory(prefix="bridges-") as folder:
        if not postgresql:
            yield f"sqlite:///{folder}/bridges.db"
            return
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it complains about an unset XDG_RUNTIME_DIR
            import pgserver  # type: ignore[import-untyped,unused-ignore]  # noqa: PLC0415

            data = Path(folder) / "data"
            server = pgserver.get_server(data, cleanup_mode="stop")
        try:
            yield f"postgresql+psycopg://postgres@/postgres?host={data}"
        finally:
            server.cleanup()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--letters", type=int, default=1000)
    parser.add_argument("--senders", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rate", type=float, default=0.03, help="share of stages that go wrong")
    parser.add_argument("--postgresql", action="store_true")
    options = parser.parse_args()
    began = time.monotonic()
    with database(postgresql=options.postgresql) as url:
        found = drill(
            url, options.letters, senders=options.senders, seed=options.seed, rate=options.rate
        )
    print("\n".join(found.lines()))
    print(f"seconds: {time.monotonic() - began:.0f}")
    for one in (*found.lost, *found.doubled_outside):
        print(f"  {one}")
    return 1 if found.lost or found.doubled_outside else 0


if __name__ == "__main__":
    sys.exit(main())
