"""What a partnership says of calls, what follows for it, and the themes it may choose from."""

from __future__ import annotations

import click

from desk.cli.base import Desk, json_option, note, pass_desk
from desk.cli.options import Word
from desk.cli.terminal import progress
from desk.text import line
from desk.wording import count
from storage.codes import THEME_LANGUAGES

MARKS = ["useful", "not-for-us", "known", "dismissed", "nothing"]


@click.command(short_help="Say what you think of a call.")
@click.argument("name", metavar="ID")
@click.argument("call", metavar="CALL")
@click.argument("mark", type=click.Choice(MARKS))
@json_option
@pass_desk
def mark(desk: Desk, *, name: str, call: str, mark: str, as_json: bool) -> None:
    """Say that CALL is useful, not for us, or already known to the partnership ID.

    The next comparison moves what resembles it up or down, and `explain` says why. Nothing is
    hidden by it, but by `dismissed`: letters to this partnership then leave the call out, and tell
    its partners so. `nothing` takes both back.
    """
    from storage.answers import Answer, TownAnswer, keep_answer, take_back_dismissal
    from storage.asking import get
    from storage.feedback import Feedback, Mark, keep_mark, take_back
    from storage.partnerships import get_partnership

    with desk.engine.begin() as connection:
        partnership = get_partnership(connection, name)
        held = get(connection, call)
        opportunity = held.opportunity or held.id
        if mark == "nothing":
            marked = take_back(connection, partnership.id, opportunity)
            hidden = take_back_dismissal(connection, partnership.id, opportunity, "", desk.now)
            there = marked or hidden
        elif mark == "dismissed":
            there = True
            answer = TownAnswer(partnership.id, opportunity, "", Answer.DISMISS, "", desk.now)
            keep_answer(connection, answer)
        else:
            there = True
            given = Mark(mark.replace("-", "_"))
            keep_mark(connection, Feedback(partnership.id, opportunity, given, desk.now))
    if as_json:
        from desk.exports.json_lines import dumps

        said = None if mark == "nothing" else mark.replace("-", "_")
        told = {"partnership": partnership.id, "call": held.id, "opportunity": opportunity}
        click.echo(dumps(told | {"mark": said}))
    elif mark == "nothing":
        done = "The mark is taken back." if there else "There was no mark."
        click.echo(f"{done} {line(held.title)}")
    else:
        click.echo(f"Marked as {mark.replace('-', ' ')}: {line(held.title)}")


@click.command(short_help="Propose themes and words from calls marked useful.")
@click.argument("name", metavar="ID")
@json_option
@pass_desk
def suggest(desk: Desk, *, name: str, as_json: bool) -> None:
    """Propose themes and words to add to partnership ID, from the calls it marked useful.

    Nothing is changed: take over what fits in your file and import it again.
    """
    from classifier.suggesting import suggest as suggested
    from desk.cli.means import reading_means

    with progress("Reading new texts") as advance:
        found = suggested(desk.engine, name, means=reading_means(desk, advance))
    if as_json:
        from desk.exports.json_lines import dumps

        click.echo(dumps(found.to_json()))
        return
    if found.now:
        click.echo(f"Its themes now: {', '.join(found.now)}")
    if not found.useful:
        note(f"No call is marked useful yet: bridges partnerships mark {line(name)} CALL useful")
        return
    click.echo(f"Marked useful: {count(len(found.useful), 'call')}")
    for theme in found.themes:
        click.echo(f"Add theme {theme.id} ({theme.name}): {', '.join(map(line, theme.calls))}")
    if found.wording:
        click.echo(f"Add words: {line(found.wording)}")
    if not found.themes and not found.words:
        click.echo("Nothing to add: the interests already say what these calls are about.")


@click.command(short_help="List the themes to choose from.")
@click.option(
    "--language",
    type=Word(THEME_LANGUAGES),
    default="en",
    show_default=True,
    help="Of their names.",
)
@json_option
def themes(*, language: str, as_json: bool) -> None:
    """List the closed list of themes: what to write under `themes` of a partnership."""
    from classifier.themes import load_themes

    for theme in load_themes():
        if as_json:
            from desk.exports.json_lines import dumps

            names = {tongue: words[0] for tongue, words in theme.descriptors.items()}
            click.echo(dumps({"id": theme.id, "names": names}))
        else:
            click.echo(f"{theme.id:<24}{theme.name(language)}")
