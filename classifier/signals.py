"""What is known of every call before any partnership is looked at: whom it is for, where it is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from classifier.fit import Fit, load_fit
from classifier.geography import Places, homes, places, values
from classifier.rulebook import Rules
from storage.domain import Call, Partnership

Numbers = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Signals:
    """Facts of the calls of a corpus, by row."""

    fits: Sequence[Fit]
    places: Sequence[Places]
    apart: Sequence[Places]
    """Each of ``places`` once: most calls name none, or the same."""
    which: NDArray[np.int64]
    """Where those of each call stand in ``apart``."""
    programme: Numbers
    towns: Numbers
    specialists: Numbers
    _elsewhere: dict[frozenset[str], Numbers] = field(default_factory=dict)

    @classmethod
    def of(cls, calls: Iterable[Call], rules: Rules) -> Signals:
        every, known = list(calls), load_fit()
        fits = [known.of(call, rules) for call in every]
        named = [places(call) for call in every]
        apart = {one: number for number, one in enumerate(dict.fromkeys(named))}
        return cls(
            fits,
            named,
            list(apart),
            np.array([apart[one] for one in named], np.int64),
            np.array([one.programme for one in fits], np.float32),
            np.array([one.towns for one in fits], np.float32),
            np.array([one.specialists for one in fits], np.float32),
        )

    def elsewhere(self, partnership: Partnership) -> Numbers:
        """Return which calls are tied to another place than the partners' (``geography.value``)."""
        home = homes(partnership)
        if home not in self._elsewhere:
            self._elsewhere[home] = values(self.apart, home)[self.which]
        return self._elsewhere[home]
