"""What a story of digests does week by week: build what is due, and look at what a letter tells."""

from __future__ import annotations

from datetime import datetime

from alerts.digest import build_digest
from alerts.nouns import Digest
from alerts.outbox import build_due
from storage.domain import Partnership, Recipient
from storage.settings import Settings
from tests.alerts.world import MONDAY, OLENA, PORTAL, TOWNS, World

SETTINGS = Settings(
    base_url="https://bridges.example.org", contact="office@bridges.example.org", mail="outbox"
)


def run(world: World, now: datetime = MONDAY) -> list[str]:
    """One run of building what is due; returns the subjects of the letters it wrote."""
    built = build_due(world.engine, SETTINGS, now, known_sources=[PORTAL])
    return [subject for _, subject in built.written]


def look(
    world: World,
    now: datetime = MONDAY,
    recipient: Recipient = OLENA,
    *towns: Partnership,
    limit: int = 15,
) -> Digest:
    with world.engine.begin() as connection:
        return build_digest(
            connection, recipient, towns or (TOWNS,), now, limit=limit, known_sources=[PORTAL]
        )


def new(digest: Digest) -> list[str]:
    return [offer.call.reference for section in digest.sections for offer in section.new]
