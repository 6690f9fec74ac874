"""A harvest loads its own spider and no other, no server, and nothing that asks past the guard."""

from __future__ import annotations

import subprocess
import sys

import pytest
from scrapy.settings import Settings

from crawler.loading import OneSpiderLoader

_LOADED = """
import sys
from scrapy.core.downloader.middleware import DownloaderMiddlewareManager
from scrapy.crawler import Crawler
from crawler.harvest import _project_settings, load_spider
spider = load_spider("cpva")
crawler = Crawler(spider, _project_settings())
crawler._apply_settings()
DownloaderMiddlewareManager.from_crawler(crawler)
unasked = {"requests", "tldextract"}
servers = {"aiohttp.web", "scrapy.extensions.remote_control", "scrapy.extensions.telnet"}
ours = [name for name in sys.modules if name.startswith("spiders.")]
print(spider.name, *ours, *(servers | unasked) & sys.modules.keys())
"""


def test_other_spiders_are_not_loaded_nor_servers_nor_what_asks_past_the_guard() -> None:
    command = [sys.executable, "-c", _LOADED]
    told = subprocess.run(command, capture_output=True, text=True, check=False)
    assert told.stdout.split() == ["cpva", "spiders.cpva"], told.stderr


def test_a_spider_is_found_wherever_it_stands() -> None:
    settings = Settings({"SPIDER_MODULES": ["tests.crawler.misbehaving"]})
    loader = OneSpiderLoader.from_settings(settings)
    for name in loader.list():
        assert loader.load(name).name == name
    assert loader.list()
    for unknown in ("nothing", "no name", "__init__", ""):
        with pytest.raises(KeyError, match="Spider not found"):
            loader.load(unknown)
