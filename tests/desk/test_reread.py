"""``bridges calls reread``: what a better reader makes of stored words."""

from __future__ import annotations

from dataclasses import replace

import pytest

from crawler.raw import RawCall
from crawler.reading import read
from storage import calls as kept
from storage.database import open_database
from storage.domain import Reading
from tests.desk.making import NOW, House, single

RAW = RawCall(
    source="eu_portal",
    reference="LIFE-2027-WATER",
    title="Water",
    reader="portal",
    kind="grant",
    words={"type": "1", "deadlines": ["2027-01-05T00:00:00.000+0000"]},
)


@pytest.fixture
def misread(house: House) -> House:
    """A house whose only call was read by an earlier reader, who took another day."""
    reading = read(RAW)
    earlier = Reading(replace(reading.call, deadlines=(single(3),)), "earlier")
    engine = open_database(house.url)
    with engine.begin() as connection:
        kept.keep(
            connection, earlier, raw=RAW.to_json(), digest=RAW.digest(), now=NOW, harvest=None
        )
    engine.dispose()
    return house


def test_a_dry_run_changes_nothing(misread: House) -> None:
    for _ in range(2):
        told = misread.answer("calls", "reread", "--dry-run")
        assert "1 call read again; 1 would be corrected." in told
        assert "eu_portal:LIFE-2027-WATER" in told
        assert "Wed 25 Nov 2026 17:00 Brussels → Tue 5 Jan 2027 17:00 Brussels" in told


def test_a_better_reading_is_our_correction(misread: House) -> None:
    (told,) = misread.lines("calls", "reread", "--json")
    assert told["call"] == "eu_portal:LIFE-2027-WATER"
    assert [(one["field"], one["cause"]) for one in told["changes"]] == [("deadlines", "reader")]
    page = misread.answer("calls", "show", told["call"], "--history", columns=120)
    assert "version 1: our correction" in page
    assert "nothing to do" in misread.answer("calls", "reread")


def test_words_no_reader_understands_are_named_and_stay(misread: House) -> None:
    engine = open_database(misread.url)
    strange = replace_reader(RAW, "none of ours")
    with engine.begin() as connection:
        call = kept.get(connection, "eu_portal:LIFE-2027-WATER")
        reading = Reading(replace(call, reference="LIFE-2027-OTHER"), "earlier")
        kept.keep(connection, reading, raw=strange, digest="d", now=NOW, harvest=None)
    engine.dispose()
    result = misread.ask("calls", "reread")
    assert result.exit_code == 1
    assert "LIFE-2027-OTHER could not be read again and stays as it is" in result.stderr
    assert "1 were corrected" in result.stdout


def replace_reader(raw: RawCall, reader: str) -> dict[str, object]:
    return raw.to_json() | {"reference": "LIFE-2027-OTHER", "reader": reader}
