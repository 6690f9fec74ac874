"""How many letters a minute one domain gets."""

from __future__ import annotations

from alerts.pace import Pace


def test_a_domain_is_free_again_after_a_minute() -> None:
    seconds = [0.0]
    pace = Pace(2, lambda: seconds[0])
    for at, address in ((0, "a@X.org"), (10, "b@x.org"), (20, "c@y.org")):
        seconds[0] = at
        pace.note(address)
    assert (pace.full(), pace.pause()) == ({"x.org"}, 40)
    seconds[0] = 60
    assert (pace.full(), pace.pause()) == (set(), 0)
