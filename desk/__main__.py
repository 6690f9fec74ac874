"""Starts the command line: ``python -m desk`` is ``bridges``."""

from __future__ import annotations

from desk.cli import main

if __name__ == "__main__":
    main()
