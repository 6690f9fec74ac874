"""The child process of a harvest as it is, but with spiders that misbehave."""

from __future__ import annotations

import os
import sys
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parents[2])  # the project, not this folder

import crawler.settings  # noqa: E402
from crawler import harvest  # noqa: E402
from crawler.pipelines import KeepCalls  # noqa: E402

if __name__ == "__main__":
    crawler.settings.SPIDER_MODULES = ["tests.crawler.misbehaving"]
    harvest.GRACE = float(os.environ.get("TEST_GRACE", harvest.GRACE))
    KeepCalls.PATIENCE = float(os.environ.get("TEST_PATIENCE", KeepCalls.PATIENCE))
    sys.exit(harvest.main())
