"""The words of the languages: every file is sound, and a mistake in one is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from crawler.reading import deadlines
from crawler.reading.deadlines.vocabulary import VocabularyError, load, vocabulary
from crawler.reading.deadlines.words import words_of
from crawler.reading.language import LANGUAGES

FILES = Path(deadlines.__file__).parent
ENGLISH = (FILES / "en.yaml").read_text(encoding="utf-8")


def test_every_language_has_a_file_and_no_file_is_left_over() -> None:
    assert sorted(path.stem for path in FILES.glob("*.yaml")) == sorted(LANGUAGES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_file_is_sound_and_its_head_tells_how_to_add_a_word(language: str) -> None:
    assert vocabulary(language).language == language
    text = (FILES / f"{language}.yaml").read_text(encoding="utf-8")
    assert text.startswith("# How calls in ")
    assert "phrases.tsv" in text.partition("\nzone:")[0]


@pytest.mark.parametrize("language", LANGUAGES)
def test_cues_are_told_apart_by_meaning(language: str) -> None:
    """The words that decide most have one meaning each, whatever else they are listed under."""
    known = vocabulary(language)
    for meaning in ("dates.until", "dates.from"):
        single = [
            phrase.patterns[0]
            for phrases in known._exact.values()
            for phrase in phrases
            if phrase.meaning == meaning and len(phrase.patterns) == 1
        ]
        for word in single:
            assert known.one(word, "") in ("dates.until", "dates.from"), word


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("zone: Europe/Brussels", "zone: Europe/Atlantis", "zone"),
        ("month_first: yes", "month_first: perhaps", "month_first"),
        ("  questions: [", "  qeustions: [", "other.questions is missing"),
        ("  1: [january, jan]\n", "", "months"),
        ("  1: [first]", "  first: [first]", "ordinals"),
        ("seasons: {spring:", "seasons: {lent:", "seasons"),
        ("  noon: [", "  noon: noon # [", "clock.noon"),
        ("  Europe/Kyiv: [", "  Europe/Kiyv: [", "zones"),
        ("  glue: [of,", "  glue: [of, …,", "dates.glue"),
        ("  glue: [of,", "  glue: [of, '***',", "dates.glue"),
        ("dates:\n", "dates: []\nother_dates:\n", "other_dates"),
        ("month_first: yes", "month_first: [", "cannot be read"),
    ],
)
def test_a_mistake_names_file_and_field(tmp_path: Path, old: str, new: str, named: str) -> None:
    assert old in ENGLISH
    path = tmp_path / "en.yaml"
    path.write_text(ENGLISH.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(VocabularyError, match=r"en\.yaml") as caught:
        load(path, "en")
    assert named in str(caught.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(VocabularyError, match=r"xx\.yaml: cannot be read"):
        load(tmp_path / "xx.yaml", "xx")


def test_a_word_added_to_a_file_is_a_cue(tmp_path: Path) -> None:
    path = tmp_path / "en.yaml"
    path.write_text(
        ENGLISH.replace("  deadline: [", "  deadline: [last … whistle, wibbl*, ", 1),
        encoding="utf-8",
    )
    known = load(path, "en")
    for text in ("the last and final whistle", "wibbling", "Wíbble"):
        marks = known.marks(words_of(text, 0, len(text)))
        assert "submission.deadline" in {mark.meaning for mark in marks}, text
    text = "the last, as they say, whistle"
    marks = known.marks(words_of(text, 0, len(text)))
    assert "submission.deadline" not in {mark.meaning for mark in marks}
