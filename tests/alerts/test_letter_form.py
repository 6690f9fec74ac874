"""A letter's form: six languages, Outlook, dark mode, contrast, headings, size, calendar."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime
from email import policy
from email.parser import BytesParser
from itertools import pairwise

import pytest
from bs4 import BeautifulSoup, Tag
from icalendar import Calendar
from jinja2 import DictLoader

from alerts import letter as letters_room
from alerts.digest import build_digest
from alerts.letter import LARGEST, Rendered, Unwritable, render
from alerts.links import Links
from alerts.mail import message
from alerts.outbox import build_due, letter_of
from alerts.style import dress, sheet
from alerts.templating import environment
from alerts.tongue import LANGUAGES
from storage import letters
from storage.domain import (
    About,
    Criterion,
    Deadline,
    DeadlineKind,
    Effect,
    Eligibility,
    Funding,
    Programme,
    Recipient,
)
from storage.settings import Settings
from tests.alerts.world import DAY, MONDAY, OLENA, PORTAL, TOWNS, WEEK, World, call, many_calls, on

BASE = "https://bridges.example.org"
SETTINGS = Settings(base_url=BASE, contact="office@bridges.example.org", mail="outbox")


def made(world: World, language: str = "uk", *towns, now=MONDAY) -> Rendered:
    recipient = Recipient("a@example.org", language, consent="x")
    with world.engine.begin() as connection:
        digest = build_digest(connection, recipient, towns or (TOWNS,), now, known_sources=[PORTAL])
    return render(digest, base_url=BASE, contact="office@bridges.example.org")


def fill(world: World, **said) -> None:
    """A letter's worth of the longest calls there can be."""
    world.partnership()
    long = "Дуже довгі слова оголошення, яке ніяк не закінчується, " * 30
    unread = tuple(f"Умова {n}: {long}" for n in range(6))
    given = {
        "programme": Programme("CODE" * 10, long),
        "deadlines": tuple(on(20 + n, kind=DeadlineKind.CUT_OFF) for n in range(12)),
        "eligibility": Eligibility((Criterion(About.OTHER, Effect.REQUIRES, words=long),), unread),
        "url": f"https://funding.example.eu/{'x' * 450}",
        "language": "uk",
    }
    for one in many_calls(16, **given | said):
        world.publish(replace(one, title=f"{one.title} {long}"))
    world.match(reasons=(long, long + "!"), answers=long)
    world.harvest()


def test_the_longest_letter_is_shown_whole_by_gmail(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What would be too long says less of each call, and nothing of it is left out."""
    fill(world)
    for language in LANGUAGES:
        html = made(world, language).html
        assert len(html.encode()) < LARGEST
        assert len(BeautifulSoup(html, "lxml").find_all("h3")) == 15
    brief = made(world)
    monkeypatch.setattr(letters_room, "LARGEST", 10**9)
    whole = made(world)
    assert len(whole.html.encode()) > LARGEST
    assert brief.subject == whole.subject


def test_a_letter_for_dozens_of_partnerships_is_shown_whole(world: World) -> None:
    """Its calls stand in many of them, and none is left without its page and an answer."""
    many = [replace(TOWNS, id=f"towns-{n}", name=f"Verbove – Dolina {n}") for n in range(20)]
    for one in many:
        world.partnership(one)
    world.publish(*many_calls(3, url=f"https://funding.example.eu/{'x' * 90}"))
    world.match(reasons=("Pipes are renewed in small towns. " * 5,), answers="вода")
    links = Links(BASE, ("s" * 24,), "ab" * 32, MONDAY)
    with world.engine.begin() as connection:
        digest = build_digest(connection, OLENA, many, MONDAY, known_sources=[PORTAL])
    html = render(digest, base_url=BASE, contact="office@bridges.example.org", links=links).html
    assert len(html.encode()) < LARGEST
    page = BeautifulSoup(html, "lxml")
    cards = page.select("table.card")
    assert len(cards) == 20 * 3
    for card in cards:
        urls = [str(one["href"]) for one in card.find_all("a")]
        assert sum(one.startswith("https://funding.example.eu/") for one in urls) == 1
        assert sum("/answer/" in one for one in urls) == 1
    assert "Ваша відповідь" in cards[0].get_text()


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_same_calls_are_told_in_every_language_and_nothing_stays_english(
    world: World, language: str
) -> None:
    world.partnership()
    third = Criterion(About.CONSORTIUM, Effect.REQUIRES, min_partners=3, min_countries=3)
    lviv = Criterion(About.REGION, Effect.REQUIRES, ("UA-59",), words="In Sumy.")
    world.publish(
        call("CERV-2027-CITIZENS-TOWN-TT", "Mist", eligibility=Eligibility((third,))),
        call("CERV-2027-CITIZENS-TOWN-2", "Ort", eligibility=Eligibility((lviv,))),
    )
    world.match()
    world.harvest()
    told = made(world, language)
    page = BeautifulSoup(told.html, "lxml")
    assert page.html["lang"] == language
    assert {one.get_text() for one in page.find_all("h3")} == {"Mist", "Ort"}
    where = {"en": "Sumy Oblast", "uk": "Сумська область", "pl": "obwód sumski",
             "de": "Oblast Sumy", "fr": "oblast de Soumy", "ro": "regiunea Sumî"}  # fmt: skip
    assert where[language] in told.text.replace("\n", " ").replace("   ", " ")
    if language != "en":
        for english in ("Deadline", "apply", "partner from", "Check", "You ", "sources", "read "):
            assert english not in told.text, english
        marked = [one.get_text() for one in page.find_all(lang="en")]
        assert set(marked) == {"Mist", "Ort"}  # only what the source wrote


def test_words_in_another_language_are_marked_as_such_wherever_they_stand(world: World) -> None:
    world.partnership()
    odd = Criterion(About.OTHER, Effect.REQUIRES, words="Avec l’accord de la préfecture.")
    paid = Funding("EUR", words="Jusqu’à la moitié des dépenses " + "utiles " * 200)
    world.publish(
        call(language="fr", title="De l’eau", eligibility=Eligibility((odd,)), funding=(paid,))
    )
    world.match(reasons=("Les tuyaux.",), answers="Water", language="en")
    page = BeautifulSoup(made(world).html, "lxml")
    french = {one.get_text() for one in page.find_all(lang="fr")}
    (money,) = [one for one in french if one.startswith("Jusqu’à la moitié")]
    assert len(money) <= 320
    assert french - {money} == {"De l’eau", "Les tuyaux.", "Avec l’accord de la préfecture."}
    assert {one.get_text() for one in page.find_all(lang="en")} == {"Water"}
    assert "lang=" not in str(BeautifulSoup(made(world, "fr").html, "lxml").find("h3"))


def test_headings_are_in_order_and_tables_are_only_for_looks(world: World) -> None:
    other = replace(TOWNS, id="zelene-kosice", name="Zelene – Košice")
    world.partnership()
    world.partnership(other)
    world.publish(call("A"), call("B"))
    world.match()
    world.harvest()
    for towns in ((TOWNS,), (TOWNS, other)):
        page = BeautifulSoup(made(world, "uk", *towns).html, "lxml")
        levels = [int(one.name[1]) for one in page.find_all(re.compile(r"h\d"))]
        assert levels.count(1) == 1
        assert levels[0] == 1
        assert all(after <= before + 1 for before, after in pairwise(levels))
        for table in page.find_all("table"):
            assert table["role"] == "presentation"
        assert not page.find_all(["img", "script", "link", "form", "th"])
        texts = [one.get_text().strip() for one in page.find_all("a")]
        assert all(len(one) > 3 for one in texts)
        assert not {"тут", "сюди", "here"} & set(texts)


def test_what_outlook_draws_needs_no_style_sheet(world: World) -> None:
    """Word knows tables, colours and cell paddings; a letter must not hang on anything newer."""
    world.partnership()
    world.publish(call())
    world.match(reasons=("Pipes.",))
    html = made(world).html
    page = BeautifulSoup(html, "lxml")
    assert not re.search(r"display:(flex|grid|inline-block)|position:|float:|var\(", html)
    assert '<!--[if mso]><table role="presentation" width="640"' in html
    assert html.count("<!--[if mso]>") == html.count("<![endif]-->")
    for one in page.body.find_all(["p", "h1", "h2", "h3", "td", "a"]):
        assert one.get("style") or one.name == "td", one
    shown = [one for one in page.body.find_all(string=True) if one.strip() and isinstance(one, str)]
    assert shown
    # Word ignores paddings of all but cells.
    for one in page.body.find_all(["p", "h1", "h3", "a"]):
        assert not re.search(r"padding:(?!0)", str(one.get("style"))), one


def test_only_what_the_head_speaks_of_is_named(world: World) -> None:
    world.partnership()
    world.publish(call())
    world.match()
    page = BeautifulSoup(made(world).html, "lxml")
    named = {name for one in page.find_all(class_=True) for name in one["class"]}
    assert named <= set(re.findall(r"\.([a-z]+)", sheet("night.css")))
    assert "prefers-color-scheme:dark" in str(page.style) + str(page.head)
    assert page.find("meta", {"name": "color-scheme"})["content"] == "light dark"
    with pytest.raises(ValueError, match="no rule for cart"):
        dress("card cart")


def luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (
        one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def night() -> dict[str, dict[str, str]]:
    """What the sheet in the head says of each class in the dark."""
    rules: dict[str, dict[str, str]] = {}
    dark = sheet("night.css").partition("prefers-color-scheme:dark){")[2]
    for names, body in re.findall(r"([^{}]+)\{([^{}]+)\}", dark):
        said = dict(part.removesuffix("!important").split(":") for part in body.split(";"))
        for name in re.findall(r"\.([a-z]+)", names):
            rules.setdefault(name, {}).update(said)
    return rules


def look_of(tag: Tag, dark: dict[str, dict[str, str]] | None) -> dict[str, str]:
    style = str(tag.get("style") or "")
    found = dict(part.split(":", 1) for part in style.split(";") if ":" in part)
    for name in tag.get("class") or [] if dark is not None else []:
        found |= (dark or {}).get(name, {})
    return found


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_word_stands_out_from_what_is_behind_it(world: World, scheme: str) -> None:
    """Contrast AA: 4.5 to 1, of all texts of a letter that has everything in it."""
    world.partnership()
    gone = call("GONE")
    old = call("OLD", deadlines=(on(30),))
    world.publish(gone, old, call("SOON", deadlines=(on(5),)))
    world.match()
    with world.engine.begin() as connection:
        digest = build_digest(connection, OLENA, (TOWNS,), MONDAY, known_sources=[PORTAL])
        written = letter_of(digest, SETTINGS)
        letters.write(connection, written, digest.facts, message_id="<x@y>", now=MONDAY)
    now = MONDAY + WEEK
    third = Criterion(About.CONSORTIUM, Effect.REQUIRES, min_partners=3, min_countries=3)
    world.publish(
        replace(old, deadlines=(on(60),)),
        replace(gone, title="CANCELLED: Gone"),
        call("CERV-2027-CITIZENS-TOWN-TT", "Meetings"),
        call("CERV-2027-CITIZENS-TOWN-2", "Networks", eligibility=Eligibility((third,))),
        call("LATER", opens_on="2027-01-10", deadlines=(on(120),)),
        now=MONDAY + DAY,
    )
    world.match(now, reasons=("Pipes are renewed.",), answers="Вода")
    with world.engine.begin() as connection:
        digest = build_digest(connection, OLENA, (TOWNS,), now, known_sources=[PORTAL])
    page = BeautifulSoup(render(digest, base_url=BASE, contact="a@example.org").html, "lxml")
    dark = night() if scheme == "dark" else None
    checked = set()
    for text in page.body.find_all(string=True):
        if not text.strip() or type(text).__name__ != "NavigableString":
            continue
        looks = [look_of(one, dark) for one in text.parents if isinstance(one, Tag)]
        if any("display" in one for one in looks):
            continue
        colour = next(one["color"] for one in looks if "color" in one)
        behind = next(one["background-color"] for one in looks if "background-color" in one)
        checked.add((colour, behind))
    assert len(checked) > 8
    weak = {pair: round(contrast(*pair), 2) for pair in checked if contrast(*pair) < 4.5}
    assert not weak


def test_a_template_that_names_what_is_not_there_makes_no_letter(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.partnership()
    world.publish(call())
    world.match()
    source, _, _ = environment("alerts").loader.get_source(environment("alerts"), "card.html")
    damaged = environment("alerts").overlay(
        loader=DictLoader({"card.html": source.replace("card.host", "card.hots")})
    )
    monkeypatch.setattr(
        letters_room,
        "template",
        lambda room, name: (damaged if name == "card.html" else environment(room)).get_template(
            name
        ),
    )
    with pytest.raises(Unwritable, match=r"card\.html asks for .*hots"):
        made(world)
    built = build_due(world.engine, SETTINGS, MONDAY, known_sources=[PORTAL])
    assert not built.written
    ((address, why),) = [(one.address, one.why) for one in built.failed]
    assert address == OLENA.email
    assert "hots" in why
    with world.engine.begin() as connection:
        assert not letters.find_letters(connection)  # nothing half written, nothing told


def events(ics: str) -> list[dict[str, object]]:
    return list(Calendar.from_ical(ics).walk("VEVENT"))


def test_the_calendar_holds_every_deadline_of_the_letter(world: World) -> None:
    world.partnership()
    world.publish(
        call("A", deadlines=(on(43), on(-5), on(90, time=None, kind=DeadlineKind.CUT_OFF))),
        call("B", "Довга назва " * 40, deadlines=(Deadline(DeadlineKind.SINGLE, "2027-05"),)),
        call("C", deadlines=(Deadline(DeadlineKind.ROLLING, None),)),
    )
    world.match()
    ics = made(world).calendar
    first, second = events(ics)
    assert first["DTSTART"].dt == datetime(2027, 1, 5, 16, 0, tzinfo=UTC)  # 17:00 in Brussels
    assert second["DTSTART"].dt == date(2027, 2, 21)
    assert str(first["SUMMARY"]) == "Термін подання: Water for small towns"
    assert str(second["SUMMARY"]) == "Термін подання (проміжний термін): Water for small towns"
    assert "18:00 (Київ) / 17:00 (Варшава)" in str(first["DESCRIPTION"]).replace("\xa0", " ")
    assert first["UID"] != second["UID"]
    assert [one["UID"] for one in events(made(world, "de").calendar)] == [
        first["UID"],
        second["UID"],
    ]
    assert all(len(line.encode()) <= 75 for line in ics.split("\r\n"))


def test_a_moved_deadline_replaces_its_event_and_a_withdrawn_call_takes_it_back(
    world: World,
) -> None:
    world.partnership()
    world.publish(call("A"), call("B"), call("C"))
    world.match()
    with world.engine.begin() as connection:
        digest = build_digest(connection, OLENA, (TOWNS,), MONDAY, known_sources=[PORTAL])
        written = letter_of(digest, SETTINGS)
        letters.write(connection, written, digest.facts, message_id="<x@y>", now=MONDAY)
    world.publish(call("A", deadlines=(on(60),)), now=MONDAY + DAY)
    world.read_better(call("B", deadlines=(on(50),)), now=MONDAY + DAY)
    world.publish(call("C", "CANCELLED: Water"), now=MONDAY + DAY)
    with world.engine.begin() as connection:
        digest = build_digest(connection, OLENA, (TOWNS,), MONDAY + WEEK, known_sources=[PORTAL])
    before = {one["UID"]: one for one in events(written.calendar)}
    after = {one["UID"]: one for one in events(letter_of(digest, SETTINGS).calendar)}
    assert set(before) == set(after)
    assert len(after) == 3
    for uid, one in after.items():
        assert one["SEQUENCE"] > before[uid]["SEQUENCE"]
    assert sorted(str(one.get("STATUS", "")) for one in after.values()) == ["", "", "CANCELLED"]
    assert {one["DTSTART"].dt.date() for one in after.values()} == {
        date(2027, 1, 22), date(2027, 1, 12), date(2027, 1, 5),
    }  # fmt: skip


def test_the_calendar_goes_with_the_mail_as_a_file(world: World) -> None:
    world.partnership()
    world.publish(call())
    world.match()
    with world.engine.begin() as connection:
        digest = build_digest(connection, OLENA, (TOWNS,), MONDAY, known_sources=[PORTAL])
        written = letter_of(digest, SETTINGS)
        letters.write(connection, written, digest.facts, message_id="<x@y>", now=MONDAY)
        (posted,) = letters.find_letters(connection)
    assert posted.letter.calendar == written.calendar
    parsed = BytesParser(policy=policy.default).parsebytes(
        message(posted, SETTINGS.contact).as_bytes()
    )
    assert parsed.get_content_type() == "multipart/mixed"
    assert parsed.get_body(("html",)).get_content().replace("\r\n", "\n") == written.html
    (file,) = parsed.iter_attachments()
    assert (file.get_content_type(), file.get_filename()) == ("text/calendar", "deadlines.ics")
    assert file["Content-Type"].params["method"] == "PUBLISH"
    assert len(events(file.get_content())) == 1


def test_a_letter_without_dates_carries_no_calendar(world: World) -> None:
    world.partnership()
    world.publish(call(deadlines=(Deadline(DeadlineKind.ROLLING, None),)))
    world.match()
    found = made(world, "en")
    assert found.calendar == ""
    assert "calendar file" not in found.text
