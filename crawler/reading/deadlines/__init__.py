"""Deadlines from the words of a call, in the twenty languages calls are written in.

``read_deadlines`` is a pure function for every source. The words of each language are in the file
of its name beside this one; how they decide is told in ``judging``.
"""

from __future__ import annotations

from crawler.reading.deadlines.reader import DeadlinesRead, read_deadlines

__all__ = ["DeadlinesRead", "read_deadlines"]
