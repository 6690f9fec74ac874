"""The fault drill at a reduced size; ``python -m benchmarks.drill`` does it with 1,000 letters."""

from __future__ import annotations

import pytest

from tests.alerts.drill import drill


@pytest.mark.parametrize("senders", [1, 2])
def test_nothing_is_lost_and_nothing_doubled_that_its_sender_knew(url: str, senders: int) -> None:
    found = drill(url, 40, senders=senders, seed=40 + senders, rate=0.08)
    told = "\n".join(found.lines())
    assert not found.lost, f"{found.lost}\n{told}"
    assert not found.doubled_outside, f"{found.doubled_outside}\n{told}"
    assert found.states["sent"] + found.states["failed"] + found.states["unconfirmed"] == 40
    assert found.states["failed"] == 2
    assert len(found.happened) >= 8, told  # the server did fail, and in many ways: it deals them
    assert found.killed, told
