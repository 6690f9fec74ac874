"""Makes the web application of the desk: its routers, its door, and how mistakes are shown."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files
from urllib.parse import urlsplit

import sqlalchemy as sa
from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter, RateLimiter
from starlette.exceptions import HTTPException

from desk.web import answering, calls, subscribing, suiting
from desk.web.door import Door
from desk.web.pages import Trouble, trouble_page
from storage.errors import DatabaseUnavailable
from storage.settings import Settings, secret_keys

log = logging.getLogger(__name__)

ROUTERS: tuple[APIRouter, ...] = (
    answering.router,
    subscribing.router,
    calls.router,
    suiting.router,
)


@dataclass(frozen=True, slots=True)
class Place:
    """What every page stands on, found as ``request.app.state.place``."""

    engine: sa.Engine
    settings: Settings
    secrets: tuple[str, ...]
    clock: Callable[[], datetime]
    root: str
    limiter: RateLimiter


def create_app(
    engine: sa.Engine,
    settings: Settings,
    clock: Callable[[], datetime],
    *,
    more: Sequence[APIRouter] = (),
) -> Door:
    """Return the application; ``clock`` tells the time (aware), ``more`` are further routers.

    ``BRIDGES_BASE_URL`` is where a reverse proxy shows it; a path in it may be cut off on the way
    or not. Nothing is kept between two requests but how often somebody came with links that are
    not ours.
    """
    root = urlsplit(settings.base_url).path.rstrip("/")
    app = FastAPI(title="Bridges of Trust", docs_url=None, redoc_url=None, openapi_url=None)
    app.state.place = Place(engine, settings, secret_keys(settings), clock, root, _limiter())
    for router in (*ROUTERS, *more):
        app.include_router(router)
    app.add_api_route("/style.css", _style, methods=["GET", "HEAD"])
    app.add_api_route("/robots.txt", _robots, methods=["GET", "HEAD"])
    app.add_exception_handler(Trouble, trouble_page)
    app.add_exception_handler(HTTPException, _told)
    app.add_exception_handler(RequestValidationError, _not_understood)
    app.add_exception_handler(DatabaseUnavailable, _unavailable)
    app.add_exception_handler(Exception, _unforeseen)
    return Door(app, root)


def _limiter() -> RateLimiter:
    return FixedWindowRateLimiter(MemoryStorage())


def _style() -> Response:
    body = files("desk.web").joinpath("style.css").read_text(encoding="utf-8")
    return Response(body, media_type="text/css", headers={"Cache-Control": "max-age=3600"})


def _robots() -> Response:
    return Response("User-agent: *\nDisallow: /\n", media_type="text/plain")


def _told(request: Request, error: Exception) -> Response:
    """Show a status that the framework answered with, in words."""
    status = error.status_code if isinstance(error, HTTPException) else 500
    kind = {404: "not_found", 405: "not_found", 413: "too_much"}.get(status, "not_understood")
    return trouble_page(request, Trouble(kind, status))


def _not_understood(request: Request, _: Exception) -> Response:
    return trouble_page(request, Trouble("not_understood", 400))


def _unavailable(request: Request, error: Exception) -> Response:
    log.error("a page could not be shown: %s", error)
    return trouble_page(request, Trouble("unavailable", 503))


def _unforeseen(request: Request, _: Exception) -> Response:
    return trouble_page(request, Trouble("unavailable", 500))
