"""Areas that calls are tied to beside countries: regions of the Union and of the world, oblasts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from storage.errors import BridgesError

_ADJECTIVE = re.compile(r"(?P<stem>\w+)ка область")
_CASES = ("ка область", "кої області", "кій області", "ку область", "кою областю")
_SAID = {"name", "members", "words"}


class BadAreas(BridgesError):  # noqa: N818 - the name says what happened, as messages do
    """Raised by ``read_areas`` for a file that cannot be used."""


@dataclass(frozen=True, slots=True)
class Area:
    """An area; ``inside`` when it lies in or around the Union.

    ``members`` are countries (ISO 3166-1) or beginnings of region codes whose towns are at home
    there.
    """

    name: str
    members: tuple[str, ...]
    inside: bool = False

    def holds(self, home: Iterable[str]) -> bool:
        """Whether one of the countries or regions lies in it."""
        return any(code.startswith(self.members) for code in home)


@cache
def load_areas() -> Mapping[str, Area]:
    """Return the bundled areas by each of their words, folded. Raises BadAreas."""
    text = files("classifier").joinpath("areas.yaml").read_text(encoding="utf-8")
    try:
        return read_areas(yaml.safe_load(text))
    except yaml.YAMLError as error:
        raise BadAreas(f"areas.yaml cannot be read: {error}") from error


def read_areas(said: Any) -> dict[str, Area]:
    """Return what a file says. Raises BadAreas, which names what is wrong."""
    if not isinstance(said, list):
        raise BadAreas("areas.yaml: expected a list of areas")
    found: dict[str, Area] = {}
    for number, one in enumerate(said, start=1):
        where = f"areas.yaml, area {number}"
        if not isinstance(one, dict) or not _SAID <= set(one) <= {*_SAID, "inside"}:
            raise BadAreas(f"{where}: expected name, members, words and perhaps inside")
        lists = (one["members"], one["words"])
        # YAML reads a bare NO as "no": Norway must stand in quotes.
        if not all(isinstance(x, list) and all(isinstance(y, str) for y in x) for x in lists):
            raise BadAreas(f"{where} ({one['name']}): members and words must be lists of words")
        area = Area(str(one["name"]), tuple(one["members"]), bool(one.get("inside")))
        for words in one["words"]:
            if found.setdefault(words.casefold(), area) is not area:
                raise BadAreas(f"{where} ({area.name}): {words} is an area already")
    return found


@cache
def load_oblasts() -> Mapping[str, str]:
    """Return the codes (ISO 3166-2) of oblasts by the forms in which titles name them, folded."""
    text = files("classifier").joinpath("rules", "oblasts.yaml").read_text(encoding="utf-8")
    found: dict[str, str] = {}
    for code, said in yaml.safe_load(text)["oblasts"].items():
        name, ukrainian = said["name"].casefold(), said["name_uk"].casefold()
        town = name.removesuffix(" oblast")
        forms = {name, ukrainian}
        if town != name:
            forms |= {f"{town} region", f"{town} province", f"oblast {town}"}
        if adjective := _ADJECTIVE.fullmatch(ukrainian):
            forms |= {adjective["stem"] + ending for ending in _CASES}
        found |= dict.fromkeys(forms, code)
    return found
