"""One crawl of the invented agency by us, in a process that begins as that of a harvest does.

``python -m benchmarks.html_harvest URL`` prints the same as ``benchmarks.html_crawl``.
"""

from __future__ import annotations

import sys

from crawler import collecting


def main() -> None:
    collecting.hold()
    import crawler.harvest  # noqa: F401, PLC0415  (it is there from the beginning)
    from benchmarks.html_crawl import crawl  # noqa: PLC0415
    from benchmarks.html_spider import Ours, our_settings  # noqa: PLC0415

    crawl(Ours, our_settings, sys.argv[1], made=collecting.resume)


if __name__ == "__main__":
    main()
