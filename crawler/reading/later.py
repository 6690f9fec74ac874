"""Modules that are loaded when something of them is wanted, and not when they are imported."""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import Any


class Later(ModuleType):
    """Stands in ``sys.modules`` for a module until then."""

    def __getattr__(self, name: str) -> Any:
        if sys.modules.get(self.__name__) is self:
            del sys.modules[self.__name__]
        return getattr(import_module(self.__name__), name)


def load_later(name: str) -> None:
    """Let whoever imports ``name`` from now on have it when it is used; no change if it is here."""
    sys.modules.setdefault(name, Later(name))
