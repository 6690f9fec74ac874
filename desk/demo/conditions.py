"""The conditions of a topic as the portal writes them: fixed headings, HTML a little broken."""

from __future__ import annotations

# The quote of the first class is misplaced in the real rows too.
_OPENING = '<div class="eui-u-mt-l>"><h4>General conditions</h4>'
_MARGIN = '<div class="eui-u-mt-l">'
_INSET = '<div class="eui-u-mt-s">'


def conditions(
    document: str,
    *,
    countries: str = "",
    eligibility: str = "",
    award: str = "",
    specific: str = "",
) -> str:
    """The conditions; a section without words of its own only points to ``document``."""
    link = f'the <a href="{document}" rel="noopener noreferrer">call document</a>.'
    pointer, alone = f"see {link}", f"<p>See {link}</p>"
    sections = [
        ("1. Admissibility Conditions: Proposal page limit and layout", _limit(document)),
        ("2. Eligible Countries", countries or alone),
        ("3. Other Eligible Conditions", eligibility or alone),
        ("4. Financial and operational capacity and exclusion", f"<p>For both, {pointer}</p>"),
        (
            "5a. Evaluation and award: Award criteria, scoring and thresholds",
            _award(award, pointer),
        ),
        ("5b. Evaluation and award: Submission and evaluation processes", f"<p>Also {pointer}</p>"),
        (
            "5c. Evaluation and award: Indicative timeline for evaluation and grant agreement",
            f"<p>For the calendar {pointer}</p>",
        ),
        ("6. Legal and financial set-up of the grants", f"<p>For costs and payments {pointer}</p>"),
    ]
    body = "".join(
        f"<div><h4>{heading}</h4>{_INSET}{text}</div></div>" for heading, text in sections
    )
    own = specific or f"<p>\ufeffNone beyond those above; {pointer}</p>"
    return (
        f"{_OPENING}{body}</div>"
        f"{_MARGIN}<h4>Specific conditions</h4> {_INSET}{own}</div></div>"
        f"{_MARGIN}<h4>Application and evaluation forms and model grant agreement:</h4> "
        f'{_INSET}<p><a href="{document}">Call document</a>&#xa0;</p></div></div>'
    )


def _limit(document: str) -> str:
    return (
        f'<p><strong><em>\ufeff</em></strong>Layout: <a href="{document}">call document</a>.</p>'
        "<p>Part B has at least 3 pages and no more than 40&nbsp;pages.</p>"
    )


def _award(award: str, pointer: str) -> str:
    return award or f"<p>For criteria &amp; thresholds {pointer}</p>"
