"""How seldom a harvest's process looks for objects that hold each other and nobody else needs."""

from __future__ import annotations

import gc

_OBJECTS = 10_000
"""New objects before the youngest are looked through (Python: 700). A page makes thousands that
go by themselves; what waits longer for its turn is about a megabyte."""


def hold() -> None:
    """Look for nothing while libraries are loaded: what they make stays."""
    gc.disable()


def resume() -> None:
    """Look again, but never through what is loaded by now."""
    gc.freeze()
    gc.set_threshold(_OBJECTS, *gc.get_threshold()[1:])
    gc.enable()
