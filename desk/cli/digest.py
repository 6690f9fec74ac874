"""``bridges digest``: look at the letters that would go out, and send those that are due."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import click

from desk.cli.base import FAILED, Desk, Group, finish, json_option, note, pass_desk
from desk.cli.outbox import outbox, resume, tell_waiting, told_to_end
from desk.text import line
from desk.wording import count

if TYPE_CHECKING:
    from alerts.audience import Addressee
    from alerts.outbox import Built, Delivered
    from storage.domain import Partnership
    from storage.letters import Letter

_HERE = {"127.0.0.1", "localhost", "::1", "0.0.0.0"}  # noqa: S104 - names of this computer


@click.group(cls=Group, short_help="Look at the letters that wait, and send them.")
def digest() -> None:
    """Look at the letters that would go out now, and send those that are due."""


digest.add_command(outbox)
digest.add_command(resume)


@digest.command()
@click.argument("partnership")
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    help="Write each letter into this folder, as .html, .txt and .eml.",
)
@json_option
@pass_desk
def preview(desk: Desk, *, partnership: str, out: Path | None, as_json: bool) -> None:
    """Show the letters the recipients of PARTNERSHIP would get now; keeps and sends nothing.

    Each recipient's letter is shown as it would be sent, with all partnerships the letter is
    about, whether it is due or not. A partnership without recipients is shown in each language.
    """
    from alerts.digest import build_digest
    from alerts.outbox import letter_of
    from storage.partnerships import get_partnership

    with desk.reading() as connection:
        found = get_partnership(connection, partnership)
        letters = [
            letter_of(made, desk.settings)
            for one in _addressees(desk, found)
            if (
                made := build_digest(connection, one.recipient, one.partnerships, desk.now)
            ).sections
        ]
    if not letters:
        note(f"{line(found.id)} was not compared with any call yet: bridges match")
        finish(FAILED)
    files = [_write(desk, out, letter) for letter in letters] if out else [[] for _ in letters]
    for letter, written in zip(letters, files, strict=True):
        if as_json:
            from desk.exports.json_lines import dumps

            told = {"recipient": letter.address, "subject": letter.subject, "text": letter.text}
            click.echo(dumps({**told, "html": letter.html, "files": list(map(str, written))}))
        elif out:
            for path in written:
                click.echo(line(str(path)))
        else:
            click.echo(f"To: {line(letter.address)}\nSubject: {letter.subject}\n\n{letter.text}")


@digest.command()
@click.option("--due", is_flag=True, help="First write the digest of everybody whose is due.")
@click.option(
    "--again",
    is_flag=True,
    help="Send once more, now, the letters of which nobody knows whether they arrived.",
)
@json_option
@pass_desk
def send(desk: Desk, *, due: bool, again: bool, as_json: bool) -> None:
    """Send the letters that wait; with --due, first write those that are due.

    A letter is written once, together with what it tells, and stays until it is delivered: what
    was told is never told again, and what could not be sent is tried again later. BRIDGES_MAIL
    says where letters go: a folder of .eml files, or a mail server, and BRIDGES_MAIL_TO who may
    get mail from that.
    """
    from alerts.linking import link_new
    from alerts.outbox import build_due, deliver
    from storage import sending
    from storage.correspondence import prune
    from storage.letters import LetterState

    settings = desk.settings
    if due:
        link_new(desk.engine, desk.now)
        _tell_built(build_due(desk.engine, settings, desk.now))
    if again:
        with desk.writing() as connection:
            sending.send_again(connection, desk.now)
    if "://" in settings.mail and urlsplit(settings.base_url).hostname in _HERE:
        note(f"Note: the links in letters lead to {settings.base_url}; set BRIDGES_BASE_URL.")
    with told_to_end() as ending:
        tried = deliver(desk.engine, settings, desk.now, ending=ending)
    with desk.writing() as connection:
        prune(connection, desk.now, timedelta(days=settings.keep_letters))
    for one in tried:
        _tell(one, as_json=as_json)
    if not tried and not as_json:
        click.echo("There is no letter to send now.")
    waits = tell_waiting(desk)
    if waits or any(one.fate.state is not LetterState.SENT for one in tried):
        finish(FAILED)


def _addressees(desk: Desk, partnership: Partnership) -> Iterator[Addressee]:
    """The recipients; for a partnership without any, one nobody for each language."""
    from alerts.audience import Addressee, addressees_of
    from alerts.tongue import LANGUAGES
    from desk.cli.partnerships import tell_language
    from storage.domain import Recipient

    if not partnership.recipients:
        note(f"{line(partnership.id)} has no recipients; this is what they would get.")
        for language in LANGUAGES:
            nobody = Recipient(f"nobody.{language}@example.invalid", language)
            yield Addressee(nobody, (partnership,))
        return
    with desk.reading() as connection:
        found = addressees_of(connection, partnership)
    for one in found:
        for said in one.notes:
            note(f"Note: {line(said)}")
        tell_language(one.recipient)
        if not one.recipient.consent:
            note(
                f"Note: {line(one.recipient.email)} has not agreed to letters yet, so none is sent."
            )
        yield one


def _write(desk: Desk, out: Path, letter: Letter) -> list[Path]:
    """Write one letter in three forms; returns the files."""
    from alerts.mail import message, message_id
    from alerts.transports import file_name
    from storage.files import replaced
    from storage.letters import LetterState, Posted
    from storage.settings import secret_key

    posted = Posted(
        id=0,
        key=letter.key,
        letter=letter,
        message_id=message_id(letter, desk.settings.contact, secret_key(desk.settings)),
        created=desk.now,
        state=LetterState.PENDING,
        state_at=desk.now,
        due=desk.now,
        tries=0,
    )
    out.mkdir(parents=True, exist_ok=True)
    eml = out / file_name(posted)
    bodies = {
        eml.with_suffix(".html"): letter.html.encode("utf-8"),
        eml.with_suffix(".txt"): letter.text.encode("utf-8"),
        eml: message(posted, desk.settings.contact).as_bytes(),
    }
    for path, body in bodies.items():
        with replaced(path, private=True) as draft:
            draft.write_bytes(body)
    return list(bodies)


def _tell_built(built: Built) -> None:
    """Say who gets no letter and why; what is as it should be is only counted."""
    for said in built.notes:
        note(f"Note: {line(said)}")
    for one in built.skipped:
        if not one.quiet:
            note(f"No letter to {line(one.address)}: {line(one.why)}")
    quiet = sum(one.quiet for one in built.skipped)
    if quiet:
        note(f"{count(quiet, 'recipient')} not due yet, or with nothing to be told.")


def _tell(one: Delivered, *, as_json: bool) -> None:
    letter, fate = one.posted.letter, one.fate
    if as_json:
        from desk.exports.json_lines import dumps

        told = {
            "letter": one.posted.key,
            "recipient": letter.address,
            "subject": letter.subject,
            "state": fate.state.value,
        }
        click.echo(dumps({**told, "reply": fate.reply, "reason": fate.reason}))
        return
    click.echo(f"{fate.state.value}  {line(letter.address)}  {line(letter.subject)}")
    if said := line(fate.reason or fate.reply):
        click.echo(f"      {said}")
