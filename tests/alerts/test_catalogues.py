"""Every message is there in every language, and its forms are right.

``RECORD=once pytest tests/alerts/test_catalogues.py`` writes new messages into the catalogues; a
person then translates them.
"""

from __future__ import annotations

import re
import string

import pytest
from babel.messages import Catalog

from alerts.tongue import ENGLISH, LANGUAGES, tongue, written_in
from tests.alerts.catalogues import catalogue, path_of, record_if_asked
from tests.alerts.messages import messages

DOMAIN = "letters"
TRANSLATED = sorted(set(LANGUAGES) - {ENGLISH})


def forms(language: str) -> list[tuple[str, str | tuple[str, str], list[str]]]:
    found = []
    for message in catalogue(DOMAIN, language):
        if message.id:
            said = message.string if isinstance(message.string, tuple) else (message.string,)
            key = message.id if isinstance(message.id, str) else message.id[0]
            found.append((key, message.id, list(said)))
    return found


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_message_is_translated(language: str) -> None:
    record_if_asked(DOMAIN, language, messages())
    wanted = set(messages())
    known = {message.id: message for message in catalogue(DOMAIN, language) if message.id}
    assert len(wanted) > 200
    assert not sorted(map(str, wanted - set(known))), "not in the catalogue; see above"
    assert not sorted(map(str, set(known) - wanted)), "nothing says these any more"
    empty = [key for key, _, said in forms(language) if not all(said)]
    assert not empty
    assert not [str(one.id) for one in known.values() if one.fuzzy]


@pytest.mark.parametrize("language", TRANSLATED)
def test_translations_keep_the_fields(language: str) -> None:
    def fields(text: str) -> set[str]:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name}

    for key, wanted, said in forms(language):
        allowed = fields(wanted if isinstance(wanted, str) else wanted[1])
        for one in said:
            assert fields(one) == allowed, key


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_message_that_counts_has_every_plural_form(language: str) -> None:
    known = catalogue(DOMAIN, language)
    for _, wanted, said in forms(language):
        if not isinstance(wanted, str):
            assert len(said) == known.num_plurals


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (1, "1 новий конкурс"),
        (2, "2 нові конкурси"),
        (4, "4 нові конкурси"),
        (5, "5 нових конкурсів"),
        (11, "11 нових конкурсів"),
        (12, "12 нових конкурсів"),
        (21, "21 новий конкурс"),
        (22, "22 нові конкурси"),
        (25, "25 нових конкурсів"),
        (111, "111 нових конкурсів"),
        (1_234, "1\u00a0234 нові конкурси"),
    ],
)
def test_ukrainian_counts_as_ukrainians_do(number: int, said: str) -> None:
    assert tongue("uk").many("{n} new call", "{n} new calls", number) == said


@pytest.mark.parametrize(
    ("number", "said"), [(1, "1 new call"), (0, "0 new calls"), (2, "2 new calls")]
)
def test_english_counts_as_the_english_do(number: int, said: str) -> None:
    assert tongue("en").many("{n} new call", "{n} new calls", number) == said


@pytest.mark.parametrize(
    ("language", "number", "said"),
    [
        ("pl", 1, "1 nowy nabór"),
        ("pl", 3, "3 nowe nabory"),
        ("pl", 5, "5 nowych naborów"),
        ("pl", 12, "12 nowych naborów"),
        ("pl", 21, "21 nowych naborów"),
        ("pl", 22, "22 nowe nabory"),
        ("ro", 1, "1 apel nou"),
        ("ro", 2, "2 apeluri noi"),
        ("ro", 19, "19 apeluri noi"),
        ("ro", 20, "20 de apeluri noi"),
        ("ro", 101, "101 apeluri noi"),
        ("ro", 1_200, "1.200 de apeluri noi"),
        ("de", 1, "1 neuer Aufruf"),
        ("de", 1_234, "1.234 neue Aufrufe"),
        ("fr", 0, "0 nouvel appel"),
        ("fr", 1, "1 nouvel appel"),
        ("fr", 1_234, "1\u202f234 nouveaux appels"),
    ],
)
def test_every_language_counts_in_its_own_way(language: str, number: int, said: str) -> None:
    assert tongue(language).many("{n} new call", "{n} new calls", number) == said


@pytest.mark.parametrize("language", TRANSLATED)
def test_the_forms_of_a_catalogue_are_those_of_its_language(language: str) -> None:
    """What the file says of itself, and what the library knows of the language, agree."""
    said = re.search(
        r"Plural-Forms: (.+?)\\n", path_of(DOMAIN, language).read_text(encoding="utf-8")
    )
    assert said is not None
    assert said[1] == Catalog(locale=language).plural_forms
    found = tongue(language).catalogue
    used = {found.ngettext("{n} day left", "{n} days left", number) for number in range(200)}
    assert len(used) == Catalog(locale=language).num_plurals


@pytest.mark.parametrize("language", TRANSLATED)
def test_translations_are_written_with_the_marks_of_their_language(language: str) -> None:
    foreign = {
        "uk": r"[A-Za-z](?<![A-Z]{2})(?!-?LEAD)[а-яіїє]|[ыэъё]",
        "pl": r"[‘’«»]|\.\.\.",
        "de": r"[‘’«»]|\.\.\.",
        "fr": r"'|(?<![\u00a0\u202f])[:;!?%](?=\s|$)|\.\.\.",
        "ro": r"[şţŞŢ]|[‘’«»]|\.\.\.",
    }[language]
    for key, _, said in forms(language):
        for one in said:
            assert not re.search(foreign, re.sub(r"\{\w+\}", "x", one)), (key, one)
            assert one == one.strip(), key
            if key[-1] in ".:":
                assert one[-1] == key[-1], key


@pytest.mark.parametrize("language", ["", None, "xx", "en-US", "es"])
def test_whoever_reads_another_language_is_written_to_in_english(language: str | None) -> None:
    assert tongue(language).code == "en"


def test_a_language_with_a_country_is_that_language() -> None:
    assert tongue("uk-UA").code == "uk"
    assert tongue("UK").code == "uk"
    assert tongue("pl_PL").code == "pl"
    assert written_in("es") is None
