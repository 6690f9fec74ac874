"""A letter reads well in both languages, on a phone, from hostile sources, and injects nothing."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from bs4 import BeautifulSoup

from alerts.cards import PORTAL_HOUR
from alerts.digest import build_digest
from alerts.letter import render
from alerts.links import Links, Purpose, read_token
from alerts.receipt import sources
from classifier.outcomes import Note
from crawler.reading.portal import CLOSING_RULE
from storage.domain import (
    About,
    Criterion,
    Deadline,
    DeadlineKind,
    Effect,
    Eligibility,
    Programme,
    Recipient,
)
from tests.alerts.reading import BASE, letter, one_call, sound
from tests.alerts.world import MARTA, MONDAY, OLENA, PORTAL, TOWNS, World, call, many_calls, on

HOSTILE = {
    "html": "<b>Water</b> <img src=x onerror=alert(1)> & <a href='javascript:alert(1)'>pipes</a>",
    "script": "</title></style><script>alert('water')</script>Water for towns",
    "quotes": "\"'><svg/onload=alert(1)> Water",
    "crlf": "Water\r\nBcc: everybody@example.org\r\n\r\n<h1>for towns</h1>",
    "right to left": "Water \u202efor towns\u202c \u2066hidden\u2069 \u200f\u200e",
    "control": "Wat\x00er\x07 for\x1b[31m towns\x85next\u2028line",
    "long": "Water for towns " * 125,
    "one long word": "W" * 2000,
    "accents": "Wa" + "\u0301" * 500 + "ter",
    "template": "{{ 7*7 }} {% raw %} {name} %(name)s {0} Water",
    "nothing": " \u200b\u202e\r\n ",
    "arabic": "المياه للمدن الصغيرة",
    "emoji": "💧 Water 👩‍🚒 for towns 🇺🇦",
}


@pytest.mark.parametrize("recipient", [OLENA, MARTA], ids=["uk", "en"])
@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_title_harms_nothing(world: World, kind: str, recipient: Recipient) -> None:
    title = HOSTILE[kind]
    one_call(
        world,
        title=title,
        programme=Programme(title[:60], title),
        reasons=(title, title.upper()),
        eligibility=Eligibility((), (f"Only {title}.",)),
    )
    made = letter(world, recipient)
    page = sound(made.html)
    shown = page.find("h3").get_text().strip()
    assert 0 < len(shown) <= 180
    for text in (made.subject, shown, made.text, page.get_text()):
        assert not re.search("[\u202a-\u202e\u2066-\u2069\u200e\u200f\x00-\x09\x0b-\x1f\x85]", text)
    assert "\n" not in made.subject
    assert all(len(line) <= 200 for line in made.text.splitlines())
    assert made.text.count("\n\n") < 40
    assert "49" not in shown


@pytest.mark.parametrize(
    ("kind", "shown"),
    [
        ("html", HOSTILE["html"]),
        ("crlf", "Water Bcc: everybody@example.org <h1>for towns</h1>"),
        ("right to left", "Water for towns hidden"),
        ("nothing", "eu_portal:WATER-1"),
        ("template", HOSTILE["template"]),
        ("arabic", HOSTILE["arabic"]),
        ("emoji", HOSTILE["emoji"]),
    ],
)
def test_a_hostile_title_still_reads_well(world: World, kind: str, shown: str) -> None:
    one_call(world, title=HOSTILE[kind])
    made = letter(world)
    assert sound(made.html).find("h3").get_text().strip() == shown
    assert shown in re.sub(r"\s+", " ", made.text)


def test_a_long_title_is_cut_between_words(world: World) -> None:
    one_call(world, title=HOSTILE["long"])
    shown = sound(letter(world).html).find("h3").get_text().strip()
    assert shown.endswith(("towns…", "Water…", "for…"))


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "data:text/html,<script>alert(1)</script>",
        "ftp://files.example.eu/call",
        "//funding.example.eu/calls",
        "https://",
        "https://funding.example.eu/a b",
        "http://[broken",
        "https://funding.example.eu/" + "x" * 600,
        None,
    ],
)
def test_an_address_nobody_should_follow_is_no_link(world: World, url: str | None) -> None:
    one_call(world, url=url)
    made = letter(world)
    links = [str(link["href"]) for link in sound(made.html).find_all("a")]
    assert links == [f"{BASE}/calls/eu_portal:WATER-1"]
    assert "Сторінка конкурсу" not in made.text


def test_links_lead_to_the_call_s_page_and_to_ours(world: World) -> None:
    world.partnership()
    world.publish(call("A/B c?d#e&f", "Water"))
    world.match()
    made = letter(world, MARTA)
    links = [str(link["href"]) for link in sound(made.html).find_all("a")]
    ours = f"{BASE}/calls/eu_portal:A%2FB%20c%3Fd%23e%26f"
    assert links == ["https://funding.example.eu/calls/A/B", ours] or ours in links
    assert ours in made.text


@pytest.mark.parametrize("recipient", [OLENA, MARTA], ids=["uk", "en"])
def test_the_fullest_letter_stays_small(world: World, recipient: Recipient) -> None:
    world.partnership()
    long = "Very long words of a call that goes on and on, " * 30
    unread = tuple(f"Condition {n}: {long}" for n in range(6))
    for one in many_calls(
        40,
        programme=Programme("CODE" * 10, long),
        deadlines=tuple(on(20 + n, kind=DeadlineKind.CUT_OFF) for n in range(12)),
        eligibility=Eligibility((Criterion(About.OTHER, Effect.REQUIRES, words=long),), unread),
        url=f"https://funding.example.eu/{'x' * 450}",
    ):
        world.publish(replace(one, title=f"{one.title} {long}"))
    world.match(reasons=(long, long + "!"))
    world.harvest()
    made = letter(world, recipient)
    assert len(made.html.encode()) < 100_000
    assert sound(made.html)


def test_both_bodies_tell_the_same(world: World) -> None:
    one_call(world, reasons=("Pipes are renewed.", "Towns apply together."))
    world.harvest()
    for recipient in (OLENA, MARTA):
        made = letter(world, recipient)
        text = re.sub(r"\s+", " ", made.text.casefold())
        page = BeautifulSoup(made.html, "lxml")
        page.head.decompose()
        for piece in page.find_all(["h1", "h2", "h3", "p", "b"]):
            if piece.name == "p" and piece.find(class_=["pill", "link"]):
                continue  # in the text, its parts stand apart and links are written out
            said = re.sub(r"\s+", " ", piece.get_text().casefold()).strip(" :✓!✗·")
            assert said in text, said


def test_a_letter_names_towns_deadline_verdict_money_and_why(world: World) -> None:
    world.partnership()
    world.publish(call("CERV-2027-CITIZENS-TOWN-TT", "Town twinning"))
    world.match(reasons=("Citizens of twin towns meet.",))
    text = flat(letter(world).text)
    for said in (
        "Verbove – Nowa Dolina",
        "Шановні колеги!",
        "У цьому листі: 1 новий конкурс.",
        "відкритий · залишилося 43 дні",
        "Термін подання: вівторок, 5 січня 2027 р., 18:00 (Київ) / 17:00 (Варшава)",
        (
            "Для вас: Ви можете подати спільну заявку. Провідний партнер: Nowa Dolina; партнер:"
            " Verbove."
        ),
        "Фінансування: від 8 455 євро до 53 625 євро на один грант",
        "Чому саме цей конкурс (відповідність: 80 зі 100): «Citizens of twin towns",
        "Сторінка конкурсу: https://funding.example.eu/calls/CERV-2027-CITIZENS-TOWN-TT",
    ):
        assert said in text, said
    english = flat(letter(world, MARTA).text)
    for said in (
        "Deadline: Tuesday 5 January 2027, 17:00 (Warsaw) / 18:00 (Kyiv)",
        "For you: You may apply together. Nowa Dolina should lead; partner: Verbove.",
        "Money: from EUR 8,455 to EUR 53,625 a grant",
    ):
        assert said in english, said


def test_a_reason_names_the_words_of_the_interests_it_answers(world: World) -> None:
    world.partnership()
    world.publish(call())
    world.match(reasons=("Pipes are renewed.",), answers="Вода і теплі школи")
    assert "«Pipes are renewed.» – відповідає вашому запиту «Вода і теплі школи»" in flat(
        letter(world).text
    )
    assert "Вода і теплі школи" not in letter(world, MARTA).text  # words she need not know
    world.match(reasons=("Pipes are renewed.",), answers="Warm schools", language="en")
    english = letter(world, MARTA)
    assert "“Pipes are renewed.” – answers your “Warm schools”" in flat(english.text)
    assert "answers your “Warm schools”" in sound(english.html).find(class_="quote").text


def test_a_call_known_by_its_title_is_not_quoted_with_it_and_is_less_sure(world: World) -> None:
    world.partnership()
    world.publish(call(title="Water"))
    world.match(reasons=("Water",), answers="Вода", unsure=[Note.TITLE_ONLY])
    made = letter(world)
    assert "(відповідність: 80 зі 100): відповідає вашому запиту «Вода»" in flat(made.text)
    assert "(крім назви, відомо небагато, тому висновок менш певний)" in made.text
    assert "«Water»" not in made.text + made.html


def test_without_reasons_the_call_speaks_for_itself(world: World) -> None:
    one_call(world, summary="Renews water pipes in small towns.")
    assert "What it is about: “Renews water pipes in small towns.”" in letter(world, MARTA).text


@pytest.mark.parametrize(
    ("note", "said"),
    [
        (Note.FROM_THEMES, "Ваші інтереси вказано лише темами"),
        (Note.ONE_WORD, "Ваші інтереси описано одним словом"),
        (Note.VERY_LONG, "Ваші інтереси описано так докладно"),
    ],
)
def test_what_makes_every_score_less_sure_is_said(world: World, note: Note, said: str) -> None:
    world.partnership()
    world.publish(call())
    world.match(notes=[note])
    assert said in letter(world).text


def flat(text: str) -> str:
    return re.sub(r"\s+", " ", text)


def test_what_is_missing_and_what_to_check_are_told_apart(world: World) -> None:
    world.partnership()
    many = Criterion(About.CONSORTIUM, Effect.REQUIRES, min_partners=3, min_countries=3)
    odd = Criterion(About.OTHER, Effect.REQUIRES, words="The river authority agrees.")
    world.publish(call("CERV-TOWN-TT", eligibility=Eligibility((many, odd))))
    world.match()
    made = letter(world)
    assert "Бракує: один партнер з іншої країни" in made.text
    assert "Спершу перевірте: в оголошенні: «The river authority agrees.»" in made.text
    assert "one partner from another country" in letter(world, MARTA).text


def test_the_hour_by_the_portal_s_rule_is_said_to_be_one(world: World) -> None:
    assert PORTAL_HOUR == CLOSING_RULE
    one_call(world, deadlines=(on(30, basis=CLOSING_RULE),))
    assert "17:00 за брюссельським часом" in letter(world).text
    assert "17:00 in Brussels" in letter(world, MARTA).text


def test_more_calls_than_fit_are_counted_and_linked(world: World) -> None:
    world.partnership()
    world.publish(*many_calls(22))
    world.match()
    made = letter(world, links=Links(BASE, ("s" * 24,), "ab" * 32, MONDAY))
    (link,) = re.findall(rf"{BASE}/suiting/\S+", made.text)
    grant = read_token(("s" * 24,), Purpose.SUITING, link.rpartition("/")[2], MONDAY)
    assert grant.partnership == "verbove-nowa-dolina"
    assert "Ще 7 конкурсів вам підходять" in made.text
    assert link in [str(one["href"]) for one in sound(made.html).find_all("a")]


def test_a_call_in_two_sections_is_told_in_full_once(world: World) -> None:
    other = replace(TOWNS, id="zelene-kosice", name="Zelene – Košice")
    world.partnership()
    world.partnership(other)
    world.publish(call())
    world.match(reasons=("Pipes are renewed.",))
    made = letter(world, OLENA, TOWNS, other)
    assert made.text.count("Pipes are renewed.") == 1
    assert made.text.count("Докладно — вище в цьому листі.") == 1
    page = sound(made.html)
    assert [head.get_text() for head in page.find_all("h1")] == ["Конкурси для ваших партнерств"]
    assert [head.get_text() for head in page.find_all("h2")][:2] == [
        "Verbove – Nowa Dolina",
        "Zelene – Košice",
    ]


def test_status_words_follow_the_calendar(world: World) -> None:
    world.partnership()
    calls = {
        "відкритий": call("A"),
        "скоро завершується": call("B", deadlines=(on(5),)),
        "відкритий без кінцевої дати": call("C", deadlines=(Deadline(DeadlineKind.ROLLING, None),)),
        "ще не відкритий": call("D", opens_on="2027-01-10", deadlines=(on(120),)),
        "термін подання невідомий": call("E", deadlines=()),
    }
    world.publish(*calls.values())
    world.match()
    pills = {one.get_text() for one in sound(letter(world).html).find_all(class_="pill")}
    assert pills == set(calls)


def test_the_words_of_a_call_carry_their_language(world: World) -> None:
    one_call(world, language="fr", title="De l'eau", reasons=("Les tuyaux.",))
    page = sound(letter(world).html)
    assert page.html["lang"] == "uk"
    assert page.find("h3").find("span")["lang"] == "fr"
    assert page.find(class_="quote").find("span")["lang"] == "fr"


def test_times_are_those_of_the_moment_of_writing(world: World) -> None:
    one_call(world)
    assert letter(world, now=MONDAY).text.startswith("Мости довіри · понеділок, 23 листопада")
    late = MONDAY.replace(hour=23)
    assert letter(world, now=late).text.startswith("Мости довіри · вівторок, 24 листопада")
    assert letter(world, MARTA, now=late - timedelta(hours=1)).text.startswith(
        "Bridges of Trust · Monday 23 November"
    )


def test_sources_are_called_by_their_publishers_name_alone() -> None:
    called = {one.name: one.publisher for one in sources()}
    assert called["danube"] == "Interreg Danube Region"
    assert called["decentralization"] == "decentralization.ua"
    assert all(called.values())
    assert max(map(len, called.values())) < 70


def test_without_pages_of_our_own_a_letter_links_to_the_publishers_only(world: World) -> None:
    world.partnership()
    world.publish(*many_calls(20))
    world.match()
    with world.engine.begin() as connection:
        digest = build_digest(connection, MARTA, (TOWNS,), MONDAY, known_sources=(PORTAL,))
    rendered = render(digest, base_url="", contact="office@bridges.example.org")
    linked = render(digest, base_url=BASE, contact="office@bridges.example.org")
    assert "Our notes on it" in linked.text
    assert "Our notes on it" not in rendered.text + rendered.html
    assert "5 more calls suit you and wait for the next letters." in rendered.text
    for link in sound(rendered.html).find_all("a"):
        assert str(link["href"]) in linked.html
        assert not str(link["href"]).startswith(("/", BASE))
