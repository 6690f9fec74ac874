"""Sets up the templates of letters and pages alike: no word acts, and none may be missing."""

from __future__ import annotations

from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, Template


def template(room: str, name: str) -> Template:
    """Return a template by the name of its file, from the folder ``templates`` of ``room``."""
    return environment(room).get_template(name)


@cache
def environment(room: str) -> Environment:
    """Everything put into a template is escaped; a name it does not know is an error.

    Each template is read and compiled once, when it is first asked for.
    """
    return Environment(
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        auto_reload=False,
        loader=PackageLoader(room),
    )
