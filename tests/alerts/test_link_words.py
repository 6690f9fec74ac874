"""The words of links and pages are there in every language, with all their forms and fields.

``RECORD=once pytest tests/alerts/test_link_words.py`` writes new messages into the catalogues; a
person then translates them.
"""

from __future__ import annotations

import string

import pytest

from alerts.link_words import DOMAIN, LOCALES, link_tongue
from classifier.themes import LANGUAGES
from tests.alerts.catalogues import catalogue, record_if_asked
from tests.alerts.messages import link_messages

TRANSLATED = sorted(set(LOCALES) - {"en"})
TWICE = {"Conditions", "Documents", "Partners", "Pause", "Programme"}
"""Names, and words that another language shares."""


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_word_is_there_in_every_language(language: str) -> None:
    record_if_asked(DOMAIN, language, link_messages())
    known = {one.id: one for one in catalogue(DOMAIN, language) if one.id}
    wanted = set(link_messages())
    assert len(wanted) > 100
    assert set(known) == wanted
    number = catalogue(DOMAIN, language).num_plurals
    for key, one in known.items():
        said = one.string if isinstance(one.string, tuple) else (one.string,)
        assert all(said), key
        assert len(said) == (1 if isinstance(key, str) else number), key
        assert all(fields(form) == fields(key if isinstance(key, str) else key[1]) for form in said)
        assert key in TWICE or said[0] != key, key


@pytest.mark.parametrize("language", TRANSLATED)
def test_pages_say_what_letters_say(language: str) -> None:
    """A page under another name than its letter would look like somebody else's."""
    letters, pages = (
        {one.id: one.string for one in catalogue(domain, language) if one.id}
        for domain in ("letters", DOMAIN)
    )
    both = letters.keys() & pages.keys()
    assert "Bridges of Trust" in both
    assert {key: pages[key] for key in both} == {key: letters[key] for key in both}


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", ["1 answer", "2 answers", "5 answers", "21 answers"]),
        ("uk", ["1 відповідь", "2 відповіді", "5 відповідей", "21 відповідь"]),
        ("pl", ["1 odpowiedź", "2 odpowiedzi", "5 odpowiedzi", "21 odpowiedzi"]),
        ("de", ["1 Antwort", "2 Antworten", "5 Antworten", "21 Antworten"]),
        ("fr", ["1 réponse", "2 réponses", "5 réponses", "21 réponses"]),
        ("ro", ["1 răspuns", "2 răspunsuri", "5 răspunsuri", "21 de răspunsuri"]),
    ],
)
def test_counts_are_said_as_in_that_language(language: str, said: list[str]) -> None:
    t = link_tongue(language)
    assert [t.many("{n} answer", "{n} answers", one) for one in (1, 2, 5, 21)] == said


def test_the_languages_are_those_of_the_project() -> None:
    assert set(LOCALES) == set(LANGUAGES)
    assert link_tongue("uk-UA").code == "uk"
    assert link_tongue("es").code == "en"
