"""The page on one call, to which letters lead: in words, from which words, and for everybody."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from urllib.parse import urljoin

import pytest
from bs4 import BeautifulSoup

from alerts.outbox import build_due
from alerts.tongue import LANGUAGES
from classifier.loading import load_rules
from storage.answers import Answer, TownAnswer, keep_answer
from storage.database import reading
from storage.domain import About, Criterion, Document, Effect, Eligibility, Funding
from storage.letters import find_letters
from storage.linked import merge
from storage.opportunities import opportunity_id
from storage.recipients import State, set_state
from tests.alerts.world import DAY, MONDAY, OLENA, PORTAL, TOWNS, World, call, many_calls, on
from tests.desk.web.pages import BASE, SETTINGS, Visitor

WORDS = "Deadline: 5 January 2027, 17:00 (Brussels time)"
EU = tuple(sorted(load_rules().eu))
CRITERIA = (
    Criterion(About.COUNTRY, Effect.ALLOWS, ("PL", "UA"), words="Bodies from Poland or Ukraine."),
    Criterion(About.APPLICANT, Effect.REQUIRES, ("local_authority",), words="Only towns."),
    Criterion(About.REGION, Effect.REQUIRES, ("UA-59", "PL81"), words="From Sumy or Lublin."),
    Criterion(About.COUNTRY, Effect.EXCLUDES, EU, "eu27", words="None of the EU."),
    Criterion(About.CONSORTIUM, Effect.REQUIRES, min_partners=3, min_countries=2),
    Criterion(About.COFINANCING, Effect.ALLOWS, rate=0.8, share_of="grant"),
)
FULL = call(
    "RICH/2027 a",
    deadlines=(on(43, words=WORDS),),
    eligibility=Eligibility(CRITERIA, ("Odd sentence about fitness.",)),
    description="First paragraph.\nSecond paragraph.",
    documents=(Document("https://funding.example.eu/guide.pdf", "Guide"),),
)
RICH = "/calls/eu_portal:RICH%2F2027%20a"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_call_is_told_with_the_words_it_was_read_from(
    world: World, visitor: Visitor, language: str
) -> None:
    world.publish(FULL)
    world.publish(replace(FULL, deadlines=(on(50, words=WORDS),)), now=MONDAY + DAY)
    visitor.now = MONDAY + 2 * DAY
    page = visitor.get(RICH, language)
    assert (page.status, page.language) == (200, language)
    for said in (WORDS, "Only towns.", "Odd sentence", "Second paragraph.", "53"):
        assert said in page.text
    told = {
        "en": ("Tuesday 12 January 2027", "admitted: Poland, Ukraine",
               "required: local authorities", "Sumy Oblast (UA-59), lubelskie (PL81)",
               "excluded: 27 countries (European Union)",
               "at least 3 partners; from at least 2 countries",
               "80\u00a0% from the grant", "7 days later"),
        "uk": ("вівторок, 12 січня 2027", "допускаються: Польща, Україна",
               "вимагається: органи місцевого самоврядування",
               "вимагається: Сумська область (UA-59), lubelskie (PL81)",
               "27 країн (Європейський Союз)", "щонайменше 3 партнери",
               "80\u00a0% з гранту", "на 7 днів пізніше"),
    }.get(language, ("2027", "3", "2", "80\u00a0%"))  # fmt: skip
    said = page.text.replace("р.", "")
    assert all(" ".join(one.split()) in said for one in told), said
    if language != "en":
        for english in ("Deadline:", "admitted", "required", "changed", "Money", "open"):
            assert english not in page.text.replace(WORDS, "")
        assert {one["lang"] for one in page.html.main.find_all(lang=True)} == {"en"}
    assert [one["href"] for one in page.html.nav.find_all("a")] == [
        f"?language={one}" for one in LANGUAGES
    ]
    chosen = visitor.get(f"{RICH}?language=fr", language)
    assert chosen.language == "fr"


def test_a_stranger_s_words_do_nothing(world: World, visitor: Visitor) -> None:
    bad = "<script>alert(1)</script>\u202e"
    world.publish(
        replace(
            FULL,
            reference="BAD",
            title=bad,
            description=bad,
            url="javascript:alert(1)",
            documents=(Document("javascript:alert(1)", bad), Document("https://x.example/a", bad)),
            eligibility=Eligibility((Criterion(About.REGION, Effect.ALLOWS, (bad,), words=bad),)),
            funding=(Funding("EUR", words=bad),),
        )
    )
    page = visitor.get("/calls/eu_portal:BAD")
    assert page.status == 200
    assert "<script>" in page.text
    assert "\u202e" not in page.response.text
    targets = {str(one["href"]) for one in page.html.main.find_all("a")}
    assert targets == {"https://x.example/a"}


def test_a_long_call_is_cut_and_says_so(world: World, visitor: Visitor) -> None:
    many = tuple(f"Condition {number}: {'long ' * 30}" for number in range(30))
    eligibility = Eligibility((), many)
    world.publish(replace(FULL, eligibility=eligibility, description="word " * 5000))
    page = visitor.get(RICH)  # a page of more than 20 kB would be refused in there
    assert "Condition 19:" in page.text
    assert "Condition 20:" not in page.text
    assert "and 10 more" in page.text


def test_two_records_of_one_opportunity_lead_to_each_other(world: World, visitor: Visitor) -> None:
    other = call("OTHER", source="euroaccess", deadlines=(on(40),))
    world.publish(FULL, other)
    with world.engine.begin() as connection:
        merge(connection, FULL.id, other.id, MONDAY)
    page = visitor.get("/calls/euroaccess:OTHER")
    assert "The sources do not agree" in page.text
    (link,) = [str(one["href"]) for one in page.html.main.find_all("a", href=RICH)]
    assert visitor.get(link).html.h1.get_text() == FULL.title
    for gone in (opportunity_id(FULL.id), opportunity_id(other.id)):
        assert visitor.get(f"/calls/{gone}").html.h1.get_text() in {FULL.title, other.title}


def test_what_nobody_knows_is_told_in_words(visitor: Visitor) -> None:
    for name in ("eu_portal:NO-SUCH", "x", "o-aaaaaaaaaaaa", "eu_portal:%00"):
        page = visitor.get(f"/calls/{name}", "de")
        assert (page.status, page.language) == (404, "de")
        assert "kennen wir nicht" in page.text
    assert visitor.client.head("/calls/eu_portal:NO-SUCH").status_code == 404
    assert visitor.client.post("/calls/eu_portal:WATER-1").status_code == 405


def test_every_link_of_a_letter_to_our_notes_leads_to_a_page(
    world: World, visitor: Visitor
) -> None:
    world.publish(FULL)
    world.match()
    build_due(world.engine, SETTINGS, MONDAY, known_sources=[PORTAL])
    with reading(world.engine) as connection:
        letters = [one.letter for one in find_letters(connection)]
    notes = {
        str(link["href"])
        for letter in letters
        for link in BeautifulSoup(letter.html, "lxml").find_all("a")
        if str(link["href"]).startswith(f"{BASE}/calls/")
    }
    assert len(notes) == 3
    assert urljoin(BASE, RICH) in notes
    visitor.now += timedelta(hours=1)
    assert {visitor.get(one).status for one in notes} == {200}


def test_all_that_suits_a_partnership_is_one_click_from_the_letter_that_has_no_room_for_it(
    world: World, visitor: Visitor
) -> None:
    world.publish(*many_calls(16), call("GONE", deadlines=(on(-1),)))
    world.score(TOWNS, call("CALL-16"), 99.0)
    world.match()
    build_due(world.engine, SETTINGS, MONDAY, known_sources=[PORTAL])
    with reading(world.engine) as connection:
        letter = find_letters(connection)[0].letter
    (more,) = re.findall(rf"{BASE}/suiting/\S+", letter.text)
    page = visitor.get(more, "uk")
    assert (page.status, page.language) == (200, "uk")
    titles = [one.get_text() for one in page.html.main.find_all("a")]
    assert len(titles) == 18
    assert (titles[0], titles[-1]) == ("Call number 16", "Water for small towns")
    assert "GONE" not in page.response.text
    first = visitor.get(str(page.html.main.a["href"]))
    assert first.html.h1.get_text() == "Call number 16"
    other = visitor.get(urljoin(more, str(page.html.nav.find("a", lang="pl")["href"])))
    assert (other.status, other.language) == (200, "pl")
    with world.engine.begin() as connection:
        dismissal = TownAnswer(TOWNS.id, opportunity_id("eu_portal:CALL-16"), "", Answer.DISMISS,
                               "", MONDAY)  # fmt: skip
        keep_answer(connection, dismissal)
    assert "Call number 16" not in visitor.get(more).text
    visitor.now += 80 * DAY
    assert "Nothing can be applied to" in visitor.get(f"{more}?language=en").text


def test_what_suits_a_town_is_shown_only_to_those_who_get_its_letters(
    world: World, visitor: Visitor
) -> None:
    world.partnership()
    world.publish(call())
    world.match()
    visitor.now += DAY
    link = visitor.links(OLENA).suiting(TOWNS.id)
    assert "Water for small towns" in visitor.get(link).text
    stranger = "stranger@example.org"
    for other in (
        f"/calls?partnership={TOWNS.id}",
        f"/suiting/{TOWNS.id}",
        link[:-2],
        visitor.links(OLENA).letters().replace("/letters/", "/suiting/"),
        visitor.links(replace(OLENA, email=stranger)).suiting(TOWNS.id),
        visitor.links(OLENA).suiting("another"),
    ):
        refused = visitor.get(other)
        assert refused.status in {404, 410}, other
        assert TOWNS.name not in refused.text
    with world.engine.begin() as connection:
        set_state(connection, OLENA.email, State.UNSUBSCRIBED, MONDAY)
    assert visitor.get(link).status == 410
