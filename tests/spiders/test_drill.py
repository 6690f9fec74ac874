"""No fault of a site reads as "nothing found", and none costs a stored call: some of the drill.

The whole table is printed by ``python -m tests.spiders.drill``.
"""

from __future__ import annotations

import pytest

from crawler.harvest import spider_names
from tests.spiders.drill import drill, faults_of
from tests.spiders.samples import FOLDER

SOURCES = [name for name in spider_names() if (FOLDER / name).is_dir()]
AT_ONCE = 4


@pytest.mark.parametrize("number", range(len(SOURCES)), ids=SOURCES)
def test_a_fault_is_named_and_costs_nothing(number: int) -> None:
    source = SOURCES[number]
    possible = faults_of(source)
    # Each source meets a few, and over all sources each fault comes up several times.
    some = [possible[(number * AT_ONCE + step) % len(possible)] for step in range(AT_ONCE)]
    for result in drill(source, some):
        assert not result.wrong, result
