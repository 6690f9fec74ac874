"""What is drawn where a person looks: bars on a terminal, and only there."""

from __future__ import annotations

import os
import pty
import subprocess
from collections.abc import Sequence

from desk.demo.portal import PortalSite
from desk.demo.portal_records import records
from tests.desk.making import NOW, House, call
from tests.desk.test_program import BRIDGES, environment


def on_a_terminal(house: House, words: Sequence[str], *, stdout: bool) -> tuple[int, str, str]:
    """Run the program with stderr, or else stdout, on a terminal; returns what both showed."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [*BRIDGES, *words],
        env=environment(house, TERM="xterm-256color"),
        cwd=house.folder,
        stdin=subprocess.DEVNULL,
        stdout=theirs if stdout else subprocess.PIPE,
        stderr=subprocess.PIPE if stdout else theirs,
    ) as child:
        os.close(theirs)
        drawn = b""
        try:
            while part := os.read(ours, 65536):
                drawn += part
        except OSError:
            pass  # how a terminal says that its other end is gone
        pipe = child.stderr if stdout else child.stdout
        assert pipe is not None
        piped = pipe.read()
    os.close(ours)
    return child.returncode, drawn.decode(), piped.decode()


def test_a_bar_is_drawn_on_a_terminal_and_leaves_stdout_alone(house: House) -> None:
    with PortalSite(records(NOW)).serve() as url:
        code, drawn, piped = on_a_terminal(
            house, ["crawl", "eu_portal", "--at", f"eu_portal={url}"], stdout=False
        )
    assert code == 0
    assert "\x1b[" in drawn
    assert "eu_portal" in drawn
    assert "calls" in drawn
    assert piped.startswith("eu_portal  ok  ")
    assert "\x1b" not in piped


def test_a_workbook_is_not_for_a_screen(house: House) -> None:
    house.keep(call())
    code, drawn, told = on_a_terminal(house, ["calls", "find", "--format", "xlsx"], stdout=True)
    assert code == 2
    assert drawn == ""
    assert "> calls.xlsx" in told


def test_titles_steer_no_terminal(house: House) -> None:
    house.keep(call(title="\x1b]0;owned\x07Water \x1b[8mhidden"))
    code, drawn, _ = on_a_terminal(house, ["calls", "find"], stdout=True)
    assert code == 0
    assert "Water hidden" in drawn
    assert "owned" not in drawn
    assert "\x1b[8m" not in drawn
