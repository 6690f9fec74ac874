"""How well conditions are read, cell by cell against a truth set; called by benchmarks.reading.

A row holds a sentence, its language and what it says: ``countries``, ``applicant_types``,
``min_partners``, ``min_countries``, ``co_financing``, ``budget``, ``doubt``. Each country, group,
region, kind of applicant, number, share and amount is one cell: right, missed, or (what the reader
gives and the truth does not) wrong. Whole groups count as one cell, however many members they have.
"""

from __future__ import annotations

import argparse
import csv
import re
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from crawler.reading.eligibility import EligibilityRead, read_eligibility
from crawler.reading.eligibility.marking import mark
from crawler.reading.eligibility.vocabulary import group_members, vocabulary
from storage.domain import About, Criterion, Effect, Funding

COLUMNS = frozenset({"sentence", "language", "countries", "applicant_types", "co_financing"})
"""The columns by which a file is known to be a truth set of conditions."""

EITHER = "either"
Cell = tuple[str, str, str]
"""Kind, effect or slot, value, as ``("country", "allows", "UA")``."""

GROUPS = {
    "EU27": "eu27", "Eastern Partnership": "eastern_partnership", "candidate": "eu_candidates",
    "V4": "v4", "Western Balkans": "western_balkans", "any country": "any",
    "associated countries": "associated", "countries negotiating association": "associated",
    "Danube programme area": "programme_area", "programme countries": "programme_area",
    "South Baltic area": "programme_area", "Interreg CE regions": "programme_area",
    "programme area": "programme_area", "other admitted countries": "programme_area",
    "DAC list": "dac_list", "partner country": "partner_countries", "EEA": "eea",
}  # fmt: skip
"""The truth's free words for groups, and the reader's names. ``Danube programme area`` is read as
the area of the programme when the sentence does not name the Danube."""

TYPES: dict[str, str] = {
    "municipality": "local_authority", "local authority": "local_authority",
    "urban authority": "local_authority", "local government": "local_authority",
    "county": "regional_authority", "regional authority": "regional_authority",
    "association of municipalities": "association_of_local_authorities",
    "grouping": "association_of_local_authorities", "egtc": "association_of_local_authorities",
    "association of local authorities": "association_of_local_authorities",
    "municipal company": "municipal_enterprise", "municipal enterprise": "municipal_enterprise",
    "municipal institution": "municipal_enterprise",
    "municipal organisation": "municipal_enterprise",
    "infrastructure provider": "municipal_enterprise",
    "public body": "public_body", "state body": "public_body", "public authority": "public_body",
    "public law body": "public_body", "national authority": "public_body",
    "development agency": "public_body", "mandated body": "public_body",
    "social landlord": "public_body",
    "ngo": "ngo", "nonprofit": "ngo", "charity": "ngo", "foundation": "ngo", "association": "ngo",
    "trade union": "ngo", "church body": "ngo", "social cooperative": "ngo", "chamber": "ngo",
    "nonprofit company": "company", "company": "company", "sme": "company",
    "micro-enterprise": "company", "business": "company",
    "university": "university_research", "research": "university_research",
    "education": "school", "school": "school",
    "health facility": "hospital", "hospital": "hospital",
    "public cultural institution": "cultural_institution",
    "cultural institution": "cultural_institution",
    "international organisation": "international_organisation",
    "natural person": "natural_person", "sole trader": "natural_person",
    "self-employed": "natural_person", "individual": "natural_person",
    "twinning committee": "twinning_committee",
    "any legal entity": "any_legal_entity", "legal entity": "any_legal_entity",
    "legal entity public or private": "any_legal_entity",
    "any public or private body": "any_legal_entity",
}  # fmt: skip
"""The truth's free words for applicants, and our closed list; others cannot be compared."""

_ELSEWHERE = re.compile(
    r"(country|countries|types?|budget|amounts?|list of countries|rule).{0,60}"
    r"(from the|from page|on the page|is on|are in|is not in|from the programme|neighbouring)"
)
_NO_LIMIT = re.compile(r"not a limit|not a minimum|a preference")
_CODE = re.compile(r"[A-Z]{2}")


@dataclass
class Truth:
    """What one row says: ``cells`` to be found, ``open`` kinds on which nothing can be judged."""

    cells: set[Cell] = field(default_factory=set)
    open: set[str] = field(default_factory=set)


@dataclass
class Tally:
    """Cells counted: wrong ones are extra or different, missed ones were not read at all."""

    right: int = 0
    wrong: int = 0
    missed: int = 0

    def add(self, other: Tally) -> None:
        self.right += other.right
        self.wrong += other.wrong
        self.missed += other.missed

    @property
    def precision(self) -> float:
        return self.right / max(1, self.right + self.wrong)

    @property
    def recall(self) -> float:
        return self.right / max(1, self.right + self.missed)

    def __str__(self) -> str:
        return (
            f"right {self.right:4}  wrong {self.wrong:3}  missed {self.missed:3}"
            f"  precision {self.precision:.3f}  recall {self.recall:.3f}"
        )


@dataclass
class Score:
    """The counts of one set: of plain rows, of doubtful rows, and of what stands elsewhere.

    ``elsewhere``: cells whose truth was taken from the record or the page around the sentence;
    they are among the missed as well. ``traps``: sentences that must give nothing, and those that
    gave something. ``faults``: one line for each cell that is not right.
    """

    plain: Tally = field(default_factory=Tally)
    doubtful: Tally = field(default_factory=Tally)
    by_language: dict[str, Tally] = field(default_factory=lambda: defaultdict(Tally))
    by_kind: dict[str, Tally] = field(default_factory=lambda: defaultdict(Tally))
    elsewhere: int = 0
    rows: int = 0
    traps: int = 0
    caught: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return "\n".join((self.report(), "not right", *self.faults))

    def report(self) -> str:
        """The figures as text, per language and per kind of cell."""
        lines = [f"all cells     {self.plain}", f"doubtful rows {self.doubtful}"]
        lines.append(f"of the missed, {self.elsewhere} do not stand in the sentence")
        lines.append(f"traps: {self.traps}, caught in {len(self.caught)}")
        for title, tallies in (("language", self.by_language), ("kind", self.by_kind)):
            lines += [f"{title} {name:12} {tally}" for name, tally in sorted(tallies.items())]
        return "\n".join(lines)


def score(rows: Iterable[Mapping[str, str]]) -> Score:
    """Read every row's sentence and count its cells."""
    found = Score()
    for row in rows:
        truth = _truth(row)
        got = _got(read_eligibility(row["sentence"], language=row.get("language") or None))
        doubt = (row.get("doubt") or "").strip()
        found.rows += 1
        if doubt.startswith("trap:"):
            found.traps += 1
            if got:
                found.caught.append(row["sentence"])
        _count(found, row, truth, got, plain=not doubt.startswith("?"))
    return found


def _count(
    found: Score, row: Mapping[str, str], truth: Truth, got: set[Cell], *, plain: bool
) -> None:
    outside = bool(_ELSEWHERE.search(row.get("doubt") or ""))
    left = {cell for cell in got if cell[0] not in truth.open}
    for cell in sorted(truth.cells):
        tally = Tally()
        same = next((one for one in sorted(left) if _same(cell, one)), None)
        if same is not None:
            left.discard(same)
            tally.right = 1
        else:
            tally.missed = 1
            found.elsewhere += plain and outside and cell[0] in ("country", "region", "money")
            found.faults.append(f"{row['language']} missed {cell}: {row['sentence'][:110]}")
        _add(found, row, cell, tally, plain=plain)
    for cell in sorted(left):
        found.faults.append(f"{row['language']} WRONG {cell}: {row['sentence'][:110]}")
        _add(found, row, cell, Tally(wrong=1), plain=plain)


def _add(found: Score, row: Mapping[str, str], cell: Cell, tally: Tally, *, plain: bool) -> None:
    if not plain:
        found.doubtful.add(tally)
        return
    found.plain.add(tally)
    found.by_language[row["language"]].add(tally)
    found.by_kind[cell[0]].add(tally)


def _same(truth: Cell, got: Cell) -> bool:
    return truth[0] == got[0] and truth[2] == got[2] and truth[1] in (got[1], EITHER)


def _truth(row: Mapping[str, str]) -> Truth:
    truth = Truth()
    limit = not _NO_LIMIT.search(row.get("doubt") or "")
    if limit:
        _places(row.get("countries") or "", truth)
        _types(row.get("applicant_types") or "", truth)
    for column in ("min_partners", "min_countries"):
        number = re.match(r"(\d+)(?!-)", row.get(column) or "")
        if limit and number and int(number[1]) > 1:
            truth.cells.add((column, "least", number[1]))
    _shares(row.get("co_financing") or "", truth)
    _money(row.get("budget") or "", truth)
    return truth


def _places(cell: str, truth: Truth) -> None:
    effect = EITHER
    for part in _split(cell):
        text = part.strip()
        if re.match(r"action in\b", text):
            continue
        if found := re.match(r"(applicant|partner|excluded)\s*(=|in\b|\b)\s*", text):
            effect = {"applicant": "allows", "partner": "requires", "excluded": "excludes"}[
                found[1]
            ]
            text = text[found.end() :]
        inside = re.search(r"\((.*)\)", text)
        bare, except_ = [*re.sub(r"\(.*\)", "", text).split(" except "), ""][:2]
        for word in re.split(r"[,{}]", bare):
            name = word.strip()
            if _CODE.fullmatch(name):
                truth.cells.add(("country", effect, name))
            elif name in GROUPS:
                truth.cells.add(("country", effect, GROUPS[name]))
            elif name.startswith("any country with partner in "):
                truth.cells.add(("country", "requires", name[-2:]))
            elif name:
                truth.open.add("group")
        _regions(inside[1] if inside else "", except_, effect, truth)


def _regions(inside: str, except_: str, effect: str, truth: Truth) -> None:
    """Regions by name; where the truth only counts them, none can be judged."""
    if re.search(r"\d+ (regions?|oblasts|provinces)|listed regions|border regions", inside):
        truth.open.add("region")
        return
    for text, what in ((inside, effect), (except_, "excludes")):
        for name in re.split(
            r"[,;]|\band\b", re.sub(r"\b(oblasts|regions|RO|UA|HU|SK)\b:?", "", text)
        ):
            if code := _region(name.strip()):
                truth.cells.add(("region", what, code))


def _region(name: str) -> str | None:
    if not name or _CODE.fullmatch(name):
        return None
    if name == "Kyiv":  # the truth's "Kyiv" is the city
        return "UA-30"
    marks = mark(f"region {name}", vocabulary("en")).of("region", "town")
    return str(marks[0].value) if marks else None


def _types(cell: str, truth: Truth) -> None:
    effect = "allows"
    for part in _split(cell):
        text = re.sub(r"\(.*?\)", "", part).strip().lower()
        if text.startswith("excluded:"):
            effect, text = "excludes", text.removeprefix("excluded:").strip()
        if text in TYPES:
            truth.cells.add(("applicant", effect, TYPES[text]))
        elif text:
            truth.open.add("applicant")


def _shares(cell: str, truth: Truth) -> None:
    for part in _split(cell):
        found = re.match(r"(grant|own contribution)\s*(up to|>=)?\s*([\d.]+)\s*%", part.strip())
        if found:
            share = "own" if found[1].startswith("own") else "grant"
            slot = f"{share} at least" if found[2] == ">=" else share
            truth.cells.add(("share", slot, f"{float(found[3]) / 100:.3f}"))


def _money(cell: str, truth: Truth) -> None:
    currency = re.match(r"[A-Z]{3}\b", cell)
    if currency is None or "total cost" in cell:
        return
    for part in re.split(r"[;/]", re.sub(r"\((?!\d+ grants?).*?\)", "", cell)):
        if found := re.search(r"\((\d+) grants?\)", part):
            truth.cells.add(("money", "expected", found[1]))
        text = re.sub(r"\(.*?\)", "", part)
        slots = [("max", n) for n in re.findall(r"max ([\d.]+)", text)]
        slots += [("max", n) for n in re.findall(r"max [\d.]+ or ([\d.]+)", text)]
        slots += [("min", n) for n in re.findall(r"min ([\d.]+)", text)]
        slots += [("total", n) for n in re.findall(r"total ([\d.]+)", text)]
        if span := re.search(r"([\d.]+)-([\d.]+)", text):
            slots += [("min", span[1]), ("max", span[2])]
        for slot, number in slots:
            truth.cells.add(("money", slot, f"{currency[0]} {float(number):.2f}"))


def _split(cell: str) -> list[str]:
    """The parts between semicolons that stand in no brackets."""
    parts, depth = [""], 0
    for char in cell:
        depth += (char in "({") - (char in ")}")
        if char == ";" and depth == 0:
            parts.append("")
        else:
            parts[-1] += char
    return [part for part in parts if part.strip()]


def _got(read: EligibilityRead) -> set[Cell]:
    """The reader's criteria and funding as cells."""
    cells: set[Cell] = set()
    for one in read.criteria:
        cells |= set(_criterion(one))
    for money in read.funding:
        cells |= set(_funding(money))
    return cells


def _criterion(one: Criterion) -> Iterator[Cell]:
    effect = str(one.effect)
    if one.about is About.COUNTRY:
        names = set(one.group.split("+")) if one.group else set(one.values)
        if one.group is None and (group := _whole(one.values)):
            names = {group, *(names - set(group_members()[group]))}
        yield from (("country", effect, name) for name in names)
    elif one.about in (About.REGION, About.APPLICANT):
        yield from ((str(one.about), effect, value) for value in one.values)
    elif one.about is About.CONSORTIUM and one.effect is Effect.REQUIRES:
        for slot, number in (
            ("min_partners", one.min_partners),
            ("min_countries", one.min_countries),
        ):
            if number:
                yield (slot, "least", str(number))
    elif one.about is About.COFINANCING:
        if one.rate is not None:
            yield ("share", str(one.share_of), f"{one.rate:.3f}")
        if one.rate_min is not None:
            yield ("share", f"{one.share_of} at least", f"{one.rate_min:.3f}")


def _funding(money: Funding) -> Iterator[Cell]:
    slots = {"total": money.total, "min": money.min_grant, "max": money.max_grant}
    for slot, value in slots.items():
        if value is not None:
            yield ("money", slot, f"{money.currency} {value:.2f}")
    if money.expected_grants is not None:
        yield ("money", "expected", str(money.expected_grants))


def _whole(values: Sequence[str]) -> str | None:
    return "eu27" if set(group_members()["eu27"]) <= set(values) else None


def read_rows(path: Path) -> list[dict[str, str]]:
    """The rows of a tab-separated truth set."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        return [{key: value or "" for key, value in row.items() if key} for row in rows]


def main(arguments: Sequence[str] | None = None) -> int:
    """Score a file; ``--faults`` lists every cell that is not right."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.reading_eligibility")
    parser.add_argument("file", type=Path)
    parser.add_argument("--faults", action="store_true")
    asked = parser.parse_args(arguments)
    result = score(read_rows(asked.file))
    for fault in result.faults if asked.faults else ():
        print(fault)
    print(result.report())
    return 0


if __name__ == "__main__":
    sys.exit(main())
