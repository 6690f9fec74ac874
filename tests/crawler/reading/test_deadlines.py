"""Deadlines from words: what is kept beside the day, and what must never happen."""

from __future__ import annotations

import calendar
import re
import time
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.reading.deadlines import DeadlinesRead, read_deadlines
from crawler.reading.deadlines.vocabulary import vocabulary
from crawler.reading.language import LANGUAGES
from storage.domain import DeadlineKind

# A sentence that states a deadline in each language, and the months as it writes them there.
SENTENCES = {
    "en": ("Applications must be submitted by {d} {m} {y}.", "January February March April May June July August September October November December"),
    "uk": ("Заявки приймаються до {d} {m} {y} року.", "січня лютого березня квітня травня червня липня серпня вересня жовтня листопада грудня"),
    "fr": ("Les dossiers sont à déposer avant le {d} {m} {y}.", "janvier février mars avril mai juin juillet août septembre octobre novembre décembre"),
    "de": ("Anträge sind bis zum {d}. {m} {y} einzureichen.", "Januar Februar März April Mai Juni Juli August September Oktober November Dezember"),
    "pl": ("Wnioski można składać do {d} {m} {y} r.", "stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października listopada grudnia"),
    "ro": ("Cererile se depun până la {d} {m} {y}.", "ianuarie februarie martie aprilie mai iunie iulie august septembrie octombrie noiembrie decembrie"),
    "hu": ("A pályázatok benyújtási határideje {y}. {m} {d}.", "január február március április május június július augusztus szeptember október november december"),
    "sk": ("Žiadosti predkladajte do {d}. {m} {y}.", "januára februára marca apríla mája júna júla augusta septembra októbra novembra decembra"),
    "cs": ("Žádosti podávejte do {d}. {m} {y}.", "ledna února března dubna května června července srpna září října listopadu prosince"),
    "it": ("Le domande vanno presentate entro il {d} {m} {y}.", "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre"),
    "es": ("Las solicitudes se presentarán hasta el {d} de {m} de {y}.", "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre"),
    "nl": ("Aanvragen kunnen tot {d} {m} {y} worden ingediend.", "januari februari maart april mei juni juli augustus september oktober november december"),
    "lt": ("Paraiškos teikiamos iki {y} m. {m} {d} d.", "sausio vasario kovo balandžio gegužės birželio liepos rugpjūčio rugsėjo spalio lapkričio gruodžio"),
    "lv": ("Pieteikumus iesniedz līdz {y}. gada {d}. {m}.", "janvārim februārim martam aprīlim maijam jūnijam jūlijam augustam septembrim oktobrim novembrim decembrim"),
    "et": ("Taotlused esitada hiljemalt {d}. {m} {y}.", "jaanuaril veebruaril märtsil aprillil mail juunil juulil augustil septembril oktoobril novembril detsembril"),
    "sv": ("Ansökan ska lämnas in senast den {d} {m} {y}.", "januari februari mars april maj juni juli augusti september oktober november december"),
    "da": ("Ansøgninger indsendes senest den {d}. {m} {y}.", "januar februar marts april maj juni juli august september oktober november december"),
    "ru": ("Заявки принимаются до {d} {m} {y} года.", "января февраля марта апреля мая июня июля августа сентября октября ноября декабря"),
    "hr": ("Prijave se dostavljaju do {d}. {m} {y}.", "siječnja veljače ožujka travnja svibnja lipnja srpnja kolovoza rujna listopada studenoga prosinca"),
    "bg": ("Проектни предложения се подават до {d} {m} {y} г.", "януари февруари март април май юни юли август септември октомври ноември декември"),
}  # fmt: skip
DAYS = st.dates(min_value=date(2001, 1, 1), max_value=date(2099, 12, 31))
LANGUAGE = st.sampled_from(LANGUAGES)


def stated(day: date, language: str) -> str:
    sentence, months = SENTENCES[language]
    return sentence.format(d=day.day, m=months.split()[day.month - 1], y=day.year)


def dates(read: DeadlinesRead) -> list[str | None]:
    return [one.date for one in read.deadlines]


@given(DAYS, LANGUAGE)
def test_a_day_reads_back_in_every_language(day: date, language: str) -> None:
    read = read_deadlines(stated(day, language), language=language)
    assert dates(read) == [day.isoformat()]
    assert read.deadlines[0].words in stated(day, language)


@given(DAYS, LANGUAGE, st.sampled_from(["{d:02}.{m:02}.{y}", "{d}.{m}.{y}", "{d}. {m}. {y}", "{d:02}/{m:02}/{y}", "{d:02}-{m:02}-{y}", "{y}-{m:02}-{d:02}"]))  # fmt: skip
def test_numbers_are_read_day_first(day: date, language: str, form: str) -> None:
    text = "Deadline: " + form.format(d=day.day, m=day.month, y=day.year)
    assert dates(read_deadlines(text, language=language)) == [day.isoformat()]


@given(DAYS, st.times(), LANGUAGE)
def test_the_instant_is_never_before_the_day(day: date, clock: object, language: str) -> None:
    text = f"{stated(day, language)[:-1]}, {clock:%H:%M}"
    for deadline in read_deadlines(text, language=language).deadlines:
        assert deadline.instant is not None
        zone = ZoneInfo(deadline.zone)
        begins = datetime(day.year, day.month, day.day, tzinfo=zone)
        assert deadline.instant >= begins.astimezone(UTC)
        assert deadline.instant <= begins.astimezone(UTC) + timedelta(hours=25)


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=300), st.none() | st.sampled_from((*LANGUAGES, "ca", "xx", "")))  # fmt: skip
def test_any_text_is_read_without_an_exception(text: str, language: str | None) -> None:
    read = read_deadlines(text, language=language, published="2026-05-31")
    assert read == read_deadlines(text, language=language, published="2026-05-31")


PIECES = st.lists(
    st.sampled_from(
        "deadline until by from to between and 31 February 2026 2027 20205 15 May mid 12:00 24:00 25:61 "
        "GMT +3 CET . , ; : ( ) - – \n | дедлайн до 15 травня року о 18.00 bis zum 30. Juni 2026 Anträge "
        "határidő 2026. május 31-ig null 00 99 1er mars 2026 jusqu'au results questions project start "
        "rolling every year 31.12. 12/2026 20260531 💶 \u200f \u00a0 end of each quarter".split(" ")
    ),
    max_size=60,
)


@given(PIECES, LANGUAGE)
@settings(max_examples=300)
def test_no_date_is_read_that_does_not_stand_there(pieces: list[str], language: str) -> None:
    text = " ".join(pieces)
    for deadline in read_deadlines(text, language=language).deadlines:
        if deadline.date is None or deadline.recurs:
            continue
        year = deadline.date[:4]
        if year.isdigit():
            assert year in text or year[2:] in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_impossible_days_stay_words(language: str) -> None:
    for text in ("Deadline: 31.02.2026", "Deadline: 2026-13-01", "Deadline: 30.02.2027 17:00"):
        read = read_deadlines(text, language=language)
        assert read.deadlines == ()
        assert read.unread == (text,)


@pytest.mark.parametrize(
    "text", ["Deadline: 15.05.1626", "Deadline: 15 May 20205", "Deadline: 15.05.99"]
)
def test_years_without_sense_are_not_guessed(text: str) -> None:
    assert read_deadlines(text, language="en").deadlines == ()


def test_a_stated_offset_wins_over_the_city() -> None:
    text = "Deadline: 21 May 2027, 12:00 CET (GMT+1)"
    (deadline,) = read_deadlines(text, language="en").deadlines
    assert deadline.zone == "Etc/GMT-1"
    assert deadline.instant == datetime(2027, 5, 21, 11, tzinfo=UTC)
    assert deadline.basis == "stated"


def test_cet_is_the_clock_on_the_wall_all_year() -> None:
    (summer,) = read_deadlines("Deadline: 21 July 2027, 12:00 CET", language="en").deadlines
    assert summer.instant == datetime(2027, 7, 21, 10, tzinfo=UTC)
    (kyiv,) = read_deadlines("Deadline: 21 July 2027, 12:00 EET", language="en").deadlines
    assert kyiv.instant == datetime(2027, 7, 21, 9, tzinfo=UTC)


def test_the_source_s_zone_is_used_where_the_words_say_none() -> None:
    (deadline,) = read_deadlines("Deadline: 1 June 2027, 12:00", zone="Europe/Riga").deadlines
    assert (deadline.zone, deadline.basis) == ("Europe/Riga", "assumed")
    (deadline,) = read_deadlines("Deadline: 1 June 2027", zone="Europe/Riga").deadlines
    assert (deadline.zone, deadline.basis) == ("Europe/Riga", "stated")


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_language_has_its_usual_zone(language: str) -> None:
    (deadline,) = read_deadlines(stated(date(2027, 6, 1), language), language=language).deadlines
    assert deadline.zone == vocabulary(language).zone


def test_a_zone_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match="not a time zone"):
        read_deadlines("Deadline: 1 June 2027", zone="Europe/Atlantis")


@pytest.mark.parametrize(
    ("published", "expected", "basis"),
    [
        ("2026-11-20", "2027-03-01", "assumed"),
        ("2027-01", "2027-03-01", "assumed"),
        ("2027", "2027-03-01", "assumed"),
        ("2027-03-15", "--03-01", "stated"),  # over for two weeks, or fifty weeks ahead
        (None, "--03-01", "stated"),
        ("soon", "--03-01", "stated"),
    ],
)
def test_a_day_without_a_year_is_read_forward(
    published: str | None, expected: str, basis: str
) -> None:
    (deadline,) = read_deadlines("Apply by 1 March", published=published).deadlines
    assert (deadline.date, deadline.basis) == (expected, basis)


def test_the_words_are_the_published_ones() -> None:
    text = "Be quick!\nApply by 𝟭𝟲 𝗝𝘂𝗹𝘆\u00a0𝟮𝟬𝟮𝟳 (Brussels time). Good luck."
    (deadline,) = read_deadlines(text, language="en").deadlines
    assert deadline.words == "Apply by 𝟭𝟲 𝗝𝘂𝗹𝘆\u00a0𝟮𝟬𝟮𝟳 (Brussels time)."
    assert deadline.date == "2027-07-16"


def test_a_language_outside_our_files_is_read_where_its_words_are_known() -> None:
    text = "Deadline: 15 de maig de 2027"
    assert dates(read_deadlines(text, language="ca")) == []
    assert dates(read_deadlines("Deadline: 15 maig 2027", language="ca")) == ["2027-05-15"]


def test_two_scripts_on_one_page_are_read_each_in_its_language() -> None:
    text = "Заявки приймаються до 15 травня 2027 року.\nQuestions may be sent until 1 May 2027."
    assert dates(read_deadlines(text, language="en")) == ["2027-05-15"]


def test_stages_are_numbered() -> None:
    text = "Second stage: 9 September 2027. First stage deadline: 4 February 2027."
    found = read_deadlines(text, language="en").deadlines
    assert [(one.date, one.sequence) for one in found if one.kind is DeadlineKind.STAGE] == [
        ("2027-02-04", 1),
        ("2027-09-09", 2),
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_month_has_its_last_day(language: str) -> None:
    """ "The end of" is known in each language, whether before or after the month."""
    ends = {"hu": "A pályázatok 2027. június végéig nyújthatók be", "lt": "Paraiškos teikiamos iki birželio pabaigos", "lv": "Pieteikumus iesniedz līdz jūnija beigām", "et": "Taotlusi saab esitada kuni juuni lõpuni"}  # fmt: skip
    if language not in ends:
        assert calendar.monthrange(2027, 6)[1] == 30
        sentence, months = SENTENCES[language]
        word = {"en": "the end of", "uk": "кінця", "fr": "fin", "de": "Ende", "pl": "końca", "ro": "sfârșitul lunii", "sk": "konca", "cs": "konce", "it": "fine", "es": "finales de", "nl": "eind", "sv": "slutet av", "da": "udgangen af", "ru": "конца", "hr": "kraja", "bg": "края на"}[language]  # fmt: skip
        text = re.sub(r"\{d\}\.?( de)?", word, sentence).format(m=months.split()[5], y=2027)
    else:
        text = ends[language]
    (found,) = dates(read_deadlines(text, language=language))
    assert found is not None
    assert found.endswith("-06-30")


LONG = "Applications for the second round are described in the annex, which has 12 pages. " * 60


@pytest.mark.parametrize(
    "unit",
    [
        LONG,
        "31.12.",
        "deadline ",
        "from 1 to 2 ",
        "between 1 May 2026 and ",
        "15 May 2026, ",
        "12:00-",
        "x" * 500,
        "дедлайн до 15 травня ",
        "Antrag bis zum 1. Juni 2026 und ",
        "1 1 1 1 1 1 ",
        "a.b.c. ",
        "\u202e\u200f15.05.2026 ",
        "\x00\xff\ufffd",
        "GMT+1 ",
        "end of ",
        "until until until ",
        "((((((",
        "2026 m. kovo ",
    ],
)
def test_time_grows_in_proportion(unit: str) -> None:
    def seconds(size: int) -> float:
        text = (unit * (size // len(unit) + 1))[:size]
        best = 9.0
        for _ in range(3):
            begin = time.process_time()
            read_deadlines(text, language="en")
            best = min(best, time.process_time() - begin)
        return best

    seconds(5_000)  # the first reading loads the words of the languages tried
    small, large = seconds(5_000), seconds(50_000)
    assert large < 40 * max(small, 0.001)


def test_an_enormous_text_is_read_in_bounded_time() -> None:
    begin = time.process_time()
    read_deadlines("Submit by 15 May 2026. " * 220_000, language="en")  # 5 MB
    assert time.process_time() - begin < 20
