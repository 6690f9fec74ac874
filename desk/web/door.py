"""Every request comes in here: too much is refused, and every answer gets its strict headers."""

from __future__ import annotations

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MOST = 16_000
"""Bytes a request may bring; our largest form has some hundreds."""

LONGEST = 2_000
"""Characters of a path; our longest link has some hundreds."""

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; form-action 'self';"
    " base-uri 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex, nofollow",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
"""What every answer says, unless it says otherwise itself."""


class Door:
    """Stands around the whole application; a body that proves too large ends as HTTPException 413.

    ``root`` is the path under which a reverse proxy shows it, which may still be there or not.
    """

    def __init__(self, app: ASGIApp, root: str = "") -> None:
        self.app = app
        self.root = root

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def strict(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        said = Headers(scope=scope).get("content-length", "0")
        if not said.isdecimal() or int(said) > MOST:
            await PlainTextResponse("Too much.", 413)(scope, receive, strict)
            return
        if len(scope["path"]) > LONGEST:
            await PlainTextResponse("Not one of our addresses.", 404)(scope, receive, strict)
            return
        came = 0

        async def counted() -> Message:
            nonlocal came
            message = await receive()
            came += len(message.get("body", b""))
            if came > MOST:
                raise HTTPException(413)
            return message

        await self.app({**scope, "root_path": self.root}, counted, strict)
