"""The child process of one harvest, as ``crawler.harvest`` starts it: ``python -m crawler``."""

from __future__ import annotations

import sys

from crawler import collecting

if __name__ == "__main__":
    collecting.hold()  # before the libraries come, of which most take longer to search than to load
    from crawler.harvest import main

    sys.exit(main())
