"""The portal's external actions state conditions only in attached files, which are read too."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from crawler.reading.attached import attached
from desk.demo.guidelines import guidelines
from desk.demo.portal import PortalSite
from desk.demo.portal_records import calls as invented
from desk.demo.portal_records import records
from desk.demo.shapes import PUBLISHED_CALLS
from spiders.eu_portal import EuPortal
from storage import calls
from storage.database import open_database
from storage.domain import Outcome
from tests.spiders.harvesting import harvest

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)


def words(database: Path) -> dict[str, dict[str, Any]]:
    """The stored words of every call, by reference."""
    engine = open_database(f"sqlite:///{database}")
    with engine.connect() as connection:
        found = {one.reference: one.raw["words"] for one in calls.stored_words(connection)}
    engine.dispose()
    return found


def test_the_guidelines_of_external_actions_are_kept_with_their_words(tmp_path: Path) -> None:
    database = tmp_path / "calls.db"
    site = PortalSite(records(NOW), files=guidelines(NOW))
    with site.serve() as url:
        first = harvest(database, url, NOW, EuPortal)
        assert (first.outcome, first.unreadable) == (Outcome.OK, {})
        assert site.requests[PUBLISHED_CALLS] == len(guidelines(NOW)) > 3
        found = words(database)
        (call,) = (one for name, one in found.items() if "191204" in name)
        (page,) = attached(call)
        assert page.place == "Guidelines for grant applicants"
        (own,) = (one for one in invented("external") if one["number"] == 191204)
        for block in own["guidelines"]:
            if isinstance(block, str):
                assert block.partition("{")[0] in page.text
        assert not [name for name, one in found.items() if one["type"] == "1" and "attached" in one]

        next_day = harvest(database, url, NOW + timedelta(days=1), EuPortal)
        assert (next_day.new, next_day.changed) == (0, 0)
        assert site.requests[PUBLISHED_CALLS] == len(guidelines(NOW))
        next_week = harvest(database, url, NOW + timedelta(days=8), EuPortal)
        assert next_week.changed == 0
        asked = [one for one in site.seen if "if-none-match" in one.headers]
        assert len(asked) == len(guidelines(NOW))
        assert words(database) == found


def test_a_portal_without_the_files_loses_nothing(tmp_path: Path) -> None:
    with PortalSite(records(NOW)).serve() as url:
        found = harvest(tmp_path / "calls.db", url, NOW, EuPortal)
    assert (found.outcome, found.complete) == (Outcome.OK, True)
    assert found.unreadable == {"documents": len(guidelines(NOW))}
