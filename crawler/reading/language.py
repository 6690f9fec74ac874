"""Which language a text is written in: script, telling letters and small words, nothing else."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from functools import lru_cache

LANGUAGES = (
    "en", "uk", "fr", "de", "pl", "ro", "hu", "sk", "cs", "it",
    "es", "nl", "lt", "lv", "et", "sv", "da", "ru", "hr", "bg",
)  # fmt: skip
"""The languages calls are read in, ISO 639-1."""

_LOOKED_AT = 3000
"""Characters that decide; the rest of a long text is in the same language or in none of ours."""

_CYRILLIC = ("uk", "ru", "bg")

# The words a sentence of each language can hardly do without, and those calls are full of.
_WORDS = {
    "en": "the of and to for in by be is are will on with from this that not at or as an can must "
    "until before deadline call calls application applications proposal proposals submit project "
    "projects apply open grant funding applicants date submission",
    "uk": "та і й в у на до з із за для про що як не від під буде це або його їх який яка які року "
    "заявки заявок подання термін конкурс громад проєкт проєкту проєктів кінцевий приймаються",
    "fr": "le la les des du de et en au aux pour dans par sur est une un sont avant ce cette qui "
    "que jusqu ou avec pas se dossier dossiers projet projets appel date limite candidatures dépôt",
    "de": "der die das und des dem den ein eine einer zu zum zur im für von mit bis ist sind "
    "werden wird auf nicht oder auch nach bei antrag anträge frist einreichung projekte müssen",
    "pl": "i w z na do nie się jest dla o od przez oraz są lub po ze że może być będzie wniosków "
    "wnioski termin projektu projektów konkurs nabór składać roku dnia godz składania",
    "ro": "și în de la cu din pentru pe este sunt care prin sau nu până se la al ale ce vor fi un "
    "o termen termenul limită depunere proiecte proiectelor data cererilor apel apelul lei ora si",
    "hu": "a az és is nem egy hogy vagy meg el be van ki lehet kell szerint között pályázat "
    "pályázatok pályázati benyújtási határidő felhívás támogatás benyújtása óráig időszak napja",
    "sk": "a v na do je sa pre z zo o od pri alebo ako sú bude podľa s so žiadosti žiadostí "
    "výzva výzvy termín uzávierka predkladanie projektov projektu môžu žiadať najneskôr hodiny",
    "cs": "a v na do je se pro z ze o od při nebo jako jsou bude podle s k ve žádosti žádostí "
    "výzva výzvy termín uzávěrka lhůta projektů projektu mohou předkládání nejpozději hodin příjem",
    "it": "il la lo le gli i di del della delle dei e in per con da dal al alla è sono un una che "
    "non entro ore o si bando domande domanda progetti scadenza presentazione candidature termine",
    "es": "el la los las de del y en para por con se un una al que es son desde hasta su o no "
    "plazo solicitudes solicitud presentación convocatoria proyectos día días fecha propuestas",
    "nl": "de het een en van in op te voor met tot is zijn aan bij of niet dat die uit worden kan "
    "aanvraag aanvragen uiterlijk subsidie projecten indienen sluit voorstellen ingediend moeten",
    "lt": "ir į su iki nuo kad bus yra ar už pagal dėl per prie apie m d paraiškos paraiškų "
    "paraiškas kvietimas kvietimo terminas teikti projektų projektai gali val dienos pateikti",
    "lv": "un ar no līdz uz par ir vai kas pie pēc gada gadā plkst pieteikumu pieteikumi "
    "pieteikumus iesniegšanas termiņš projektu projekti konkurss iesniegt jāiesniedz var tiek būs",
    "et": "ja on ei kui või ning et kuni kell see mis taotluste taotlused taotlus esitamise "
    "esitada tähtaeg taotlusi projekti projektide voor hiljemalt saab tuleb alates aasta",
    "sv": "och i att det som en av på är för den med till om ett har inte senast kan ska från "
    "ansökan ansökningar ansökningsdag projekt bidrag öppen stänger vid eller sista kl",
    "da": "og i at det som en af på er for den med til om et har ikke senest kan skal fra "
    "ansøgning ansøgninger ansøgningsfrist projekter tilskud puljen frist ved eller der kl bliver",
    "ru": "и в на до с из за для о что как не от под будет это или его их который которые года "
    "заявки заявок подачи срок конкурс проектов проекта последний принимаются по прием",
    "hr": "i u na do za je se od s sa ili kao su bit će koji koja koje prema iz po nije rok poziv "
    "prijave prijava podnošenje projekata projekta natječaj godine dostavu otvoren prijedloga sati",
    "bg": "и в на до за от с със се е са да по при или като че ще не към го срок срокът краен "
    "подаване предложения проекти проектни кандидатстване г покана процедура часа кандидатите до",
}  # fmt: skip

# Letters that few others of the twenty have. A letter in many words says more than one in one
# name, so each counts once per word.
_LETTERS = {
    "uk": "іїєґ",
    "ru": "ыэё",
    "bg": "",
    "pl": "łąęśźżćń",
    "ro": "șțşţăâî",
    "hu": "őűöüóúáé",
    "sk": "ľĺŕôäčšžýť",
    "cs": "řěůčšžýť",
    "de": "ßäöü",
    "fr": "èêçàùœëîôâé",
    "it": "òìàèù",
    "es": "ñ¿¡óíáú",
    "lt": "ėųįąęūčšž",
    "lv": "ģķļņēīāūčšž",
    "et": "õäöü",
    "sv": "åäö",
    "da": "øæå",
    "hr": "đćčšž",
    "nl": "ĳ",
    "en": "",
}
_WORD = re.compile(r"[^\W\d_]+")
_NO_LETTER = {code: " " for code in range(128) if not chr(code).isalpha()}
"""For ``str.translate``: what parts the words where nothing but ASCII is there."""


def _votes() -> dict[str, tuple[tuple[str, float], ...]]:
    """Each word with the languages it speaks for, the less the more there are of them."""
    owners: dict[str, list[str]] = {}
    for language, words in _WORDS.items():
        for word in dict.fromkeys(words.split()):
            owners.setdefault(word, []).append(language)
    return {word: tuple((one, 2 / len(of)) for one in of) for word, of in owners.items()}


def _letter_votes() -> dict[str, tuple[tuple[str, float], ...]]:
    owners: dict[str, list[str]] = {}
    for language, letters in _LETTERS.items():
        for letter in letters:
            owners.setdefault(letter, []).append(language)
    return {letter: tuple((one, 1 / len(of)) for one in of) for letter, of in owners.items()}


_VOTES = _votes()
_LETTER_VOTES = _letter_votes()
_TELLING = re.compile("[" + "".join(_LETTER_VOTES) + "]")
_CYRILLIC_LETTERS = frozenset("абвгдежзийклмнопрстуфхцчшщъыьэюяё")


def languages_of(text: str, said: str | None = None) -> tuple[str, ...]:
    """The languages (ISO 639-1, of ``LANGUAGES``) to try on ``text``, the likeliest first.

    ``said`` is what the source says; it may be missing, unknown (``ca``) or wrong. It decides
    between neighbours and for texts too short to tell (a bare date), and is never left out if it
    is one of ours and written in this script. At least one language, at most four.
    """
    said = (said or "").strip().lower().replace("_", "-").partition("-")[0]
    return _languages_of(text[:_LOOKED_AT], said)


@lru_cache(maxsize=64)  # the readers of a text ask one after the other
def _languages_of(text: str, said: str) -> tuple[str, ...]:
    plain = text.isascii()
    text = text.lower()
    words = text.translate(_NO_LETTER).split() if plain else _WORD.findall(text)
    # A word in plain letters that is on no list says nothing.
    counted = Counter(filter(_VOTES.__contains__, words) if plain else words)
    cyrillic = 0
    if not plain:
        cyrillic = sum(times for word, times in counted.items() if word[0] in _CYRILLIC_LETTERS)
    mostly = cyrillic * 2 > len(words)
    scores = _scores(counted)
    known = said in LANGUAGES and (not words or (said in _CYRILLIC) == mostly)
    if known:
        scores[said] += 1 + len(words) / 20
    if not scores:
        return _CYRILLIC if mostly else ("en",)
    ranked = sorted(scores, key=lambda name: -scores[name])
    least = scores[ranked[0]] / 3
    near = [name for name in ranked[:4] if scores[name] >= least]
    if known and said not in near:
        near[3:] = [said]
    if 0 < cyrillic < len(words):  # two scripts: the best of each
        missing = [name for name in ranked if (name in _CYRILLIC) != (near[0] in _CYRILLIC)]
        if missing and missing[0] not in near:
            near[3:] = missing[:1]
    return tuple(near)


def _scores(words: Counter[str]) -> dict[str, float]:
    scores: defaultdict[str, float] = defaultdict(float)
    for word, times in words.items():
        if word in _VOTES:
            weight = min(times, 3)
            for language, vote in _VOTES[word]:
                scores[language] += vote * weight
        if not word.isascii():
            for letter in set(_TELLING.findall(word)):
                for language, vote in _LETTER_VOTES[letter]:
                    scores[language] += vote
    return scores
