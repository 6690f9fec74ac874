"""How many letters a minute the recipients of one domain get, so that their server keeps calm."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable

_MINUTE = 60.0


class Pace:
    """Letters by domain within the last minute; ``clock`` gives seconds that only go forward."""

    def __init__(self, limit: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._limit = limit
        self._clock = clock
        self._sent: dict[str, deque[float]] = {}

    def note(self, address: str) -> None:
        """Count a letter to ``address``."""
        domain = address.rpartition("@")[2].lower()
        self._sent.setdefault(domain, deque(maxlen=self._limit)).append(self._clock())

    def full(self) -> set[str]:
        """The domains that have had their share of this minute."""
        self._forget()
        return {domain for domain, times in self._sent.items() if len(times) >= self._limit}

    def pause(self) -> float:
        """Seconds until the first of them may have another letter; 0 when none is full."""
        first = [self._sent[domain][0] for domain in self.full()]
        return max(0.0, min(first) + _MINUTE - self._clock()) if first else 0.0

    def _forget(self) -> None:
        past = self._clock() - _MINUTE
        for domain, times in list(self._sent.items()):
            while times and times[0] <= past:
                times.popleft()
            if not times:
                del self._sent[domain]
