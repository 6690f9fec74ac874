"""A browser without a picture: asks the application itself, and fills in the forms of its pages."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlencode, urljoin, urlsplit

import sqlalchemy as sa
from bs4 import BeautifulSoup, Tag
from fastapi.testclient import TestClient
from httpx2 import Response

from alerts.links import Links
from desk.web.app import create_app
from desk.web.door import HEADERS
from storage.domain import Recipient
from storage.recipients import address_key
from storage.settings import Settings
from tests.alerts.world import MONDAY

BASE = "https://bridges.example.org"
SECRET = "s" * 24
SETTINGS = Settings(
    base_url=BASE, secret=SECRET, contact="office@bridges.example.org", mail_to="everybody"
)


@dataclass
class Page:
    """One answer: its status, its words, its forms."""

    response: Response
    html: BeautifulSoup = field(init=False)

    def __post_init__(self) -> None:
        self.html = BeautifulSoup(self.response.text, "lxml")

    @property
    def status(self) -> int:
        return self.response.status_code

    @property
    def language(self) -> str:
        assert self.html.html is not None
        return str(self.html.html["lang"])

    @property
    def text(self) -> str:
        assert self.html.main is not None
        return " ".join(self.html.main.get_text(" ").split())

    @property
    def said(self) -> str:
        found = self.html.find(role="status")
        return found.get_text() if found else ""

    def button(self, words: str) -> tuple[Tag, Tag]:
        """The button with these words, and its form."""
        (one,) = [b for b in self.html.find_all("button") if b.get_text(" ").startswith(words)]
        form = one.find_parent("form")
        assert form is not None
        return one, form


@dataclass
class Visitor:
    """Somebody with a browser, at ``now``."""

    engine: sa.Engine
    now: datetime = MONDAY
    settings: Settings = SETTINGS

    def __post_init__(self) -> None:
        self.app = create_app(self.engine, self.settings, lambda: self.now)
        self.client = TestClient(self.app, base_url=BASE, raise_server_exceptions=False)

    def links(self, who: Recipient, made: datetime = MONDAY) -> Links:
        return Links(BASE, (SECRET,), address_key(who.email), made)

    def get(self, url: str, language: str = "") -> Page:
        return self.seen(self.client.get(url, headers={"Accept-Language": language or "en"}))

    def post(self, url: str, **fields: str) -> Page:
        return self.seen(self.client.post(url, data=fields))

    def press(self, page: Page, words: str, **fields: str) -> Page:
        """Press a button as a browser does: what is chosen in its form is sent along."""
        button, form = page.button(words)
        sent = {
            str(one["name"]): str(one["value"])
            for one in form.find_all("input")
            if one.get("type") == "hidden" or one.has_attr("checked")
        }
        if button.get("name"):
            sent[str(button["name"])] = str(button["value"])
        url = urljoin(str(page.response.url), str(form["action"]))
        assert form["method"] == "post"
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        return self.seen(self.client.post(url, content=urlencode(sent | fields), headers=headers))

    def seen(self, response: Response) -> Page:
        """What holds of every page there is."""
        headers = response.headers
        assert {name: headers[name] for name in HEADERS} == HEADERS
        assert "set-cookie" not in headers
        page = Page(response)
        assert len(response.content) < 20_000
        assert page.language == headers["content-language"]
        assert len(page.html.find_all("h1")) == 1
        assert page.html.title is not None
        assert not page.html.find_all(["script", "img", "iframe"])
        assert not page.html.find_all(style=True)
        for link in page.html.find_all(["a", "link"]):
            assert urlsplit(str(link["href"])).scheme in {"", "http", "https"}
        for one in page.html.find_all("input"):
            known = one["type"] == "hidden" or one.find_parent("label")
            assert known or page.html.find("label", attrs={"for": one.get("id")}), one
        return page
