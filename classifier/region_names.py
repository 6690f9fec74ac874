"""Regions by name: what a code of a call or a programme is called."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files

import yaml


@cache
def region_names() -> Mapping[str, str]:
    """Return names by code: of oblasts in English (ISO 3166-2), of others as they call themselves.

    Read from two small files: the rules of all programmes would take a second.
    """
    folder = files("classifier").joinpath("rules")
    oblasts, regions = (
        yaml.safe_load(folder.joinpath(file).read_text(encoding="utf-8"))[part]
        for file, part in (("oblasts.yaml", "oblasts"), ("regions.yaml", "regions"))
    )
    named = {code: said["name"] for code, said in oblasts.items()}
    return dict(named, **regions)


def region_name(code: str) -> str:
    """``Sumy Oblast (UA-59)``, ``lubelskie (PL81)``; a code nobody knows stands alone."""
    name = region_names().get(code)
    return f"{name} ({code})" if name else code
