"""Explanations give the true reason, whatever it is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from classifier.explaining import Explanation, explain
from classifier.matching import Means, run_matching
from classifier.outcomes import SAID, Note
from classifier.programmes import Rules
from classifier.rounding import told_score
from storage import letters
from storage.answers import Answer, TownAnswer, keep_answer
from storage.database import open_database
from storage.domain import (
    About,
    Budget,
    Call,
    Criterion,
    Effect,
    Funding,
    Partnership,
    Recipient,
    Status,
)
from storage.errors import NotFound
from storage.letters import Fact, Letter
from storage.recipients import replace as replace_recipients
from storage.schema import calls as table
from tests.classifier.fakes import Fakes, keep
from tests.classifier.test_matching import THREE, about, towns
from tests.classifier.towns import NOW, call


@pytest.fixture
def engine(sqlite_url: str) -> Iterator[sa.Engine]:
    opened = open_database(sqlite_url)
    yield opened
    opened.dispose()


@pytest.fixture
def means(rules: Rules) -> Means:
    return Fakes().means(rules)


def told(engine: sa.Engine, means: Means, *asked: Call | Partnership, about: str = "W") -> str:
    """Why the call ``about`` was told or not, in one text, after a comparison."""
    keep(engine, *asked)
    run_matching(engine, NOW, means=means)
    return " ".join(why(engine, means, about).why())


def why(engine: sa.Engine, means: Means, reference: str = "W") -> Explanation:
    return explain(engine, "towns", f"somewhere:{reference}", NOW, means=means)


@pytest.mark.parametrize(
    ("score", "digits", "told"),
    [(0.26, 1, 0.3), (19.97, 1, 19.9), (19.6, 0, 19), (20.04, 1, 20.0), (20.0, 0, 20), (7.5, 0, 8)],
)
def test_a_score_reads_alike_everywhere_and_never_over_its_line(
    score: float, digits: int, told: float
) -> None:
    assert told_score(score, 20, digits) == told


def test_a_match_that_no_letter_has_told_yet(engine: sa.Engine, means: Means) -> None:
    said = told(engine, means, *THREE, towns())
    assert "It is a match since the comparison of 2026-11-22 09:00 UTC." in said
    assert "the partnership has no recipients" in said


@pytest.mark.parametrize(
    ("consent", "said"),
    [(None, "none of its recipients has agreed"), ("signed form", "the next digest will")],
)
def test_a_match_that_waits_for_its_letter(
    engine: sa.Engine, means: Means, consent: str | None, said: str
) -> None:
    keep(engine, *THREE, towns())
    with engine.begin() as connection:
        one = Recipient("officer@example.org", consent=consent)
        replace_recipients(connection, "towns", (one,), NOW)
    run_matching(engine, NOW, means=means)
    assert said in " ".join(why(engine, means).why())


def test_a_match_that_a_town_dismissed(engine: sa.Engine, means: Means) -> None:
    keep(engine, *THREE, towns())
    (outcome,) = run_matching(engine, NOW, means=means)
    opportunity = outcome.matches[0].match.opportunity
    with engine.begin() as connection:
        given = TownAnswer("towns", opportunity, "Lublin", Answer.DISMISS, "", NOW)
        keep_answer(connection, given)
    found = why(engine, means)
    (said,) = found.why()
    assert said == (
        "Lublin dismissed it for good on 2026-11-22: letters leave it out. To undo that: bridges"
        " partnerships mark towns somewhere:W nothing"
    )
    assert [one.town for one in found.answers] == ["Lublin"]


def test_a_match_that_was_told(engine: sa.Engine, means: Means) -> None:
    keep(engine, *THREE, towns())
    (outcome,) = run_matching(engine, NOW, means=means)
    letter = Letter("digest", "officer@example.org", "2026-11-22", "One new call", "", "")
    facts = [Fact("towns", outcome.matches[0].match.opportunity, letters.NEW)]
    with engine.begin() as connection:
        letters.write(connection, letter, facts, message_id="<1@example.org>", now=NOW)
    found = why(engine, means)
    assert len(found.told) == 1
    (said,) = found.why()
    assert said == (
        "It was told as new in the letter “One new call”, written 2026-11-22 09:00 UTC (pending)."
    )
    later = NOW + timedelta(days=400)
    over = explain(engine, "towns", "somewhere:W", later, means=means).why()
    assert over[1:] == ("It would not be told today:", "The last moment to apply has passed.")


def test_a_call_too_far_away(engine: sa.Engine, means: Means) -> None:
    said = told(engine, means, *THREE, towns(), about="F")
    assert said.startswith("It was not told: Its score is ")
    assert "under the line of 20" in said


def test_a_call_that_is_over(engine: sa.Engine, means: Means) -> None:
    closed = replace(THREE[0], deadlines=call(closes="2026-11-01").deadlines)
    assert told(engine, means, closed, *THREE[1:], towns()) == (
        "It was not told: The last moment to apply has passed."
    )
    assert why(engine, means).status is Status.CLOSED


def test_a_call_that_was_withdrawn(engine: sa.Engine, means: Means) -> None:
    keep(engine, *THREE, towns())
    with engine.begin() as connection:
        connection.execute(sa.update(table).where(table.c.reference == "W").values(withdrawn=True))
    assert "took the call away before its deadline" in told(engine, means)


def test_an_excluded_call(engine: sa.Engine, means: Means) -> None:
    said = told(engine, means, *THREE, towns(exclude=("leaks",)))
    assert said == (
        "It was not told: The partnership excludes “leaks”, and the description of the call says"
        " it."
    )


def test_a_call_that_shuts_them_out(engine: sa.Engine, means: Means) -> None:
    shut = Criterion(About.COUNTRY, Effect.EXCLUDES, ("UA",), words="not open to Ukraine")
    closed = replace(THREE[0], eligibility=replace(THREE[0].eligibility, criteria=(shut,)))
    said = told(engine, means, closed, *THREE[1:], towns())
    assert said.startswith("It was not told: The partnership may not apply:")
    assert "The call excludes Ukraine." in said


def test_every_reason_is_given(engine: sa.Engine, means: Means) -> None:
    closed = replace(THREE[2], deadlines=call(closes="2026-11-01").deadlines)
    said = told(engine, means, *THREE[:2], closed, towns(exclude=("film",)), about="F")
    assert "last moment to apply" in said
    assert "excludes “film”" in said
    assert "under the line" in said


def test_grants_that_are_too_large(engine: sa.Engine, means: Means) -> None:
    large = replace(THREE[0], funding=(Funding("EUR", None, 5e6, 9e6),))
    keep(engine, large, *THREE[1:], towns(budget=Budget(None, 1e5)))
    parts = " ".join(why(engine, means).score_parts())
    assert "All its grants are larger than the partnership wishes, which leaves 60%" in parts


def test_a_partnership_that_does_not_say_what_it_looks_for(engine: sa.Engine, means: Means) -> None:
    assert told(engine, means, *THREE, towns(interest="…")) == SAID[Note.NO_INTERESTS]
    found = why(engine, means)
    assert found.found is None
    assert found.score_parts() == ()
    assert found.notes() == (SAID[Note.NO_INTERESTS],)


def test_a_partnership_that_was_never_compared(engine: sa.Engine, means: Means) -> None:
    keep(engine, *THREE, towns())
    (said,) = why(engine, means).why()
    assert said == ("It matches, but nothing was compared for this partnership yet: bridges match.")


def test_a_call_that_came_after_the_comparison(engine: sa.Engine, means: Means) -> None:
    keep(engine, *THREE[1:], towns())
    run_matching(engine, NOW, means=means)
    keep(engine, THREE[0])
    assert why(engine, means).why()[0].startswith("It matches now, and did not when")


def test_a_match_that_is_none_any_more(engine: sa.Engine, means: Means) -> None:
    keep(engine, *THREE, towns())
    run_matching(engine, NOW, means=means)
    keep(engine, towns(interest="Theatre and dance for pensioners"))
    said = why(engine, means).why()
    assert said[0] == "It was not told:"
    assert said[-1].startswith("When it was compared last, on 2026-11-22 09:00 UTC, it did match")


def test_the_score_is_taken_apart(engine: sa.Engine, means: Means) -> None:
    keep(engine, *THREE, towns())
    found = why(engine, means)
    meaning, words, themes, programme, towns_, specialists, place, together = found.score_parts()
    assert meaning.startswith("Meaning +")
    assert "small-1" in meaning
    assert "treatment" in words
    assert themes.startswith("Themes ")
    assert programme.startswith("Programme ")
    assert "towns" in towns_
    assert specialists.startswith("Specialists +0.0: it does not speak of")  # and not "-0.0"
    assert place == "Place: it is tied to no other country."
    assert found.found is not None
    assert together.startswith(f"Together {found.found.match.score:.1f} of 100")
    assert found.reader == "test"
    assert found.harvest is None


def test_what_makes_it_less_sure_is_said(engine: sa.Engine, means: Means) -> None:
    bare = about("T", "Вода", None, language="uk")
    keep(engine, bare, towns(interest="water"))
    assert set(why(engine, means, "T").notes()) == {
        SAID[Note.ONE_WORD],
        SAID[Note.TITLE_ONLY],
        SAID[Note.OTHER_LANGUAGE],
    }


def test_what_is_not_there_is_named(engine: sa.Engine, means: Means) -> None:
    keep(engine, *THREE, towns())
    with pytest.raises(NotFound, match="no partnership 'town'; nearest: towns"):
        explain(engine, "town", "somewhere:W", NOW, means=means)
    with pytest.raises(NotFound, match="no call"):
        explain(engine, "towns", "somewhere:X", NOW, means=means)


def test_an_opportunity_leads_to_its_call(engine: sa.Engine, means: Means) -> None:
    keep(engine, *THREE, towns())
    opportunity = why(engine, means).call.opportunity
    assert opportunity is not None
    found = explain(engine, "towns", opportunity, NOW, means=means)
    assert found.call.reference == "W"
