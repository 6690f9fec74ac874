"""The way to a mail server: one connection for many letters, and each answer understood."""

from __future__ import annotations

import contextlib
import re
import smtplib
import ssl
from collections.abc import Callable
from types import TracebackType
from typing import Self
from urllib.parse import unquote, urlsplit

from alerts.addresses import mailbox
from alerts.conversation import Encrypted, Ending, Garbage, Limits, Plain, Silence
from alerts.mail import Envelope
from alerts.plain import line, shorten
from alerts.transports import Fate, Fault
from storage.letters import LetterState, Posted
from storage.settings import Settings

_REPLY = 300
_OK = range(200, 300)
_LATER = range(400, 500)
_REFUSED = range(500, 600)
_CLOSING = 421
_GO_AHEAD = 354
_HERE = {"localhost", "127.0.0.1", "::1"}

_NOT_TO_US = {521, 530, 534, 535, 538}
"""No mail here at all, or none without (other) credentials: not about one letter."""

_NO_ROOM = {452, 454}
_MISUNDERSTOOD = range(500, 505)
_STATUS = re.compile(r"\d{3}[ -]\s*([245]\.\d{1,3}\.\d{1,3})\b")


class Server:
    """A mail server, by SMTP; used as a context, so that it is left politely."""

    repeatable = False

    def __init__(
        self,
        settings: Settings,
        limits: Limits | None = None,
        ending: Callable[[], bool] = lambda: False,
    ) -> None:
        self._parts = urlsplit(settings.mail)
        self._user = unquote(self._parts.username or "")
        self._password = unquote(self._parts.password or "") or settings.mail_password
        self._greeting = mailbox(settings.contact).domain
        self._limits = limits or Limits()
        self._ending = ending
        self._smtp: Plain | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._leave()

    def send(self, posted: Posted, envelope: Envelope, /) -> Fate:
        reused = self._smtp is not None
        try:
            smtp = self._smtp or self._call()
        except _NotNow as error:
            return error.fate
        try:
            refusal = self._announce(smtp, envelope)
        except (OSError, smtplib.SMTPException) as error:
            self._drop()
            if reused and not isinstance(error, Silence | Ending):
                # Servers hang up after so many letters, or some time.
                return self.send(posted, envelope)
            return self._broken(error)
        return refusal or self._hand_over(smtp, envelope)

    def _announce(self, smtp: Plain, envelope: Envelope) -> Fate | None:
        """Say from whom and to whom; None when the server takes both and waits for the letter."""
        international = envelope.recipient.international
        if international and not smtp.has_extn("smtputf8"):
            reason = (
                f"{self._name} takes no addresses with letters beyond ASCII before the @"
                " (it offers no SMTPUTF8)"
            )
            return Fate(LetterState.FAILED, reason=reason)
        options = ["BODY=8BITMIME", "SMTPUTF8"] if international else []
        code, words = smtp.mail(str(envelope.sender), options)
        if code not in _OK:
            return self._not_from_us(smtp, envelope, _Answer(code, words))
        code, words = smtp.rcpt(str(envelope.recipient))
        if code in _OK:
            code, words = smtp.docmd("DATA")
            if code == _GO_AHEAD:
                return None
        answer = _Answer(code, words)
        if code == _CLOSING:
            raise _Closing(answer)
        if code not in _LATER and code not in _REFUSED:
            raise Garbage(f"answered out of turn: {answer}")
        self._forget(smtp)
        return self._refused(answer)

    def _not_from_us(self, smtp: Plain, envelope: Envelope, answer: _Answer) -> Fate:
        if answer.code == _CLOSING:
            raise _Closing(answer)
        self._forget(smtp)
        told = str(answer)
        if answer.code in _REFUSED and envelope.recipient.international:
            return Fate(LetterState.FAILED, told, f"the server said: {told}")
        reason = f"{self._name} does not take letters from {envelope.sender}: {told}"
        fault = Fault.OURS if answer.code in _REFUSED else Fault.SERVER
        return Fate(LetterState.RETRY, told, reason, fault)

    def _hand_over(self, smtp: Plain, envelope: Envelope) -> Fate:
        """Send the letter itself. Until its last line is out it was surely not taken.

        From then on silence leaves open whether it was.
        """
        body = envelope.content
        if b"\n." in body or body.startswith(b"."):
            body = re.sub(rb"(?m)^\.", b"..", body)
        try:
            with smtp.within(self._limits.letter):
                smtp.send(body if body.endswith(b"\r\n") else body + b"\r\n")
        except (OSError, smtplib.SMTPException) as error:
            self._drop()
            return self._broken(error)
        try:
            with smtp.within(self._limits.taken, patient=True):
                smtp.send(b".\r\n")
                answer = _Answer(*smtp.getreply())
        except (OSError, smtplib.SMTPException) as error:
            self._drop()
            reason = f"{self._name} did not say whether it took the letter: {_words(error)}"
            return Fate(LetterState.UNCONFIRMED, reason=reason, fault=Fault.LINE, stop=True)
        if answer.code in _OK:
            return Fate(LetterState.SENT, reply=str(answer))
        if answer.code == _CLOSING:
            self._drop()
        if answer.code in _LATER or answer.code in _REFUSED:
            return self._refused(answer)
        self._drop()
        reason = f"{self._name} did not say whether it took the letter, but: {answer}"
        return Fate(LetterState.UNCONFIRMED, str(answer), reason, Fault.LINE, stop=True)

    def _refused(self, answer: _Answer) -> Fate:
        """What a no means: for now (4xx) or for good (5xx), to this letter or to all of ours."""
        told, code = str(answer), answer.code
        reason = f"the server said: {told}"
        if code in _NOT_TO_US or answer.status in {"5.7.8", "5.7.9"}:
            return Fate(LetterState.RETRY, told, f"{self._name} takes nothing: {told}", Fault.OURS)
        if code in _MISUNDERSTOOD:
            return Fate(LetterState.RETRY, told, reason, Fault.LINE)
        if code in _REFUSED:
            return Fate(LetterState.FAILED, told, reason)
        full = code in _NO_ROOM and not answer.status.startswith(("4.2.", "4.5.", "4.7.1"))
        if code == _CLOSING or full or answer.status in {"4.3.1", "4.3.2"}:
            reason = f"{self._name} takes nothing now: {told}"
            return Fate(LetterState.RETRY, told, reason, Fault.SERVER)
        return Fate(LetterState.RETRY, told, reason)

    def _broken(self, error: Exception) -> Fate:
        """The connection broke before the letter was out."""
        if isinstance(error, Ending):
            return Fate(LetterState.RETRY, reason=str(error), fault=Fault.ENDING)
        if isinstance(error, _Closing):
            reason = f"{self._name} takes nothing now: {error.answer}"
            return Fate(LetterState.RETRY, str(error.answer), reason, Fault.SERVER)
        reason = f"{self._name} broke off: {_words(error)}"
        late = isinstance(error, Silence) or isinstance(error.__context__, TimeoutError)
        return Fate(LetterState.RETRY, reason=reason, fault=Fault.LINE, stop=late)

    def _call(self) -> Plain:
        """Connect, encrypt where the server can, and log in where the setting says so.

        Raises _NotNow with what became of it.
        """
        try:
            self._smtp = self._connected()
            self._log_in(self._smtp)
        except Ending as error:
            fate = Fate(LetterState.RETRY, reason=str(error), fault=Fault.ENDING)
        except smtplib.SMTPAuthenticationError as error:
            answer = _Answer(error.smtp_code, error.smtp_error)
            reason = f"{self._name} does not know the user or the password: {answer}"
            fault = Fault.OURS if answer.code in _REFUSED else Fault.SERVER
            fate = Fate(LetterState.RETRY, str(answer), reason, fault)
        except smtplib.SMTPNotSupportedError:
            reason = f"{self._name} offers no way to log in; its port may be another (587, 465)"
            fate = Fate(LetterState.RETRY, reason=reason, fault=Fault.OURS)
        except UnicodeEncodeError:
            reason = f"user and password for {self._name} may only have ASCII letters"
            fate = Fate(LetterState.RETRY, reason=reason, fault=Fault.OURS)
        except ssl.SSLCertVerificationError as error:
            reason = f"the certificate of {self._name} is not valid: {_words(error)}"
            fate = Fate(LetterState.RETRY, reason=reason, fault=Fault.OURS)
        except _Insecure as error:
            fate = Fate(LetterState.RETRY, reason=str(error), fault=Fault.OURS)
        except smtplib.SMTPResponseException as error:
            answer = _Answer(error.smtp_code, error.smtp_error)
            reason = f"{self._name} turns us away: {answer}"
            fault = Fault.OURS if answer.code in _REFUSED else Fault.SERVER
            fate = Fate(LetterState.RETRY, str(answer), reason, fault)
        except (OSError, smtplib.SMTPException) as error:
            reason = f"{self._name} cannot be reached: {_words(error)}"
            fate = Fate(LetterState.RETRY, reason=reason, fault=Fault.SERVER)
        else:
            return self._smtp
        self._drop()
        raise _NotNow(fate)

    def _connected(self) -> Plain:
        host, port = self._parts.hostname or "", self._parts.port
        told = (self._greeting, self._limits, self._ending)
        if self._parts.scheme == "smtps":
            context = ssl.create_default_context()
            return Encrypted(host, port or smtplib.SMTP_SSL_PORT, *told, context)
        smtp = Plain(host, port or smtplib.SMTP_PORT, *told)
        try:
            smtp.ehlo_or_helo_if_needed()
            if smtp.has_extn("starttls"):
                smtp.encrypt(ssl.create_default_context())
        except BaseException:
            smtp.close()
            raise
        return smtp

    def _log_in(self, smtp: Plain) -> None:
        if self._user:
            host = self._parts.hostname
            if not isinstance(smtp.sock, ssl.SSLSocket) and host not in _HERE:
                raise _Insecure(
                    f"{self._name} offers no encryption; the password is not sent to it"
                )
            smtp.login(self._user, self._password)
        smtp.ehlo_or_helo_if_needed()  # what was said before encryption no longer counts

    @property
    def _name(self) -> str:
        port = f":{self._parts.port}" if self._parts.port else ""
        return f"the mail server {line(self._parts.hostname)}{port}"

    def _forget(self, smtp: Plain) -> None:
        """Take the envelope back, so that the next letter starts afresh."""
        try:
            smtp.rset()
        except (OSError, smtplib.SMTPException):
            self._drop()

    def _leave(self) -> None:
        """Say goodbye, and do not wait for long until it is returned."""
        if self._smtp is not None and self._smtp.sock is not None:
            with (
                contextlib.suppress(OSError, smtplib.SMTPException),
                self._smtp.within(min(1.0, self._limits.command), patient=True),
            ):
                self._smtp.quit()
        self._drop()

    def _drop(self) -> None:
        if self._smtp is not None:
            self._smtp.close()
            self._smtp = None


class _NotNow(Exception):  # noqa: N818 - it says what happened
    """Raised within this module when a server cannot be talked to."""

    def __init__(self, fate: Fate) -> None:
        self.fate = fate
        super().__init__(fate.reason)


class _Insecure(Exception):  # noqa: N818 - it says what happened
    """Raised within this module when a password would travel unencrypted."""


class _Closing(smtplib.SMTPException):
    """Raised within this module when a server says that it will hang up (421)."""

    def __init__(self, answer: _Answer) -> None:
        self.answer = answer
        super().__init__(str(answer))


class _Answer:
    """What a server answered; ``status`` is its code of RFC 3463, empty when it gave none."""

    def __init__(self, code: int, words: bytes | str) -> None:
        text = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
        self.code = code
        self._said = shorten(f"{code} {text}", _REPLY)
        self.status = status(self._said)

    def __str__(self) -> str:
        return self._said


def status(reply: str) -> str:
    """Return the status code (RFC 3463) in a reply as it is kept, "" for none: ``5.1.1``."""
    found = _STATUS.match(reply)
    return found[1] if found else ""


def _words(error: Exception) -> str:
    said = str(error) or type(error).__name__
    if isinstance(error.__context__, OSError) and not isinstance(error, Silence):
        said = f"{said} ({error.__context__})"
    return shorten(said, _REPLY)
