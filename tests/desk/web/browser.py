"""A real browser without scripts, driven over Chromium's own protocol."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import itertools
import os
import re
import shutil
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
WAIT = 30.0


@dataclass
class Browser:
    """One tab. ``ask`` sends a command of the DevTools protocol and returns its result."""

    socket: aiohttp.ClientWebSocketResponse
    numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))
    events: list[dict[str, Any]] = field(default_factory=list)

    async def ask(self, method: str, **params: Any) -> Any:
        number = next(self.numbers)
        await self.socket.send_json({"id": number, "method": method, "params": params})
        while True:
            told = await asyncio.wait_for(self.socket.receive_json(), WAIT)
            if told.get("id") == number:
                assert "error" not in told, (method, told)
                return told["result"]
            self.events.append(told)

    async def loaded(self) -> None:
        """Wait until a page that was asked for is there."""
        while not any(one["method"] == "Page.loadEventFired" for one in self.events):
            self.events.append(await asyncio.wait_for(self.socket.receive_json(), WAIT))
        self.events.clear()

    async def open(self, url: str) -> str:
        self.events.clear()
        await self.ask("Page.navigate", url=url)
        await self.loaded()
        return await self.html()

    async def html(self) -> str:
        root = (await self.ask("DOM.getDocument"))["root"]["nodeId"]
        return str((await self.ask("DOM.getOuterHTML", nodeId=root))["outerHTML"])

    async def click(self, selector: str) -> None:
        """Click in the middle of what a selector finds, as a hand would."""
        root = (await self.ask("DOM.getDocument"))["root"]["nodeId"]
        node = (await self.ask("DOM.querySelector", nodeId=root, selector=selector))["nodeId"]
        assert node, selector
        await self.ask("DOM.scrollIntoViewIfNeeded", nodeId=node)
        box = (await self.ask("DOM.getBoxModel", nodeId=node))["model"]["content"]
        place = {"x": (box[0] + box[4]) / 2, "y": (box[1] + box[5]) / 2}
        for kind in ("mousePressed", "mouseReleased"):
            await self.ask(
                "Input.dispatchMouseEvent", type=kind, button="left", clickCount=1, **place
            )

    async def press(self, selector: str) -> str:
        """Click a button that leads to another page, and return that page."""
        self.events.clear()
        await self.click(selector)
        await self.loaded()
        return await self.html()

    async def picture(self, width: int, *, dark: bool = False) -> bytes:
        """The whole page as it looks on a screen of so many pixels, as PNG."""
        scheme = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
        await self.ask("Emulation.setEmulatedMedia", features=scheme)
        size = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": width < 600}
        await self.ask("Emulation.setDeviceMetricsOverride", **size)
        shot = await self.ask("Page.captureScreenshot", captureBeyondViewport=True)
        return base64.b64decode(shot["data"])


@contextlib.asynccontextmanager
async def browser() -> AsyncIterator[Browser]:
    """A browser of its own, in which no page may run a script."""
    assert CHROMIUM is not None
    home = Path(tempfile.mkdtemp(prefix="bridges-browser-"))
    process = await asyncio.create_subprocess_exec(
        CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run",
        "--log-level=3", "--disable-background-networking", "--disable-component-update",
        "--disable-sync",
        "--remote-debugging-port=0", f"--user-data-dir={home}", "about:blank",
        env={**os.environ, "HOME": str(home)},
        stderr=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        assert process.stderr is not None
        port = await asyncio.wait_for(_port(process.stderr), WAIT)
        async with aiohttp.ClientSession() as session:
            async with session.get(f"http://127.0.0.1:{port}/json") as answer:
                tab = next(one for one in await answer.json() if one["type"] == "page")
            async with session.ws_connect(tab["webSocketDebuggerUrl"], max_msg_size=0) as socket:
                made = Browser(socket)
                await made.ask("Page.enable")
                await made.ask("Emulation.setScriptExecutionDisabled", value=True)
                yield made
    finally:
        process.terminate()
        await process.wait()
        shutil.rmtree(home, ignore_errors=True)


async def _port(said: asyncio.StreamReader) -> int:
    """Read where the browser listens from what it says when it starts."""
    async for line in said:
        if found := re.search(rb"DevTools listening on ws://127\.0\.0\.1:(\d+)/", line):
            return int(found[1])
    raise AssertionError("the browser ended before it listened")
