"""Finds one spider without loading all of them, since a harvest needs no other."""

from __future__ import annotations

import contextlib
from functools import cached_property
from importlib.util import find_spec
from typing import Any

from scrapy import Request, Spider
from scrapy.settings import BaseSettings, Settings
from scrapy.spiderloader import SpiderLoader


class OneSpiderLoader:
    """Scrapy's loader, asked only where a spider is not in the module of its name."""

    def __init__(self, settings: BaseSettings) -> None:
        self._settings = settings

    @classmethod
    def from_settings(cls, settings: BaseSettings) -> OneSpiderLoader:
        return cls(settings)

    @cached_property
    def _all(self) -> Any:
        return SpiderLoader.from_settings(self._settings)

    def load(self, spider_name: str) -> type[Spider]:
        """Return the class of a spider. Raises KeyError for a name no spider has."""
        for module in self._settings.getlist("SPIDER_MODULES"):
            own = f"{module}.{spider_name}"
            if spider_name.isidentifier() and _is_there(own):
                found: Any = SpiderLoader.from_settings(Settings({"SPIDER_MODULES": [own]}))
                if spider_name in found.list():
                    spider: type[Spider] = found.load(spider_name)
                    return spider
        other: type[Spider] = self._all.load(spider_name)
        return other

    def list(self) -> list[str]:
        names: list[str] = self._all.list()
        return names

    def find_by_request(self, request: Request) -> Any:
        return self._all.find_by_request(request)


def _is_there(module: str) -> bool:
    with contextlib.suppress(ModuleNotFoundError):  # what is no package has no modules
        return find_spec(module) is not None
    return False
