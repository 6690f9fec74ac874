"""Ends a harvest that takes too much memory itself, whatever the process around it has taken."""

from __future__ import annotations

import os
from pathlib import Path

from scrapy.crawler import Crawler
from scrapy.extensions.memusage import MemoryUsage

_HELD = Path("/proc/self/statm")


class Memory(MemoryUsage):
    """Scrapy's guard, which looks at the peak of a process since its birth.

    A process begins with the peak of the one that started it: a program that had loaded language
    models could harvest nothing any more. So the memory held now counts, less what was held when
    the crawl was made. Where no such count exists (macOS), Scrapy's stands.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._before = self._held()

    def get_virtual_size(self) -> int:
        return self._held() - self._before

    def _held(self) -> int:
        """Bytes of memory in use."""
        try:
            pages = int(_HELD.read_text(encoding="ascii").split()[1])
        except FileNotFoundError:
            return super().get_virtual_size()
        return pages * os.sysconf("SC_PAGE_SIZE")
