"""What matching works with at the command line: the model that is set, and a bar to draw."""

from __future__ import annotations

from typing import TYPE_CHECKING

from desk.cli.base import Desk
from desk.wording import count

if TYPE_CHECKING:
    from classifier.matching import Means
    from desk.cli.terminal import Advance


def reading_means(desk: Desk, advance: Advance) -> Means:
    """The usual means; ``advance`` is told how many new texts were read, of how many."""
    from classifier.matching import Means

    def draw(done: int, total: int) -> None:
        advance(done, total, f"{done:,} of {count(total, 'text')}")

    return Means(model=desk.settings.model, on_progress=draw)
