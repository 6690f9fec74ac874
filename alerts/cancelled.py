"""Whether a call says of itself that it was cancelled, in one of the languages of our sources."""

from __future__ import annotations

import re

from alerts.plain import line
from storage.domain import Call

# A title is short and names its subject: such a word at its very beginning or end, set off from the
# rest, is a mark the funder has put there ("CANCELLED: …", "… (annulé)").
_MARK = (
    r"cancell?ed|call cancell?ed|annul[ée]e?|appel annulé|anulowan[yao]|unieważnion[yao]"
    r"|odwołan[yao]|abgesagt|aufgehoben|anulat[ăa]?|скасован[оийа]+|конкурс скасовано"
)
_AT_THE_EDGE = re.compile(
    rf"^[\W_]*(?:{_MARK})\s*(?:[\])}}:!]|[-–—]\s|$)|[\[({{:–—-]\s*(?:{_MARK})[\W_]*$", re.IGNORECASE
)

# In a text it must be the call, and nothing else, that was cancelled, in so many words, as a fact:
# "if the call is cancelled, applicants will be informed" stands in many conditions.
_IN_WORDS = re.compile(
    r"\b(?:this|the) (?:call|topic|competition)(?: for proposals)? (?:is|was|has been)"
    r" (?:now )?cancell?ed\b"
    r"|\b(?:cet|l['’]) ?appel(?: à (?:projets|propositions))? (?:est|a été) annulé\b"
    r"|\b(?:konkurs|nabór)(?: wniosków)? (?:został|jest) (?:odwołany|unieważniony|anulowany)\b"
    r"|\b(?:der|dieser) (?:aufruf|förderaufruf) (?:ist|wurde) (?:aufgehoben|abgesagt|annulliert)\b"
    r"|\b(?:acest )?apel(?:ul)?(?: de (?:proiecte|propuneri))? (?:este|a fost) anulat\b"
    r"|\b(?:цей )?конкурс (?:було )?скасовано\b",
    re.IGNORECASE,
)


def says_cancelled(call: Call) -> bool:
    """Whether the title is marked so, or the text says so of this call."""
    if _AT_THE_EDGE.search(line(call.title)):
        return True
    return any(_IN_WORDS.search(text) for text in (call.summary, call.description) if text)
