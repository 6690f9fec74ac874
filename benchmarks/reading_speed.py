"""How many call texts the readers read in a second, beside ``dateparser.search``.

The texts are invented, of the length and the mix of sentences that calls have, in five languages.
``dateparser.search`` is given the language and the strict settings, and finds dates without asking
what they are for. The reader of conditions remembers sentences; here it forgets them before every
text, since these texts are made of few.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Sequence

from dateparser.search import search_dates

from benchmarks import Board, alternate, arguments, cpu
from crawler.reading import eligibility
from crawler.reading.deadlines import read_deadlines

AT_LEAST = 300
"""Texts of about 2,000 characters a second on one core."""

PROSE = {
    "en": "The programme helps towns to restore water and heating networks together with a "
    "partner. A partnership consists of at least two local authorities from different "
    "countries, and it may bring in schools, hospitals and associations. Support is given "
    "for planning, training, visits and small works that residents will notice. Proposals "
    "are judged by relevance, quality of the partnership and lasting effect.",
    "uk": "Програма допомагає громадам відновлювати мережі води й тепла разом із партнером. "
    "Партнерство складається щонайменше з двох місцевих рад із різних країн і може залучати"
    " школи, лікарні та асоціації. Підтримка надається на планування, навчання, візити й "
    "невеликі роботи, які помітять мешканці. Пропозиції оцінюють за актуальністю та "
    "тривалим впливом.",
    "fr": "Le programme aide les communes à rétablir les réseaux d'eau et de chaleur avec un "
    "partenaire. Un partenariat réunit au moins deux collectivités de pays différents et "
    "peut associer des écoles, des hôpitaux et des associations. Le soutien porte sur la "
    "préparation, la formation, les visites et de petits travaux. Les propositions sont "
    "jugées selon leur effet.",
    "de": "Das Programm hilft Gemeinden, Wasser- und Wärmenetze gemeinsam mit einem Partner "
    "wiederherzustellen. Eine Partnerschaft besteht aus mindestens zwei Kommunen "
    "verschiedener Länder und kann Schulen, Krankenhäuser und Vereine einbeziehen. "
    "Unterstützt werden Planung, Schulung, Besuche und kleine Bauarbeiten. Bewertet werden "
    "Bedeutung und Dauer der Wirkung.",
    "pl": "Program pomaga gminom odbudować sieci wodne i cieplne razem z partnerem. Partnerstwo "
    "tworzą co najmniej dwie gminy z różnych krajów, a mogą do niego wejść szkoły, szpitale"
    " i stowarzyszenia. Wsparcie obejmuje planowanie, szkolenia, wizyty i niewielkie "
    "roboty, które zauważą mieszkańcy. Propozycje ocenia się według znaczenia i trwałości "
    "skutków.",
}
DATED = {
    "en": "The call opened on 3 February 2027. Deadline for applications: {d} May 2027, 17:00 "
    "Brussels time. Results will be published by 30 July 2027. Projects last 12 to 24 "
    "months.",
    "uk": "Конкурс оголошено 3 лютого 2027 року. Заявки приймаються до {d} травня 2027 року, "
    "18:00. Результати буде оголошено до 30 липня 2027 року. Проєкти тривають від 12 до 24 "
    "місяців.",
    "fr": "L'appel est ouvert depuis le 3 février 2027. Date limite de dépôt : {d} mai 2027 à "
    "12h. Les résultats seront publiés avant le 30 juillet 2027. Les projets durent 12 à 24"
    " mois.",
    "de": "Die Ausschreibung begann am 3. Februar 2027. Anträge sind bis zum {d}. Mai 2027, 12 "
    "Uhr einzureichen. Ergebnisse folgen bis zum 30. Juli 2027. Projekte dauern 12 bis 24 "
    "Monate.",
    "pl": "Konkurs ogłoszono 3 lutego 2027 r. Wnioski można składać do {d} maja 2027 r. do godz. "
    "16:00. Wyniki zostaną ogłoszone do 30 lipca 2027 r. Projekty trwają od 12 do 24 "
    "miesięcy.",
}


def texts(number: int) -> list[tuple[str, str]]:
    """Pairs of language and text of about 2,000 characters, each different."""
    choice = random.Random(7)  # noqa: S311 - the same texts every time, and no secret
    found = []
    for at in range(number):
        language = list(PROSE)[at % len(PROSE)]
        prose = PROSE[language].split(". ")
        parts = []
        while sum(map(len, parts)) < 1_700:
            choice.shuffle(prose)
            parts.append(". ".join(prose) + ".")
        parts.insert(choice.randrange(len(parts)), DATED[language].format(d=choice.randint(1, 30)))
        found.append((language, "\n".join(parts)))
    return found


def dates(written: Sequence[tuple[str, str]]) -> None:
    for language, text in written:
        assert len(read_deadlines(text, language=language).deadlines) == 1


def conditions(written: Sequence[tuple[str, str]]) -> None:
    for language, text in written:
        eligibility._told.cache_clear()  # noqa: SLF001
        assert eligibility.read_eligibility(text, language=language).criteria


def both(written: Sequence[tuple[str, str]]) -> None:
    """One reader after the other on each text, as a harvest has it."""
    for one in written:
        dates([one])
        conditions([one])


def theirs(written: Sequence[tuple[str, str]]) -> None:
    settings = {"DATE_ORDER": "DMY", "STRICT_PARSING": True, "PARSERS": ["absolute-time"]}
    for language, text in written:
        search_dates(text, languages=[language], settings=settings)


def main() -> int:
    options = arguments(__doc__ or "")
    many = texts(20 if options.quick else 1_000)
    few = many[: 5 if options.quick else 50]
    both(many[:5])  # the words of the languages are loaded once
    theirs(many[:5])
    board = Board("Reading deadlines and conditions from words", quick=options.quick)
    found = alternate(
        options.rounds or (1 if options.quick else 5),
        {
            "both": lambda: cpu(lambda: both(many)),
            "dates": lambda: cpu(lambda: dates(many)),
            "conditions": lambda: cpu(lambda: conditions(many)),
            "theirs": lambda: cpu(lambda: theirs(few)),
        },
    )
    rate = found["both"].per(len(many))
    board.row(
        "both readers, texts of 2 kB a second",
        rate,
        f"at least {AT_LEAST}",
        met=rate.median >= AT_LEAST,
    )
    board.row("  deadlines alone", found["dates"].per(len(many)))
    board.row("  conditions alone", found["conditions"].per(len(many)))
    board.row("dateparser.search on the same texts", found["theirs"].per(len(few)))
    return board.end()


if __name__ == "__main__":
    sys.exit(main())
