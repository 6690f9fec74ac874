"""A real mail server on this computer that does what a test wants of it."""

from __future__ import annotations

import asyncio
import contextlib
import email
import socket
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import default

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tests.alerts.closing import close


@dataclass
class Mailbox:
    """Keeps what it takes; ``rcpt`` and ``data`` may answer something else than yes."""

    rcpt: Callable[[str], str] = lambda _: "250 OK"
    data: Callable[[EmailMessage], str] = lambda _: "250 kept as number 7"
    taken: list[EmailMessage] = field(default_factory=list)
    envelopes: list[Envelope] = field(default_factory=list)
    users: list[tuple[bytes, bytes]] = field(default_factory=list)
    logins: list[tuple[bytes, bytes]] = field(default_factory=list)
    tls: ssl.SSLContext | None = None
    at_once: bool = False  # encrypted from the first byte (smtps), not on request (STARTTLS)
    utf8: bool = False  # takes addresses with letters beyond ASCII (SMTPUTF8)
    port: int = 0
    peers: set[object] = field(default_factory=set)  # the connections letters came over

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self,
        server: SMTP,  # noqa: ARG002
        session: Session,  # noqa: ARG002
        envelope: Envelope,
        address: str,
        options: list[str],  # noqa: ARG002
    ) -> str:
        answer = self.rcpt(address)
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name
        self,
        server: SMTP,  # noqa: ARG002
        session: Session,
        envelope: Envelope,
    ) -> str:
        self.peers.add(session.peer)
        content = envelope.content
        assert isinstance(content, bytes)
        message = email.message_from_bytes(content, policy=default)
        assert isinstance(message, EmailMessage)
        answer = self.data(message)
        if answer.startswith("250"):
            self.taken.append(message)
            self.envelopes.append(envelope)
        return answer

    def login(
        self,
        server: SMTP,  # noqa: ARG002
        session: Session,  # noqa: ARG002
        envelope: Envelope,  # noqa: ARG002
        mechanism: str,  # noqa: ARG002
        said: object,
    ) -> AuthResult:
        assert isinstance(said, LoginPassword)
        self.logins.append((said.login, said.password))
        return AuthResult(success=(said.login, said.password) in self.users, handled=False)


class _Controller(Controller):
    """Stops with no connection left open; aiosmtpd's own leaves those that still talk."""

    def __init__(self, handler: Mailbox, **wishes: object) -> None:
        self.talking: list[SMTP] = []
        super().__init__(handler, **wishes)

    def factory(self) -> SMTP:
        one: SMTP = super().factory()
        self.talking.append(one)
        return one

    async def hang_up(self) -> None:
        assert self.server is not None
        await close([self.server], lambda: [one.transport for one in self.talking])


@contextlib.contextmanager
def serving(mailbox: Mailbox) -> Iterator[Mailbox]:
    mailbox.port = mailbox.port or free_port()
    controller = _Controller(
        mailbox,
        hostname="127.0.0.1",
        port=mailbox.port,
        authenticator=mailbox.login,
        auth_require_tls=mailbox.tls is not None and not mailbox.at_once,
        auth_required=bool(mailbox.users) and mailbox.tls is not None and not mailbox.at_once,
        tls_context=None if mailbox.at_once else mailbox.tls,
        ssl_context=mailbox.tls if mailbox.at_once else None,
        enable_SMTPUTF8=mailbox.utf8,
    )
    controller.start()
    try:
        yield mailbox
    finally:
        asyncio.run_coroutine_threadsafe(controller.hang_up(), controller.loop).result(10)
        controller.stop()


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port
