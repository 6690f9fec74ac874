"""What is drawn on a terminal: tables that fit it, and bars for work that takes long."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress
    from rich.table import Table
    from rich.text import Text

Line: TypeAlias = list[tuple[str, str]]
"""Words, each with their style."""

Cell: TypeAlias = list[Line]

GAP = 3
"""Columns between two cells of a table."""

Advance: TypeAlias = Callable[[float, float | None, str], None]
"""Told how much is done, of how much (None: nobody knows), and what to say beside the bar."""


def console(*, stderr: bool = False) -> Console:
    """A console that takes nothing it is given for markup, emoji or a number to be coloured."""
    from rich.console import Console

    return Console(
        file=sys.stderr if stderr else sys.stdout,
        markup=False,
        emoji=False,
        highlight=False,
        soft_wrap=False,
    )


def grid(*headers: str) -> Table:
    """A table without lines; the cells are to be ``Text``."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    table = Table(box=SIMPLE_HEAD, pad_edge=False, header_style="bold", show_edge=False)
    for header in headers:
        table.add_column(header, overflow="fold")
    return table


def draw(
    screen: Console, headers: Sequence[str], widths: Sequence[int], rows: Sequence[Sequence[Cell]]
) -> None:
    """Print a table as ``grid`` looks, of cells already cut to their widths: ten times as fast."""
    pieces: list[tuple[str, str]] = []

    def put_line(lines: Sequence[Line]) -> None:
        before = 0
        for words, width in zip(lines, widths, strict=True):
            pieces.append((" " * before, ""))
            pieces.extend(words)
            before = width + GAP
            for piece, _ in words:
                before -= wide(piece)
        pieces.append(("\n", ""))

    put_line([[(header, "bold")] for header in headers])
    pieces.append(("─" * (sum(widths) + GAP * (len(widths) - 1)) + "\n", ""))
    for row in rows:
        for number in range(max(map(len, row))):
            put_line([cell[number] if number < len(cell) else [] for cell in row])
    if screen.color_system is None:  # a file or a pipe: nothing to be styled, piece by piece
        screen.file.write("".join([words for words, _ in pieces]))
        return
    from rich.segment import Segment, Segments
    from rich.style import Style

    styles = {style: Style.parse(style) if style else None for _, style in pieces}
    drawn = [Segment(words, styles[style]) for words, style in pieces]
    screen.print(Segments(drawn), end="", crop=False)


def wide(words: str) -> int:
    """The columns that words take which can be printed (``desk.text``)."""
    if words.isascii():
        return len(words)
    from rich.cells import cell_len

    return cell_len(words)


def fitted(words: str, width: int) -> str:
    """The words, cut with an ellipsis where they are wider."""
    if wide(words) <= width:
        return words
    from rich.cells import set_cell_size

    return set_cell_size(words, width - 1) + "…"


def folded(screen: Console, words: str, width: int) -> list[str]:
    """The words in lines of this width, one too long for a line cut anywhere."""
    if wide(words) <= width:
        return [words]
    from rich.text import Text

    return [one.plain for one in Text(words).wrap(screen, width, overflow="fold")]


def text(words: str, style: str = "") -> Text:
    """Words as they are, in one style."""
    from rich.text import Text

    return Text(words, style=style)


@contextlib.contextmanager
def progress(title: str) -> Iterator[Advance]:
    """Draw a bar on stderr while the block lasts; nothing at all where nobody is looking."""
    with bars() as drawn, drawn.bar(title) as advance:
        yield advance


@contextlib.contextmanager
def bars() -> Iterator[Bars]:
    """Draw a bar for each of several things at once, likewise."""
    if not sys.stderr.isatty():
        yield Bars(None)
        return
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    drawing = Progress(
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=24),
        TextColumn("{task.fields[said]}", markup=False),
        TimeElapsedColumn(),
        console=console(stderr=True),
        transient=True,
        redirect_stdout=False,  # what goes to stdout must not come out of stderr
    )
    with drawing:
        yield Bars(drawing)


class Bars:
    """Bars that are drawn at once, each moved by a thread of its own."""

    def __init__(self, drawing: Progress | None) -> None:
        self._drawing = drawing

    @contextlib.contextmanager
    def bar(self, title: str) -> Iterator[Advance]:
        """Draw one more while the block lasts."""
        drawing = self._drawing
        if drawing is None:
            yield _in_silence
            return
        task = drawing.add_task(title, total=None, said="")
        drawn = 0.0

        def advance(done: float, total: float | None, said: str) -> None:
            nonlocal drawn
            if time.monotonic() - drawn > 0.05 or done == total:  # noqa: PLR2004
                drawn = time.monotonic()
                drawing.update(task, completed=done, total=total, said=said)

        yield advance
        drawing.remove_task(task)

    @contextlib.contextmanager
    def aside(self) -> Iterator[None]:
        """Take the bars away while the block writes to the terminal."""
        if self._drawing is not None:
            self._drawing.stop()
        yield
        if self._drawing is not None:
            self._drawing.start()


def _in_silence(done: float, total: float | None, said: str) -> None:
    """Say nothing: stderr is a file or a pipe."""
