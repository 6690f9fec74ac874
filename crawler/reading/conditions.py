"""Who may apply and for how much, gathered from all the texts of one call."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import lru_cache

from crawler.reading.attached import Page
from crawler.reading.eligibility import EligibilityRead, read_eligibility
from crawler.reading.eligibility.sentences import pieces
from storage.domain import About, Criterion, Effect, Eligibility, Funding

MOST_UNREAD = 200
"""Sentences kept as not understood; a file of a hundred pages must not drown the call."""

# Running text about a topic names applicants only where they are what the sentence is about.
_ADDRESS = re.compile(r"https?://|\S@\S")
"""A line with an address tells where to apply or whom to ask."""

_MAY_BE = (
    "submitted by", "applicant", "beneficiar", "consorti", "coordinator", "legal entit",
    "participant", "participate", "take part", "partners", "eligib", "limited", "restricted",
    "open to", "open only to", "must involve", "must include", "gender",
)  # fmt: skip
"""Every sentence about applicants holds one of these; looking for them is quick."""

_ABOUT_APPLICANTS = re.compile(
    r"\b(?:proposals?|applications?)\b.{0,40}\bsubmitted by\b"
    r"|\b(?:applicants?|beneficiar(?:y|ies)|consorti(?:um|a)|coordinators?|legal entit(?:y|ies)"
    r"|participants|partners)\b.{0,60}\b(?:must|shall|may only|can only|are required|is required"
    r"|need to be|has to|have to|cannot|may not|are not|is not)\b"
    r"|\b(?:must|shall)\b.{0,30}\bparticipate as\b"
    r"|\b(?:in)?eligible\b.{0,60}\b(?:applicants?|appl(?:y|ication)|entit(?:y|ies)"
    r"|countr(?:y|ies)|participate|beneficiar(?:y|ies))\b"
    r"|\b(?:applicants?|entit(?:y|ies)|organisations?|authorit(?:y|ies)|bod(?:y|ies))\b"
    r".{0,60}\b(?:eligible|ineligible)\b"
    r"|\b(?:participation|call|topic)\b.{0,40}\b(?:limited|restricted|open (?:only )?to)\b"
    r"|\bprojects?\b.{0,60}\bmust (?:involve|include)\b.{0,60}\bat least\b",
    re.IGNORECASE,
)
_OUTSIDE = re.compile(
    r"\bnot expected to (?:participate|take part|be (?:part|members?|partners?))\b", re.IGNORECASE
)
"""Who is helped and stays outside the consortium."""

# What projects do, and for whom, is not who applies.
_ABOUT_PROJECTS = re.compile(
    r"third part(?:y|ies)\b(?! countr)|\bFSTP\b|cascade|sub-?grant|\bpilots?\b|demonstrat"
    r"|take place|stakeholder|target group|end[- ]users?|follower|replicat"
    r"|\bJRC\b|Joint Research Centre|lump sum"
    r"|eligible (?:costs?|activit)|costs? (?:is|are) (?:not )?eligible",
    re.IGNORECASE,
)


@dataclass(slots=True)
class Conditions:
    """What has been read so far; what an earlier text said is not said again by a later one."""

    language: str | None
    criteria: dict[Criterion, None] = field(default_factory=dict)
    funding: dict[Funding, None] = field(default_factory=dict)
    unread: dict[str, None] = field(default_factory=dict)
    _said: set[Criterion] = field(default_factory=set)

    @property
    def eligibility(self) -> Eligibility:
        return Eligibility(tuple(self.criteria), tuple(self.unread)[:MOST_UNREAD])

    def listed(self, heading: str, text: str) -> None:
        """Read a section of conditions: whatever of it is not understood stays unread."""
        found, left = _section(text, self.language)
        self._take(replace(found, unread=()))  # they are among what is left
        label = heading.rstrip(": ")
        self.unread.update(dict.fromkeys(f"{label}: {rest}" if label else rest for rest in left))

    def answer(self, headings: Iterable[tuple[str, str | None]], value: str) -> None:
        """Read the value of a field below each heading (with its language), and take the fullest.

        A list half understood would turn away whoever stands in the other half.
        """
        read = [
            read_eligibility(f"{heading}:\n{value}", language=language)
            for heading, language in headings
        ]
        best = max(read, key=lambda found: sum(len(one.values) for one in found.criteria))
        self._take(replace(best, unread=()))
        if not best.criteria:
            self.unread[value] = None

    def prose(self, text: str) -> None:
        """Read running text, as a page about a call: only what looks like a condition is unread."""
        self._take(read_eligibility(text, language=self.language))

    def topic(self, text: str) -> None:
        """Read the long description of a research or innovation topic, in English.

        It speaks of member states, cities and companies on every line, and seldom of who applies:
        only sentences that are about applicants are read. A list of those who may is not taken
        from it, for it may be one of several; such a sentence is left to people.
        """
        if not _may_be(text.lower()):
            return
        likely = [line for line in text.split("\n") if _may_be(line.lower())]
        about = [
            piece.words
            for line in likely
            for piece in pieces(line)
            if _OUTSIDE.search(piece.words)
            or (_ABOUT_APPLICANTS.search(piece.words) and not _ABOUT_PROJECTS.search(piece.words))
        ]
        self._gender(likely)
        for words in about:
            found = read_eligibility(words, language="en")
            kept = tuple(one for one in found.criteria if _decides(one))
            self._take(EligibilityRead(kept))
            if len(kept) < len(found.criteria) or found.unread or _OUTSIDE.search(words):
                self.unread[words] = None

    def _gender(self, lines: Iterable[str]) -> None:
        """What a topic asks on gender stands in sentences about the work, not about applicants."""
        for piece in (piece for line in lines if "ender" in line for piece in pieces(line)):
            if "gender" in piece.words.lower():
                found = read_eligibility(piece.words, language="en").criteria
                kept = tuple(one for one in found if one.about is About.GENDER)
                self._take(EligibilityRead(kept))

    def attached(self, pages: Iterable[Page]) -> None:
        """Read the pages of attached guidelines; the words say on which page they stand."""
        for page in pages:
            found = read_eligibility(page.text, language=self.language)
            self._take(found, place=f" ({page.place})")

    def _take(self, found: EligibilityRead, *, place: str = "") -> None:
        """Keep what was not said before; its words end with the ``place`` where they stand."""
        for one in found.criteria:
            said = replace(one, words="")
            if said not in self._said:
                self._said.add(said)
                self.criteria[replace(one, words=one.words + place)] = None
        amounts = {replace(one, words="") for one in self.funding}
        for money in found.funding:
            if replace(money, words="") not in amounts:
                self.funding[replace(money, words=money.words + place)] = None
        for words in found.unread:
            if not _ADDRESS.search(words):
                self.unread[words + place] = None


@lru_cache(maxsize=512)  # the topics of one call share nearly all their conditions
def _section(text: str, language: str | None) -> tuple[EligibilityRead, tuple[str, ...]]:
    """What a section says, and of each of its lines the sentences that were not understood."""
    found = read_eligibility(text, language=language)
    lines = text.split("\n")
    understood = {one.words for one in found.criteria} | {one.words for one in found.funding}
    if not understood:
        return found, tuple(lines)
    left: list[str] = []
    for line in lines:
        parts = [piece.words for piece in pieces(line)]
        rest = [part for part in parts if part not in understood]
        if rest:
            left.append(line if len(rest) == len(parts) else " ".join(rest))
    return found, tuple(left)


def _decides(one: Criterion) -> bool:
    """Whether it stands by itself: a demand, or that one applicant is enough; no list does."""
    return one.effect is not Effect.ALLOWS or one.about is About.CONSORTIUM


def _may_be(text: str) -> bool:
    return any(word in text for word in _MAY_BE)
