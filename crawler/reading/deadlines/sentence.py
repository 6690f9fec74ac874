"""What a sentence holds once its dates, times and cues are found, and the lists its dates form."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from crawler.reading.deadlines.clocks import Clock
from crawler.reading.deadlines.dates import Found
from crawler.reading.deadlines.vocabulary import Mark
from crawler.reading.deadlines.words import Word

NOTHING = ""
SUBMIT = "submit"
OTHER = "other"

SAYS = ("submission.deadline", "submission.closes", "submission.extended", "submission.cut_off")
DOES = ("submission.act", "submission.open", "submission.funds")
NOUNS = (
    "submission.thing",
    "submission.call",
    "submission.concept_note",
    "submission.full_proposal",
    "submission.stage",
    "submission.round",
    "submission.project",
)


@dataclass(slots=True)
class Sentence:
    """The words of one sentence and what was recognised in them."""

    words: Sequence[Word]
    marks: Sequence[Mark]
    dates: Sequence[Found]
    clocks: Sequence[Clock]


@dataclass(slots=True)
class Group:
    """Dates that stand in one list, and what they are for."""

    dates: list[Found]
    role: str = ""
    window: list[Found] = field(default_factory=list)
    """Dates that only open what the dates close."""
    verdict: str = NOTHING
    cues: list[Mark] = field(default_factory=list)
    """The marks that belong to this group, those before it first."""
    governed: Mark | None = None
    inherited: bool = False

    @property
    def first(self) -> int:
        return min(one.first for one in (*self.dates, *self.window))

    @property
    def last(self) -> int:
        return max(one.last for one in (*self.dates, *self.window))


def tells(mark: Mark) -> bool:
    return predicate(mark) or mark.meaning in NOUNS


def predicate(mark: Mark) -> bool:
    return mark.meaning in SAYS or mark.meaning in DOES or other(mark)


def other(mark: Mark) -> bool:
    # "will be announced by 15 March": that is no day to hand anything in
    return mark.meaning.startswith("other.") or mark.meaning == "submission.announced_later"


def noun(mark: Mark) -> bool:
    return mark.meaning in NOUNS or other(mark)
