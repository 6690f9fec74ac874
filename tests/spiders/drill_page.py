"""What became of every source under every fault, and the page that tells it."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

from storage.domain import Outcome
from tests.spiders.faults import FAULTS

ROBOTS, NAME, CERTIFICATE = "robots.txt", "no such name", "certificate"
AROUND = {
    ROBOTS: "robots.txt forbids us; everything else is as ever",
    NAME: "nobody knows the name of the host",
    CERTIFICATE: "a certificate that nobody vouches for",
}
"""The faults that lie in no answer, by the name in the table."""

EVERY = (*FAULTS, *AROUND)


@dataclass(frozen=True, slots=True)
class Result:
    """Two harvests of a spoiled source, and what became of what was stored.

    ``short``: calls stored before that the second harvest did not see again.
    """

    source: str
    fault: str
    outcome: Outcome
    reason: str
    lost: int
    withdrawn: int
    changed: int
    new: int
    short: int

    @property
    def wrong(self) -> bool:
        """Whether the fault read as success, or anything stored is other than before."""
        fault = FAULTS.get(self.fault)
        if self.lost + self.withdrawn + self.changed > 0:
            return True
        if self.new and not (fault and fault.adds):
            return True
        quiet = fault is not None and not fault.loud and not self.short
        return self.outcome is Outcome.OK and not quiet


_HEAD = """# The fault drill

Every source is harvested once from its sample pages. Then a server between spoils the answers in
one way, and the source is harvested under that on two days; so for each of {count} faults and
{sources} sources. No fault may read as "nothing found", and no stored call may be lost, changed or
withdrawn by it: {verdict}.

The pages are samples with invented calls, the spiders and all behind them are those of a harvest.

This page is printed by `python -m tests.spiders.drill > docs/fault-drill.md`; with names of sources
behind it only those are drilled. `tests/spiders/faults.py` has the faults. The suite runs a few of
them for each source, and each of them for some source.

**F** failed, **d** degraded: named, and told to the officers. **=** ok, every call found as it was
before (only where the fault leaves all that a reader needs). **·** cannot befall this source.
**!** wrong.

"""
_SIGNS = {Outcome.FAILED: "F", Outcome.DEGRADED: "d", Outcome.OK: "="}


def as_page(names: Sequence[str], found: Sequence[Result]) -> str:
    """The page in Markdown."""
    cells = {(one.fault, one.source): one for one in found}
    wrong = sum(one.wrong for one in found)
    verdict = f"{wrong} of {len(found)} are wrong" if wrong else f"none of {len(found)} is wrong"
    head = _HEAD.format(count=len(EVERY), sources=len(names), verdict=verdict)
    lines = ["```text"]
    lines += [f"{'':16}{''.join(f'{number:>3}' for number in range(1, len(names) + 1))}"]
    for fault in EVERY:
        signs = [_sign(cells.get((fault, name))) for name in names]
        lines.append(f"{fault:16}" + "".join(f"{sign:>3}" for sign in signs))
    lines += ["```", ""]
    numbered = [f"{number} {name}" for number, name in enumerate(names, start=1)]
    lines += [*textwrap.wrap(", ".join(numbered) + ".", 100), ""]
    lines += ["| fault | what the site does | as one source named it |", "| --- | --- | --- |"]
    for fault in EVERY:
        what = FAULTS[fault].what if fault in FAULTS else AROUND[fault]
        reasons = [one.reason for one in found if one.fault == fault and one.reason]
        lines.append(f"| {fault} | {what} | {_short(reasons)} |")
    return head + "\n".join(lines) + "\n"


def _sign(result: Result | None) -> str:
    if result is None:
        return "·"
    return "!" if result.wrong else _SIGNS[result.outcome]


def _short(reasons: Sequence[str]) -> str:
    """The shortest of the reasons, without what follows its first."""
    first = min((one.partition("; ")[0] for one in reasons), key=len, default="")
    return re.sub(r"https?://\S+?/[^\s:,]*", "…", first).replace("|", "/")[:120]
