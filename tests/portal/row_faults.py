"""Faults in what an answer holds: rows, their order, their count."""

# ruff: noqa: ARG002  (every fault is given the same, and most need little of it)

from __future__ import annotations

import copy
import random
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from desk.demo import shapes
from desk.demo.search import Answer, Ask, Entry
from tests.portal.fault import Expect, Fault
from tests.portal.rows import relaxed

if TYPE_CHECKING:
    from tests.portal.standin import FaultyPortal


class FilterIgnored(Fault):
    """The query is taken and forgotten: the whole index comes back."""

    expect = Expect.FAILED
    ignored: tuple[str, ...] = ("type", "status", "DATASOURCE", "language")

    def found(self, ask: Ask, found: list[Entry], site: FaultyPortal) -> list[Entry]:
        languages = None if "language" in self.ignored else ask.languages
        query = relaxed(ask.query or {}, self.ignored)
        return site.everything.found(replace(ask, query=query, languages=languages))


class WholeIndex(FilterIgnored):
    """As above, with the count of the real index and no order."""

    def found(self, ask: Ask, found: list[Entry], site: FaultyPortal) -> list[Entry]:
        return super().found(replace(ask, sort=()), found, site)

    def answer(self, ask: Ask, answer: Answer, site: FaultyPortal) -> Answer:
        return replace(answer, total=4_184_545)


class StatusIgnored(FilterIgnored):
    """Only the status is forgotten: closed records come too."""

    ignored = ("status",)


class SourceIgnored(FilterIgnored):
    """Only DATASOURCE is forgotten: what the earlier system left behind comes too."""

    ignored = ("DATASOURCE",)


class LanguageIgnored(FilterIgnored):
    """Only the language is forgotten: translations come too."""

    ignored = ("language",)


class TypeIgnored(FilterIgnored):
    """Only the type is forgotten: all types come in each answer, news and organisations too."""

    ignored = ("type",)


class StaleCopies(Fault):
    """A copy of every tenth record from SEDIA_PRD_CENTRICITY beside it, with its old dates."""

    def found(self, ask: Ask, found: list[Entry], site: FaultyPortal) -> list[Entry]:
        return beside(found, 10, lambda record: old_dates(shapes.stale(record)))


class ClosedRows(Fault):
    """Every thirtieth record is followed by a closed one that nobody asked for."""

    def found(self, ask: Ask, found: list[Entry], site: FaultyPortal) -> list[Entry]:
        return beside(found, 30, lambda one: renamed(one, "CLOSED", status=["31094503"]))


class News(Fault):
    """Every thirtieth record is followed by news about it (type 6)."""

    def found(self, ask: Ask, found: list[Entry], site: FaultyPortal) -> list[Entry]:
        return beside(
            found, 30, lambda one: changed(one, "6", type=["6"], status=[], deadlineDate=[])
        )


class Translations(Fault):
    """Every tenth record comes in French too, first."""

    def found(self, ask: Ask, found: list[Entry], site: FaultyPortal) -> list[Entry]:
        return beside(found, 10, translated, before=True)


class StubsBefore(Fault):
    """Every fifth record is preceded by its stub, under the same reference."""

    expect = Expect.EXACT

    def found(self, ask: Ask, found: list[Entry], site: FaultyPortal) -> list[Entry]:
        return beside(found, 5, shapes.stub, before=True)


class StubsAfter(Fault):
    """Every fifth record is followed by its stub, under a reference of its own."""

    expect = Expect.EXACT

    def found(self, ask: Ask, found: list[Entry], site: FaultyPortal) -> list[Entry]:
        return beside(found, 5, lambda record: changed(shapes.stub(record), "77"))


class StubsFirst(Fault):
    """All stubs come before all records, so that most are pages away from theirs."""

    expect = Expect.EXACT

    def found(self, ask: Ask, found: list[Entry], site: FaultyPortal) -> list[Entry]:
        return [Entry(shapes.stub(entry.record)) for entry in found[::5]] + found


class StubsAlone(Fault):
    """Every fifth record is only there as a stub."""

    expect = Expect.LOUD

    def found(self, ask: Ask, found: list[Entry], site: FaultyPortal) -> list[Entry]:
        return [
            entry if position % 5 else Entry(shapes.stub(entry.record))
            for position, entry in enumerate(found)
        ]


class SameDocumentTwice(Fault):
    """Every seventh record has a second document, word for word, under another reference."""

    expect = Expect.EXACT

    def found(self, ask: Ask, found: list[Entry], site: FaultyPortal) -> list[Entry]:
        return beside(found, 7, lambda record: changed(record, "88"))


class TwoDates(Fault):
    """Every seventh record is preceded by an older copy: same reference, another deadline."""

    def found(self, ask: Ask, found: list[Entry], site: FaultyPortal) -> list[Entry]:
        return beside(
            found, 7, lambda record: old_dates(record, year="2028", ingested="2026"), before=True
        )


class PagesSwap(Fault):
    """Ties swap: from the second page on, each page repeats three rows and misses three others.

    Which ones differs from scan to scan.
    """

    expect = Expect.LOUD

    def __init__(self) -> None:
        self.scans: dict[frozenset[str], int] = {}

    def found(self, ask: Ask, found: list[Entry], site: FaultyPortal) -> list[Entry]:
        if ask.page == 1:
            self.scans[ask.types] = self.scans.get(ask.types, 0) + 1
            return found
        first = (ask.page - 1) * min(ask.size, 100)
        swapped = list(found)
        for step in range(3):
            here = first + step
            there = (first - 1 - step - 3 * self.scans.get(ask.types, 0)) % first
            if here < len(swapped):
                swapped[here] = swapped[there]
        return swapped


class PagesSwapOnce(PagesSwap):
    """As above, in the first scan of each type only."""

    expect = Expect.EXACT

    def found(self, ask: Ask, found: list[Entry], site: FaultyPortal) -> list[Entry]:
        swapped = super().found(ask, found, site)
        return swapped if self.scans.get(ask.types) == 1 else found


class NumbersSwap(Fault):
    """External action has no number to sort by: its rows are all equal, and one comes twice."""

    expect = Expect.EXACT

    def found(self, ask: Ask, found: list[Entry], site: FaultyPortal) -> list[Entry]:
        by_number = any(name == "callIdentifier" for name, _ in ask.sort)
        return [*found[:-1], *found[:1]] if by_number else found


class OrderIgnored(Fault):
    """The asked order is forgotten and every page is cut from another shuffle."""

    def found(self, ask: Ask, found: list[Entry], site: FaultyPortal) -> list[Entry]:
        return random.Random(ask.number).sample(found, len(found))  # noqa: S311


class OrderLeavesOut(Fault):
    """Records without the field that is sorted by are left out of the answer and of the count."""

    def found(self, ask: Ask, found: list[Entry], site: FaultyPortal) -> list[Entry]:
        return [e for e in found if all(e.metadata.get(name) for name, _ in ask.sort)]


class TotalChanges(Fault):
    """The count differs from one answer to the next, every time."""

    expect = Expect.LOUD

    def answer(self, ask: Ask, answer: Answer, site: FaultyPortal) -> Answer:
        return replace(answer, total=answer.total + ask.number % 5 + 1)


class TotalChangesOnce(Fault):
    """One answer, the second page of the first scan, counts three records more."""

    expect = Expect.EXACT

    def answer(self, ask: Ask, answer: Answer, site: FaultyPortal) -> Answer:
        return replace(answer, total=answer.total + 3)


class ShortScan(Fault):
    """The last three rows are counted and never come."""

    expect = Expect.LOUD

    def answer(self, ask: Ask, answer: Answer, site: FaultyPortal) -> Answer:
        left = answer.total - 3 - (answer.page - 1) * answer.size
        return replace(answer, rows=answer.rows[: max(left, 0)])


class ShortPage(Fault):
    """The page lacks its last ten rows; the next one begins where it should have ended."""

    expect = Expect.LOUD

    def answer(self, ask: Ask, answer: Answer, site: FaultyPortal) -> Answer:
        return replace(answer, rows=answer.rows[:-10])


class Empty(Fault):
    """Nothing is found, and the answer says so politely."""

    expect = Expect.FAILED

    def found(self, ask: Ask, found: list[Entry], site: FaultyPortal) -> list[Entry]:
        return []


class CountedButEmpty(Fault):
    """The count is right and no row comes."""

    expect = Expect.FAILED

    def answer(self, ask: Ask, answer: Answer, site: FaultyPortal) -> Answer:
        return replace(answer, rows=[])


class WrongEcho(Fault):
    """The right rows, with the number of another page."""

    def answer(self, ask: Ask, answer: Answer, site: FaultyPortal) -> Answer:
        return replace(answer, page=answer.page + 1)


class PageIgnored(Fault):
    """Every page is the first one, whatever number it bears."""

    expect = Expect.LOUD

    def answer(self, ask: Ask, answer: Answer, site: FaultyPortal) -> Answer:
        first = Answer.of(site.index.found(ask), replace(ask, page=1))
        return replace(first, page=answer.page)


class SmallerPages(Fault):
    """Pages hold fifty rows at most, and say so."""

    def answer(self, ask: Ask, answer: Answer, site: FaultyPortal) -> Answer:
        return Answer.of(site.index.found(ask), replace(ask, size=min(answer.size, 50)))


class NamelessRow(Fault):
    """One row has neither an identifier nor a number."""

    expect = Expect.LOUD

    def found(self, ask: Ask, found: list[Entry], site: FaultyPortal) -> list[Entry]:
        nothing: dict[str, list[str]] = {"identifier": [], "callIdentifier": [], "callccm2Id": []}
        return [Entry(changed(found[0].record, "", **nothing)), *found[1:]] if found else found


class ConditionsDropped(Fault):
    """Rows come without their conditions, as if ``displayFields`` had been sent."""

    def found(self, ask: Ask, found: list[Entry], site: FaultyPortal) -> list[Entry]:
        bare = [copy.deepcopy(entry.record) for entry in found]
        for record in bare:
            record["metadata"].pop("topicConditions", None)
        return [Entry(record) for record in bare]


class OtherVersion(Fault):
    """Every second row is of another version of the API: keys missing, null for an empty list."""

    expect = Expect.EXACT

    def found(self, ask: Ask, found: list[Entry], site: FaultyPortal) -> list[Entry]:
        return [_other_version(e) if position % 2 else e for position, e in enumerate(found)]


class Scalars(Fault):
    """Every value that should be a list of one string is that string."""

    def found(self, ask: Ask, found: list[Entry], site: FaultyPortal) -> list[Entry]:
        made = []
        for entry in found:
            flat = {k: v[0] if len(v) == 1 else v for k, v in entry.metadata.items()}
            made.append(Entry({**entry.record, "metadata": flat}))
        return made


class NoNumber(Fault):
    """Every row has a score that is NaN, which JSON does not know."""

    def found(self, ask: Ask, found: list[Entry], site: FaultyPortal) -> list[Entry]:
        return [Entry({**entry.record, "score": float("nan")}) for entry in found]


def beside(found: Sequence[Entry], every: int, copied: Any, *, before: bool = False) -> list[Entry]:
    """``found`` with something made of every so manieth record beside it."""
    made: list[Entry] = []
    for position, entry in enumerate(found):
        if position % every:
            made.append(entry)
        else:
            other = Entry(copied(entry.record))
            made += [other, entry] if before else [entry, other]
    return made


def changed(record: Mapping[str, Any], mark: str, **metadata: list[str]) -> dict[str, Any]:
    """A copy under a reference of its own, with other metadata."""
    made: dict[str, Any] = copy.deepcopy(dict(record))
    made["reference"] = f"{mark}{record['reference']}"
    made["metadata"] |= metadata | {"REFERENCE": [made["reference"]]}
    return made


def renamed(record: Mapping[str, Any], mark: str, **metadata: list[str]) -> dict[str, Any]:
    """A copy that is an opportunity of its own."""
    names = {
        name: [f"{record['metadata'][name][0]}{'99' if name == 'callccm2Id' else f'-{mark}'}"]
        for name in ("identifier", "callccm2Id", "callIdentifier")
        if record["metadata"].get(name)
    }
    return changed(record, "99", **(names | metadata))


def translated(record: Mapping[str, Any]) -> dict[str, Any]:
    title = f"{record['metadata']['title'][0]} (fr)"
    made = changed(record, "", language=["fr"], title=[title])
    made["reference"] = f"{record['reference'][:-2]}fr"
    return {**made, "language": "fr"}


def old_dates(
    record: Mapping[str, Any], *, year: str = "2023", ingested: str = "2023"
) -> dict[str, Any]:
    """A copy under the same reference, taken in earlier, with the deadlines of another year."""
    made: dict[str, Any] = copy.deepcopy(dict(record))
    data = made["metadata"]
    data["deadlineDate"] = [
        f"{year}-04-{position:02}{said[10:]}"
        for position, said in enumerate(data.get("deadlineDate", []), start=10)
    ]
    for name in ("esDA_IngestDate", "esDA_QueueDate", "esDA_FirstIngestDate"):
        data[name] = [f"{ingested}-01-02{said[10:]}" for said in data.get(name, [])]
    return made


def _other_version(entry: Entry) -> Entry:
    record = {k: v for k, v in entry.record.items() if k not in {"title", "database", "weight"}}
    data = {name: value or None for name, value in entry.metadata.items()}
    return Entry({**record, "apiVersion": "2.148.3", "metadata": data})
