"""How a letter is dressed: the style sheet written into the elements, once for each dress.

Mail programs drop style sheets, so ``letter.css`` is put into ``style`` attributes by css-inline:
not letter by letter, but once for every set of classes that a template asks for. What cannot be
inline (dark mode, narrow screens) stays a small sheet in the head, ``night.css``; programs that
drop it lose nothing.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

from css_inline import CSSInliner
from markupsafe import Markup

_NAMED = re.compile(r"\.([a-z]+)")
_NOT_SELECTORS = re.compile(r"\{[^}]*\}|/\*.*?\*/", re.DOTALL)
_STYLE = re.compile(r'style="([^"]*)"')
_SPACE = re.compile(r"\s*([:;,])\s*")


@cache
def dress(classes: str) -> Markup:
    """Return the ``class`` and ``style`` attributes for an element of these classes.

    ValueError for a class without a rule: a slip in a template. Only classes that the sheet in the
    head speaks of are named in the letter.
    """
    if unknown := sorted(set(classes.split()) - _rules()):
        raise ValueError(f"letter.css has no rule for {', '.join(unknown)}")
    made = CSSInliner(inline_style_tags=False).inline_fragment(
        f'<p class="{classes}"></p>', sheet("letter.css")
    )
    found = _STYLE.search(made)
    style = _SPACE.sub(r"\1", found[1]).rstrip(";") if found else ""
    named = " ".join(one for one in classes.split() if one in _kept())
    return Markup((f'class="{named}" ' if named else "") + f'style="{style}"')  # noqa: S704 - ours


@cache
def sheet(name: str) -> str:
    """Return a style sheet of the templates."""
    return files("alerts").joinpath("templates", name).read_text(encoding="utf-8")


@cache
def _rules() -> frozenset[str]:
    return frozenset(_NAMED.findall(_NOT_SELECTORS.sub("", sheet("letter.css"))))


@cache
def _kept() -> frozenset[str]:
    return frozenset(_NAMED.findall(sheet("night.css")))
