"""Which files of a call are its guidelines, in the languages calls are written in."""

from __future__ import annotations

import time
from typing import Any

import pytest

from crawler.documents.choosing import MOST, choose

HOST = "https://funding.example.eu"


def chosen(*files: tuple[str, str], page: str | None = None, **words: Any) -> list[str]:
    documents = [{"url": url, "title": title} for url, title in files]
    return [one.url for one in choose({"documents": documents} | words, page)]


@pytest.mark.parametrize(
    "title",
    [
        "Guidelines for grant applicants",
        "Guidelines for grant applicants &amp; annexes",
        "GUIDELINES (with application form)",
        "Call document",
        "Call fiche",
        "Посібник для заявників",
        "Порядок проведення конкурсу",
        "Умови участі у конкурсі",
        "Регламент програми",
        "Lignes directrices à l’intention des demandeurs",
        "Règlement de l'appel à projets",
        "Leitfaden für Antragstellende",
        "Förderrichtlinie",
        "Bewerbungsleitfaden",
        "Wytyczne dla wnioskodawców",
        "Regulamin konkursu",
        "Ghidul solicitantului",
        "Pályázati útmutató",
        "Príručka pre žiadateľa",
        "Příručka pro žadatele",
        "Linee guida per i candidati",
        "Bases reguladoras",
        "Handleiding voor aanvragers",
        "Paraiškų teikimo gairės",
        "Konkursa nolikums",
        "Taotlusvooru juhend",
        "Utlysningstext",
        "Vejledning til ansøgere",
        "Руководство для заявителей",
        "Upute za prijavitelje",
        "Насоки за кандидатстване",
    ],
)
def test_guidelines_are_taken_in_every_language(title: str) -> None:
    assert chosen((f"{HOST}/1.pdf", title)) == [f"{HOST}/1.pdf"]
    assert chosen((f"{HOST}/1.pdf", title.upper())) == [f"{HOST}/1.pdf"]


@pytest.mark.parametrize(
    "title",
    [
        "Annex A.1 Concept note",
        "Annex 2 to the guidelines",
        "Annex B Budget",
        "Guidelines template",
        "Guidelines for evaluators",
        "Guidelines on FAIR data management",
        "Application form",
        "Grant application form and guidelines",
        "Corrigendum 1 to the guidelines for applicants",
        "Questions and answers on the call document",
        "Model grant agreement",
        "Horizon Europe general annexes",
        "Logo pack",
        "Visual identity guidelines",
        "List of awarded projects",
        "Photo of the mayor",
        "Додаток 1 до Порядку",
        "Форма заявки",
        "Annexe 3 : budget",
        "Formulaire de candidature",
        "Anlage 2 zur Förderrichtlinie",
        "Antragsformular",
        "Datenschutzrichtlinie",
        "Załącznik nr 1 do regulaminu",
        "Anexa 4 la ghidul solicitantului",
        "2. melléklet a felhíváshoz",
        "Príloha č. 3 výzvy",
        "Allegato A al bando",
        "Anexo I de las bases",
        "Bijlage 1 bij de regeling",
        "Paraiškos forma",
        "Pieteikuma veidlapa",
        "Lisa 1. Taotlusvorm",
        "Bilaga till utlysningen",
        "Bilag 2 til vejledningen",
        "Приложение 1 к положению о конкурсе",
        "Obrazac 1 uz natječaj",
        "Приложение 2 към насоките",
    ],
)
def test_forms_annexes_and_the_rest_are_not(title: str) -> None:
    assert chosen((f"{HOST}/1.pdf", title)) == []


@pytest.mark.parametrize(
    ("url", "title", "is_taken"),
    [
        (f"{HOST}/call-fiche_cerv-2027_en.pdf", "here", True),
        (f"{HOST}/Guidelines_for_applicants.docx", "", True),
        (f"{HOST}/GrantGuidelines.PDF", "Download", True),
        (f"{HOST}/get.php?file=Guidelines.pdf", "PDF", True),
        (f"{HOST}/application-form_guidelines.pdf", "Download", False),
        (f"{HOST}/call-fiche.pdf", "Logo", False),
        (f"{HOST}/guidelines.xlsx", "Guidelines", False),
        (f"{HOST}/guidelines.zip", "Guidelines", False),
        (f"{HOST}/guidelines.doc", "Guidelines", False),
        (f"{HOST}/show?docId=1", "Guidelines", True),
        (f"{HOST}/published.htm?callId=7&docId=1", "Guidelines", True),
        (f"{HOST}/show?docId=1", "", False),
        ("ftp://funding.example.eu/guidelines.pdf", "Guidelines", False),
        ("file:///etc/guidelines.pdf", "Guidelines", False),
        ("https://user:word@funding.example.eu/guidelines.pdf", "Guidelines", False),
        ("https://funding.example.eu:port/guidelines.pdf", "Guidelines", False),
        ("javascript:guidelines.pdf", "Guidelines", False),
        (f"{HOST}/{'x' * 3000}.pdf", "Guidelines", False),
        ("", "Guidelines", False),
    ],
)
def test_names_and_kinds_of_files(url: str, title: str, *, is_taken: bool) -> None:
    assert bool(chosen((url, title))) is is_taken


def test_links_in_the_page_count_if_they_lead_to_a_file() -> None:
    text = (
        '<p>See the <a class="x" href="/docs/a.pdf#page=3"><b>call</b>\n document</a>, the '
        f"<a href='{HOST}/show?id=1&amp;v=2'>guidelines</a> and "
        '<a href="b.docx">Conditions</a>.</p>'
    )
    assert chosen(conditions=text, page=f"{HOST}/calls/7") == [
        f"{HOST}/docs/a.pdf",
        f"{HOST}/calls/b.docx",
    ]
    assert chosen(conditions=text) == []


def test_attached_files_come_first_each_once_and_not_too_many() -> None:
    text = "".join(f'<a href="{HOST}/{n}.pdf">Guidelines, lot {n}</a>' for n in range(9))
    found = chosen((f"{HOST}/5.pdf", "Guidelines, lot 5"), conditions=text)
    assert found == [f"{HOST}/5.pdf", f"{HOST}/0.pdf", f"{HOST}/1.pdf"]
    assert len(found) == MOST


def test_a_document_knows_its_title_and_type() -> None:
    entry = {"url": f"{HOST}/a.PDF#p2", "title": " <b>Guidelines</b> for\ntowns "}
    (document,) = choose({"documents": [entry]})
    assert (document.url, document.title, document.type) == (
        f"{HOST}/a.PDF",
        "Guidelines for towns",
        "pdf",
    )


@pytest.mark.parametrize(
    "words",
    [
        {},
        {"documents": None},
        {"documents": "guidelines.pdf"},
        {"documents": ["guidelines.pdf", None, {"title": "Guidelines"}, {"url": None}]},
        {"conditions": 5, "deadlines": ["<a"]},
    ],
)
def test_words_of_other_shapes_link_nothing(words: dict[str, Any]) -> None:
    assert choose(words) == []


@pytest.mark.parametrize("piece", ["<a ", "<a href='", '<a href="x.pdf">', "<a href=x>" * 3, "<A"])
def test_a_page_of_half_tags_takes_no_longer(piece: str) -> None:
    text = piece * (2_000_000 // len(piece))
    began = time.process_time()
    choose({"description": text})
    assert time.process_time() - began < 5
