"""The register of faults by name, for tests that go through all of them."""

from __future__ import annotations

import inspect

from tests.portal import row_faults as rows
from tests.portal import wire_faults as wire
from tests.portal.fault import Entered, Expect, Fault


def _enter(
    fault: type[Fault],
    expect: Expect | None = None,
    *,
    first: int | None = None,
    page: int | None = None,
    type: str | None = None,  # noqa: A002  (the portal's word)
) -> Entered:
    about = " ".join((inspect.getdoc(fault) or "").split())
    return Entered(fault, expect or fault.expect, about, first, page, type)


FAULTS: dict[str, Entered] = {
    # copies and traces of records
    "stale_copies": _enter(rows.StaleCopies),
    "closed_rows": _enter(rows.ClosedRows),
    "news": _enter(rows.News),
    "translations": _enter(rows.Translations),
    "stubs_before": _enter(rows.StubsBefore),
    "stubs_after": _enter(rows.StubsAfter),
    "stubs_first": _enter(rows.StubsFirst),
    "stubs_alone": _enter(rows.StubsAlone),
    "same_document_twice": _enter(rows.SameDocumentTwice),
    "two_dates": _enter(rows.TwoDates),
    "nameless_row": _enter(rows.NamelessRow),
    # a filter ignored
    "filter_ignored": _enter(rows.FilterIgnored),
    "filter_ignored_whole_index": _enter(rows.WholeIndex),
    "filter_ignored_status": _enter(rows.StatusIgnored),
    "filter_ignored_source": _enter(rows.SourceIgnored),
    "filter_ignored_language": _enter(rows.LanguageIgnored),
    "filter_ignored_type": _enter(rows.TypeIgnored),
    "filter_ignored_page_2": _enter(rows.FilterIgnored, page=2),
    "filter_ignored_type_8": _enter(rows.FilterIgnored, type="8"),
    "filter_ignored_once": _enter(rows.FilterIgnored, Expect.EITHER, first=1),
    # pages and counts
    "pages_swap": _enter(rows.PagesSwap),
    "pages_swap_once": _enter(rows.PagesSwapOnce),
    "numbers_swap": _enter(rows.NumbersSwap, type="2"),
    "order_ignored": _enter(rows.OrderIgnored),
    "order_leaves_out": _enter(rows.OrderLeavesOut),
    "total_changes": _enter(rows.TotalChanges),
    "total_changes_once": _enter(rows.TotalChangesOnce, first=1, page=2),
    "short_scan": _enter(rows.ShortScan),
    "short_scan_once": _enter(rows.ShortScan, Expect.EXACT, first=4, type="1"),
    "short_page": _enter(rows.ShortPage, page=2),
    "short_page_once": _enter(rows.ShortPage, Expect.EXACT, first=1, page=2),
    "empty": _enter(rows.Empty),
    "empty_type_8": _enter(rows.Empty, Expect.LOUD, type="8"),
    "empty_page_2": _enter(rows.CountedButEmpty, Expect.LOUD, page=2),
    "counted_but_empty": _enter(rows.CountedButEmpty),
    "wrong_echo": _enter(rows.WrongEcho),
    "page_ignored": _enter(rows.PageIgnored),
    "smaller_pages": _enter(rows.SmallerPages),
    # other shapes
    "conditions_dropped": _enter(rows.ConditionsDropped),
    "other_version": _enter(rows.OtherVersion),
    "scalars": _enter(rows.Scalars),
    "no_number": _enter(rows.NoNumber),
    "no_results": _enter(wire.NoResults),
    "no_results_page_2": _enter(wire.NoResults, Expect.LOUD, page=2),
    "null_results": _enter(wire.NullResults),
    "odd_results": _enter(wire.OddResults),
    "error_object": _enter(wire.ErrorObject),
    "error_object_first_2": _enter(wire.ErrorObject, Expect.EITHER, first=2),
    "byte_order_mark": _enter(wire.ByteOrderMark),
    # statuses
    "error_500": _enter(wire.ServerError),
    "error_500_first_2": _enter(wire.ServerError, Expect.EXACT, first=2),
    "error_500_page_3": _enter(wire.ServerError, Expect.LOUD, page=3),
    "error_502_first_2": _enter(wire.BadGateway, Expect.EXACT, first=2),
    "forbidden": _enter(wire.Forbidden),
    "too_many": _enter(wire.TooMany),
    "too_many_first_2": _enter(wire.TooMany, Expect.EXACT, first=2),
    "too_many_until_first_1": _enter(wire.TooManyUntil, Expect.EXACT, first=1),
    "too_many_today": _enter(wire.TooManyToday),
    "redirected": _enter(wire.Redirected),
    # bytes and connections
    "cut_short": _enter(wire.CutShort),
    "cut_short_first_2": _enter(wire.CutShort, Expect.EXACT, first=2),
    "cut_json": _enter(wire.CutJson),
    "cut_json_first_2": _enter(wire.CutJson, Expect.EXACT, first=2),
    "no_body": _enter(wire.NoBody),
    "compressed": _enter(wire.Compressed),
    "cut_compressed": _enter(wire.CutCompressed),
    "cut_compressed_first_2": _enter(wire.CutCompressed, Expect.EXACT, first=2),
    "bomb": _enter(wire.Bomb),
    "huge": _enter(wire.Huge),
    "dropped": _enter(wire.Dropped),
    "dropped_first_2": _enter(wire.Dropped, Expect.EXACT, first=2),
    "dead": _enter(wire.Dead),
    "slow": _enter(wire.Slow),
    "stalled": _enter(wire.Stalled),
    "stalled_first_1": _enter(wire.Stalled, Expect.EXACT, first=1),
    # pages for people
    "maintenance": _enter(wire.Maintenance),
    "maintenance_first_2": _enter(wire.Maintenance, Expect.EITHER, first=2),
    "maintenance_page_2": _enter(wire.Maintenance, Expect.LOUD, page=2),
    "maintenance_as_json": _enter(wire.MaintenanceAsJson),
    # robots.txt
    "robots_forbid": _enter(wire.RobotsForbid),
    "robots_error": _enter(wire.RobotsError),
    "robots_missing": _enter(wire.RobotsMissing),
    "robots_page": _enter(wire.RobotsPage),
}
"""Every fault by name, with what a harvest has to make of it (``expect``)."""
