"""The portal with its faults: ``FaultyPortal`` serves records and commits what it is told to.

By hand: ``python -m tests.portal.standin --fault stubs_before``; ``--help`` lists the rest.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from desk.demo import portal_records
from desk.demo.portal import PortalSite, envelope
from desk.demo.search import Answer, Ask, Entry, Index
from desk.demo.serving import Incoming, Reply
from tests.portal.fault import Expect, Fault, When
from tests.portal.faults import FAULTS
from tests.portal.rows import archive, load
from tests.portal.truth import Expected, expected_opportunities

__all__ = ["FAULTS", "Expect", "Expected", "FaultyPortal", "expected_opportunities"]


@dataclass
class _Active:
    fault: Fault
    when: When


class FaultyPortal(PortalSite):
    """A portal that commits the faults named, each as often as the register says.

    ``first``, ``page`` and ``type`` override what the register says for all of them: only the
    first so many searches that match, only one page, only one record type.
    """

    def __init__(
        self,
        records: Sequence[dict[str, Any]],
        *faults: str,
        first: int | None = None,
        page: int | None = None,
        type: str | None = None,  # noqa: A002  (the portal's word)
    ) -> None:
        super().__init__(records)
        self._whole: tuple[Sequence[dict[str, Any]], Index] | None = None
        self.active = [
            _Active(
                entered.make(),
                When(first or entered.first, page or entered.page, type or entered.type),
            )
            for entered in (FAULTS[name] for name in faults)
        ]

    @property
    def everything(self) -> Index:
        """The whole index: the records, and all that a filter keeps away."""
        if self._whole is None or self._whole[0] is not self.records:
            whole = Index.of([*self.records, *archive(self.records)])
            self._whole = (self.records, whole)
        return self._whole[1]

    @contextlib.contextmanager
    def serve(self, port: int = 0) -> Iterator[str]:
        if any(one.fault.dead for one in self.active):
            yield f"http://127.0.0.1:{_closed_port()}"
            return
        with super().serve(port) as url:
            yield url

    def reply(self, incoming: Incoming) -> Reply:
        reply = super().reply(incoming)
        if incoming.target == "/robots.txt":
            for one in self.active:
                reply = one.fault.robots(reply)
        return reply

    def respond(self, ask: Ask) -> Reply:
        striking = [one.fault for one in self.active if one.when.strikes(ask)]
        found: list[Entry] = self.index.found(ask)
        for fault in striking:
            found = fault.found(ask, found, self)
        answer = Answer.of(found, ask)
        for fault in striking:
            answer = fault.answer(ask, answer, self)
        reply = Reply(200, envelope(ask, answer))
        for fault in striking:
            reply = fault.reply(ask, reply)
        return reply


def _closed_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


@click.command(epilog="Faults: " + ", ".join(FAULTS))
@click.option("--rows", type=click.Path(exists=True, dir_okay=False, path_type=Path),
              help="Serve these rows (NDJSON) instead of the sample ones.")  # fmt: skip
@click.option("--synthetic", type=int, help="Serve so many generated records instead.")
@click.option("--fault", "faults", multiple=True, type=click.Choice(list(FAULTS)), metavar="NAME")
@click.option("--first", type=int, help="Only in the first so many searches that match.")
@click.option("--page", type=int, help="Only on this page.")
@click.option("--type", "kind", help="Only for this record type.")
@click.option("--port", default=9000, show_default=True, help="0 takes any free port.")
def main(  # noqa: PLR0913  (the options are the arguments)
    *,
    rows: Path | None,
    synthetic: int | None,
    faults: tuple[str, ...],
    first: int | None,
    page: int | None,
    kind: str | None,
    port: int,
) -> None:
    """Serve a faulty portal until interrupted; its address is the first line of output."""
    now = datetime.now(UTC)
    if rows:
        records = load(rows)
    elif synthetic:
        records = portal_records.synthetic(synthetic, now)
    else:
        records = portal_records.records(now)
    site = FaultyPortal(records, *faults, first=first, page=page, type=kind)
    with site.serve(port) as url, contextlib.suppress(KeyboardInterrupt):
        click.echo(url)
        threading.Event().wait()


if __name__ == "__main__":
    main()
