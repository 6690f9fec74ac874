"""The log of the scheduler and its children: one line an event, without anybody's address."""

from __future__ import annotations

import json
import logging
import re
import sys
from datetime import UTC, datetime
from typing import Any

_ADDRESS = re.compile(r"[^\s@<>\"'()\[\],;:=/]+@[^\s@<>\"'()\[\],;:=/]+")
_OWN = frozenset(vars(logging.makeLogRecord({})))
_LONGEST = 4000


def without_addresses(text: str) -> str:
    """Return ``text`` with every e-mail address in it replaced.

    Libraries and servers put addresses into what they say; none of it is ours to keep in a log.
    """
    return _ADDRESS.sub("(an address)", text)


class Text(logging.Formatter):
    """One line for people: when, how bad, what, and the figures that belong to it."""

    def format(self, record: logging.LogRecord) -> str:
        event = _event(record)
        figures = " ".join(f"{name}={value}" for name, value in _figures(record).items())
        head = f"{event.pop('at')} {event.pop('level'):<7} {event.pop('said')}"
        trace = event.get("trace")
        line = f"{head} ({figures})" if figures else head
        return f"{line}\n{trace}" if trace else line


class JsonLines(logging.Formatter):
    """One JSON object a line: ``at`` (UTC), ``level``, ``from``, ``said``, and the figures."""

    def format(self, record: logging.LogRecord) -> str:
        return json.dumps(_event(record) | _figures(record), ensure_ascii=False, default=str)


def log_to_stderr(how: str, level: int = logging.INFO) -> None:
    """Send what our own rooms log to stderr, and of libraries only what went wrong."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines() if how == "json" else Text())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    for room in ("alerts", "classifier", "crawler", "desk", "storage"):
        logging.getLogger(room).setLevel(level)


def _event(record: logging.LogRecord) -> dict[str, Any]:
    said = without_addresses(" ".join(record.getMessage().split()))[:_LONGEST]
    event = {
        "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
        "level": record.levelname.lower(),
        "from": record.name,
        "said": said,
    }
    if record.exc_info:
        trace = logging.Formatter().formatException(record.exc_info)
        event["trace"] = without_addresses(trace)[-_LONGEST:]
    return event


def _figures(record: logging.LogRecord) -> dict[str, Any]:
    """What was given as ``extra``."""
    return {
        name: without_addresses(value) if isinstance(value, str) else value
        for name, value in vars(record).items()
        if name not in _OWN and name not in {"message", "asctime", "taskName"}
    }
