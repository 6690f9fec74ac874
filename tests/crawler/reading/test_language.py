"""The language of a text is told by its own words, whatever the source says."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.reading.language import LANGUAGES, languages_of

SENTENCES = {
    "en": "Municipalities can submit their proposals until the end of the month.",
    "uk": "Громади можуть подати заявки на участь у конкурсі до кінця місяця.",
    "fr": "Les communes peuvent déposer leur dossier jusqu'à la fin du mois.",
    "de": "Kommunen können ihre Anträge bis zum Ende des Monats einreichen.",
    "pl": "Gminy mogą składać wnioski do końca miesiąca, decyduje data wpływu.",
    "ro": "Comunele pot depune cererile de finanțare până la sfârșitul lunii.",
    "hu": "Az önkormányzatok a hónap végéig nyújthatják be a pályázatukat.",
    "sk": "Obce môžu predkladať žiadosti do konca mesiaca, najneskôr však v piatok.",
    "cs": "Obce mohou podávat žádosti do konce měsíce, nejpozději však v pátek.",
    "it": "I Comuni possono presentare le domande entro la fine del mese.",
    "es": "Los municipios pueden presentar sus solicitudes hasta el final del mes.",
    "nl": "Gemeenten kunnen hun aanvraag tot het einde van de maand indienen.",
    "lt": "Savivaldybės paraiškas gali teikti iki mėnesio pabaigos.",
    "lv": "Pašvaldības pieteikumus var iesniegt līdz mēneša beigām.",
    "et": "Omavalitsused saavad taotlusi esitada kuni kuu lõpuni.",
    "sv": "Kommunerna kan lämna in sin ansökan fram till slutet av månaden.",
    "da": "Kommunerne kan indsende deres ansøgning frem til udgangen af måneden.",
    "ru": "Общины могут подавать заявки на участие в конкурсе до конца месяца, срок не продлят.",
    "hr": "Općine mogu podnijeti prijave na natječaj do kraja mjeseca.",
    "bg": "Общините могат да подават проектни предложения до края на месеца.",
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_sentence_tells_its_language(language: str) -> None:
    assert languages_of(SENTENCES[language])[0] == language


@pytest.mark.parametrize("said", [None, "", "ca", "xx", "en", "uk", "de-AT"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_wrong_hint_does_not_hide_it(language: str, said: str | None) -> None:
    assert language in languages_of(SENTENCES[language], said)


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_said_decides_where_words_do_not(language: str) -> None:
    assert languages_of("27.01.2026 17:00", language)[0] == language


def test_two_scripts_are_both_tried() -> None:
    tried = languages_of(SENTENCES["uk"] + " " + SENTENCES["pl"], "uk")
    assert {"uk", "pl"} <= set(tried)


def test_an_unknown_language_is_read_as_its_neighbours() -> None:
    assert languages_of("Els ajuntaments poden presentar les sol·licituds fins al maig.", "ca")
    assert languages_of("Подношење пријава траје до краја месеца.", "sr")[0] in ("uk", "ru", "bg")


@given(st.text(), st.none() | st.text(max_size=8))
def test_any_text_gives_one_to_four_languages(text: str, said: str | None) -> None:
    tried = languages_of(text, said)
    assert 1 <= len(tried) <= 4
    assert set(tried) <= set(LANGUAGES)
    assert len(set(tried)) == len(tried)
