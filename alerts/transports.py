"""The two ways a letter leaves: into a folder as a file, or to a mail server."""

from __future__ import annotations

import contextlib
import hashlib
import re
import smtplib
import ssl
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self
from urllib.parse import unquote, urlsplit

from alerts.plain import line, shorten
from storage.errors import CannotWrite
from storage.files import replaced
from storage.letters import LetterState, Posted

TIMEOUT = 60.0
"""Seconds a server may think; much less than a letter's lease."""

_REPLY = 300
_OK = range(200, 300)
_REFUSED = range(500, 600)
_CLOSING = 421
_GO_AHEAD = 354
_HERE = {"localhost", "127.0.0.1", "::1"}


@dataclass(frozen=True, slots=True)
class Fate:
    """How one try ended; ``stop`` when the next letter would fare no better now."""

    state: LetterState
    reply: str = ""
    reason: str = ""
    stop: bool = False


class Transport(Protocol):
    """A way to deliver letters; used as a context, so that it can close what it opened.

    ``repeatable``: delivering a letter twice leaves one letter.
    """

    repeatable: bool

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...

    def send(self, posted: Posted, message: EmailMessage, /) -> Fate: ...


def transport(mail: str) -> Transport:
    """Return the way that the setting ``mail`` names: a folder, smtp://… or smtps://…."""
    return Server(mail) if re.match(r"smtps?://", mail) else Folder(Path(mail))


class Folder:
    """Files named ``….eml`` that any mail program opens; each appears there whole or not at all."""

    repeatable = True

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Nothing stays open."""

    def send(self, posted: Posted, message: EmailMessage, /) -> Fate:
        path = self.folder / file_name(posted)
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with replaced(path, private=True) as draft:
                draft.write_bytes(message.as_bytes())
        except CannotWrite as error:
            return Fate(LetterState.RETRY, reason=str(error), stop=True)
        except OSError as error:
            reason = f"{self.folder} cannot be used: {error.strerror or error}"
            return Fate(LetterState.RETRY, reason=reason, stop=True)
        return Fate(LetterState.SENT, reply=str(path))


def file_name(posted: Posted) -> str:
    """Return the name of a letter's file: the same for every try, and no two letters alike."""
    who = re.sub(r"[^a-z0-9.]+", "-", posted.letter.address.casefold()).strip("-.")[:50]
    mark = hashlib.sha256(posted.key.encode("utf-8")).hexdigest()[:8]
    return f"{posted.created:%Y-%m-%d}-{posted.letter.kind}-{who}-{mark}.eml"


class Server:
    """A mail server, by SMTP: one connection for all letters, each with the server's reply kept."""

    repeatable = False

    def __init__(self, url: str, timeout: float = TIMEOUT) -> None:
        self._parts = urlsplit(url)
        self._timeout = timeout
        self._smtp: smtplib.SMTP | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._hang_up()

    def send(self, posted: Posted, message: EmailMessage, /) -> Fate:
        reused = self._smtp is not None
        try:
            smtp = self._smtp or self._call()
        except _Insecure as error:
            return Fate(LetterState.RETRY, reason=str(error), stop=True)
        except smtplib.SMTPAuthenticationError as error:
            told = _said(error.smtp_code, error.smtp_error)
            reason = f"{self._name} does not know the user or the password: {told}"
            return Fate(LetterState.RETRY, reply=told, reason=reason, stop=True)
        except (OSError, smtplib.SMTPException) as error:
            reason = f"{self._name} cannot be reached: {shorten(str(error), _REPLY)}"
            return Fate(LetterState.RETRY, reason=reason, stop=True)
        try:
            fate = self._envelope(smtp, message)
        except (OSError, smtplib.SMTPException) as error:
            self._hang_up()
            late = _too_late(error)
            if reused and not late:  # servers hang up after so many letters, or some time
                return self.send(posted, message)
            reason = f"{self._name} hung up: {shorten(str(error), _REPLY)}"
            return Fate(LetterState.RETRY, reason=reason, stop=late)
        return fate or self._hand_over(smtp, message)

    def _envelope(self, smtp: smtplib.SMTP, message: EmailMessage) -> Fate | None:
        """Say from whom and to whom; None when the server takes both and waits for the letter."""
        sender, recipient = (message[name].addresses[0].addr_spec for name in ("From", "To"))
        code, words = smtp.mail(sender)
        if code == _CLOSING:
            raise smtplib.SMTPServerDisconnected(_said(code, words))
        if code not in _OK:
            self._forget(smtp)
            told = _said(code, words)
            reason = f"{self._name} does not take letters from {sender}: {told}"
            return Fate(LetterState.RETRY, told, reason, stop=code in _REFUSED)
        code, words = smtp.rcpt(recipient)
        if code in _OK:
            code, words = smtp.docmd("DATA")
            if code == _GO_AHEAD:
                return None
        self._forget(smtp)
        return _refused(code, words)

    def _hand_over(self, smtp: smtplib.SMTP, message: EmailMessage) -> Fate:
        """Send the letter itself. Silence after that leaves open whether it was taken.

        Other letters then wait for another run, rather than become doubtful one after the other.
        """
        body = re.sub(rb"(?m)^\.", b"..", message.as_bytes())
        try:
            smtp.send(body + (b"" if body.endswith(b"\r\n") else b"\r\n") + b".\r\n")
            code, words = smtp.getreply()
        except (OSError, smtplib.SMTPException) as error:
            self._hang_up()
            reason = f"{self._name} was silent after the letter: {shorten(str(error), _REPLY)}"
            return Fate(LetterState.UNCONFIRMED, reason=reason, stop=True)
        if code in _OK:
            return Fate(LetterState.SENT, reply=_said(code, words))
        if code == _CLOSING:
            self._hang_up()
        return _refused(code, words)

    def _call(self) -> smtplib.SMTP:
        """Connect, encrypt where the server can, and log in where the setting says so."""
        host, context = self._parts.hostname or "", ssl.create_default_context()
        smtp: smtplib.SMTP
        if self._parts.scheme == "smtps":
            port = self._parts.port or smtplib.SMTP_SSL_PORT
            smtp = smtplib.SMTP_SSL(host, port, timeout=self._timeout, context=context)
        else:
            port = self._parts.port or smtplib.SMTP_PORT
            smtp = smtplib.SMTP(host, port, timeout=self._timeout)
            smtp.ehlo_or_helo_if_needed()
            if smtp.has_extn("starttls"):
                smtp.starttls(context=context)
        self._smtp = smtp
        if self._parts.username:
            if self._parts.scheme == "smtp" and not _encrypted(smtp) and host not in _HERE:
                self._hang_up()
                raise _Insecure(
                    f"{self._name} offers no encryption; the password is not sent to it"
                )
            smtp.login(unquote(self._parts.username), unquote(self._parts.password or ""))
        smtp.ehlo_or_helo_if_needed()  # what was said before encryption no longer counts
        return smtp

    @property
    def _name(self) -> str:
        port = f":{self._parts.port}" if self._parts.port else ""
        return f"the mail server {line(self._parts.hostname)}{port}"

    def _forget(self, smtp: smtplib.SMTP) -> None:
        """Take the envelope back, so that the next letter starts afresh."""
        try:
            smtp.rset()
        except (OSError, smtplib.SMTPException):
            self._hang_up()

    def _hang_up(self) -> None:
        if self._smtp is not None:
            with contextlib.suppress(OSError, smtplib.SMTPException):
                self._smtp.quit()
            self._smtp.close()
            self._smtp = None


class _Insecure(Exception):  # noqa: N818 - it says what happened
    """Raised within this module when a password would travel unencrypted."""


def _encrypted(smtp: smtplib.SMTP) -> bool:
    return isinstance(smtp.sock, ssl.SSLSocket)


def _too_late(error: Exception) -> bool:
    """Whether a server did not answer in time; smtplib wraps what the socket said."""
    return isinstance(error, TimeoutError) or isinstance(error.__context__, TimeoutError)


def _refused(code: int, words: bytes) -> Fate:
    """What a server's no means: for good (5xx), or for now."""
    told = _said(code, words)
    state = LetterState.FAILED if code in _REFUSED else LetterState.RETRY
    return Fate(state, reply=told, reason=f"the server said: {told}")


def _said(code: int, words: bytes | str) -> str:
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    return shorten(f"{code} {text}", _REPLY)
