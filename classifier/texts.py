"""The texts that are compared: what of a call is read, its sentences, the phrases of an interest.

Whatever happens to a text here changes its hash, so a changed rule makes new vectors by itself.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator

from storage.domain import Call

LENGTH = 1800
"""Characters of a call that are compared: about what the encoders read before they cut."""

LETTERS = 9
"""Characters that a word and its space take at most, on the average of a call."""

LONGEST_TITLE = 300
"""Characters of a title that count: a longer one would leave no room for the description."""

LITTLE = 200
"""Characters beyond the title under which only the title is really known."""

SENTENCES = 40
"""Sentences of a call among which the reasons are sought; what follows is mostly conditions."""

SHORTEST, LONGEST = 30, 320
"""Characters of a sentence worth quoting: no headings, nothing that fills a page of a letter."""

OPENING = 185
"""Words of a call, its title among them, that are read at once: as many as the encoder can."""

CALL_PASSAGE = 95
"""Words of what follows that are read at once: short passages are read faster than long ones."""

CALL_PASSAGES = 12
"""Such passages that are read: the whole text of all but a few calls; then follow conditions."""

PHRASES = 16
WISH, REST, WISHES = 7, 4, 24
"""Words that make a wish, words of a rest that stays with it, wishes that are read."""

PASSAGE = 180
"""Words of an interest that an encoder reads at once; a longer interest is read in passages."""

PASSAGES = 16
"""Passages of an interest that are read: to read a whole book takes a minute and says nothing."""

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufff9-\uffff]+")
_UNSEEN = re.compile(
    "[\xad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\U000e0000-\U000e007f]"
)
_SPACE = re.compile(r"\s+")
_LETTERS = re.compile(r"[^\W\d_]")
_LATIN = re.compile(r"[A-Za-z\u00c0-\u024f]")
_PLAIN_LATIN = re.compile(r"[A-Za-z]")
_WORDS = re.compile(r"[^\W\d_]+")
_ENGLISH = frozenset({
    "the", "of", "and", "for", "in", "to", "with", "on", "by", "from", "will", "be", "is", "are",
    "this", "that",
})  # fmt: skip
_OTHERS = frozenset({  # the smallest words of Polish, German, French, Spanish, Romanian and others
    "na", "do", "dla", "oraz", "der", "die", "das", "und", "für", "mit", "le", "la", "les", "et",
    "des", "du", "de", "un", "une", "el", "los", "para", "din", "cu", "pentru", "ve", "se", "il",
    "di", "per",
})  # fmt: skip
_SENTENCE_END = re.compile(
    r"(?<=[.!?…])[”»\"')]*\s+(?=[^\W\d_a-zа-яіїєґ]|[\d“«\"'(•–-])|\n+|\s*•\s*"
)
_CLAUSE_END = re.compile(r";\s+|(?<=[:.])\s+(?=\(?\d{1,2}[.)]\s)")
_FOOTNOTE = re.compile(r"\s*\[\d{1,3}\]")
_WISH_END = re.compile(r"(?<=[.;!?])\s+|:\s+")
_COMMA = re.compile(r",\s+")
_PHRASE_END = re.compile(r"[.;:!?\n•]+\s*|,\s+|\s[–—-]\s")


def tidy(text: str | None) -> str:
    """Return ``text`` on one line, without marks that cannot be seen and half characters."""
    if not text:
        return ""
    return _SPACE.sub(" ", _CONTROL.sub(" ", _UNSEEN.sub("", text))).strip()


def shortened(text: str, length: int) -> str:
    """Return the beginning of ``text``, cut between words where there are any."""
    if len(text) <= length:
        return text
    cut = text[:length]
    head, space, _ = cut.rpartition(" ")
    return head if space and len(head) > length // 2 else cut


def call_text(call: Call) -> str:
    """Return what of a call is compared with interests."""
    title = shortened(tidy(call.title[:LENGTH]), LONGEST_TITLE)
    return shortened(f"{title}. {_body(call)}".strip(), LENGTH)


def call_passages(call: Call) -> list[str]:
    """Return a call in pieces that an encoder reads whole; the first one has its title."""
    title = shortened(tidy(call.title[:LENGTH]), LONGEST_TITLE)
    most = OPENING + CALL_PASSAGES * CALL_PASSAGE
    words = _body(call, most * LETTERS).split()
    room = OPENING - len(title.split())
    first, rest = words[:room], words[room:most]
    number = -(-len(rest) // CALL_PASSAGE)
    size = -(-len(rest) // number) if number else 1
    others = [" ".join(rest[at : at + size]) for at in range(0, len(rest), size)]
    return [shortened(f"{title}. {' '.join(first)}".strip(), LENGTH), *others]


def title_only(call: Call) -> bool:
    """Whether a call says next to nothing beyond its title."""
    said = tidy(f"{call.summary or ''} {call.description or ''}"[: 4 * LENGTH])
    return len(said) < LITTLE or said == tidy(call.title)


def _body(call: Call, length: int = 2 * LENGTH) -> str:
    summary = tidy((call.summary or "")[:length])
    description = tidy((call.description or "")[:length])
    if summary and not description.startswith(shortened(summary, 200)):
        return f"{summary} {description}".strip()
    return description


def text_hash(text: str, *, query: bool) -> str:
    """Return the name of a text among the vectors; an interest and a call may say the same."""
    role = "query" if query else "text"
    return hashlib.sha256(f"{role}\0{text}".encode("utf-8", "replace")).hexdigest()[:32]


def is_english(text: str, said: str | None) -> bool:
    """Whether the English encoder can read ``text``, whose language is ``said`` or not said.

    The alphabet is looked at in any case: what is labelled wrongly would be compared as noise.
    """
    letters = len(_LETTERS.findall(text))
    if letters and len(_LATIN.findall(text)) < letters * 0.7:
        return False
    if said:
        return said.casefold().replace("_", "-").split("-")[0] in {"en", "eng"}
    words = {word.casefold() for word in _WORDS.findall(text)}
    foreign = letters - len(_PLAIN_LATIN.findall(text))
    return foreign <= letters * 0.01 and len(words & _ENGLISH) >= len(words & _OTHERS)


def sentences(call: Call) -> list[str]:
    """Return the sentences of a call that may be quoted, in their order, each once."""
    parts = [call.summary or "", call.description or ""]
    found = dict.fromkeys(one for part in parts for one in _sentences(part))
    return list(found)[:SENTENCES]


def _sentences(text: str) -> Iterator[str]:
    for sentence in _SENTENCE_END.split(text):
        clauses = [sentence] if len(sentence) <= LONGEST else _CLAUSE_END.split(sentence)
        for clause in clauses:
            one = tidy(_FOOTNOTE.sub("", clause)).lstrip("•–—-*·; ")
            if len(one) > LONGEST:
                one = shortened(one, LONGEST - 1).rstrip(" ,;:–-") + "…"
            if len(one) >= SHORTEST and len(_WORDS.findall(one)) > 3:  # noqa: PLR2004
                yield one


def phrases(interest: str) -> list[str]:
    """Return the things an interest names, as far as its punctuation tells them apart."""
    found = dict.fromkeys(tidy(part).strip("\"'“”«»()") for part in _PHRASE_END.split(interest))
    return [phrase for phrase in found if _WORDS.search(phrase)][:PHRASES]


def wishes(interest: str) -> list[str]:
    """Return what an interest asks for, wish by wish: its sentences, and lists in a few pieces.

    Pieces of a list stay together up to ``WISH`` words, for a single word says little by itself.
    """
    found: list[str] = []
    for sentence in _WISH_END.split(tidy(interest)):
        taken: list[str] = []
        for piece in _COMMA.split(sentence):
            taken.append(piece.rstrip(";"))
            if len(" ".join(taken).split()) >= WISH:
                found.append(", ".join(taken))
                taken = []
        if taken and found and len(" ".join(taken).split()) < REST:
            found[-1] = f"{found[-1].rstrip('.')}, {', '.join(taken)}"
        elif taken:
            found.append(", ".join(taken))
    return [one for one in found if _WORDS.search(one)][:WISHES]


def passages(interest: str) -> list[str]:
    """Return an interest in pieces that an encoder reads whole: one, unless it is very long."""
    words = tidy(interest).split()[: PASSAGES * PASSAGE]
    number = max(1, -(-len(words) // PASSAGE))
    size = -(-len(words) // number) if words else 1
    return [" ".join(words[at : at + size]) for at in range(0, len(words), size)]
