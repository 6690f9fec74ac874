"""The steps' own work: linking, comparing, writing letters, sending them, looking at ourselves.

It is apart from ``alerts.steps`` because it needs models, templates and catalogues: the scheduler,
which only asks what is due, loads none of them.
"""

from __future__ import annotations

import logging
from datetime import timedelta

import sqlalchemy as sa

from alerts import due
from alerts.audience import audience
from alerts.linking import link_new
from alerts.outbox import BEING_WRITTEN, build_due, deliver
from alerts.selfcheck import check_ourselves
from alerts.steps import Report, Tools, to_match, turns_now
from classifier.matching import USUAL, run_matching
from storage import figures, work
from storage.correspondence import prune
from storage.database import reading
from storage.letters import LetterState

log = logging.getLogger(__name__)


def link(tools: Tools) -> Report:
    with reading(tools.engine) as connection:
        mark = work.calls_mark(connection)  # before: what comes meanwhile is linked next time
    linked = link_new(tools.engine, tools.clock())
    return Report(did={"together": linked.together, "apart": linked.apart}, mark=mark)


def match(tools: Tools) -> Report:
    with reading(tools.engine) as connection:
        wanted = to_match(tools, connection)
        every = work.partnership_marks(connection)
    only = None if len(wanted) == len(every) else sorted(wanted)
    outcomes = run_matching(tools.engine, tools.clock(), only, means=tools.means or USUAL)
    with tools.engine.begin() as connection:
        for name, mark in wanted.items():
            work.done(connection, due.match_name(name), tools.clock(), mark=mark)
    found = sum(one.run.matched for one in outcomes)
    return Report(did={"partnerships": len(outcomes), "matches": found})


def write_letters(tools: Tools) -> Report:
    now = tools.clock()
    with reading(tools.engine) as connection:
        turns = turns_now(tools, connection)
    built = build_due(
        tools.engine,
        tools.settings,
        now,
        known_sources=tools.sources,
        turn=lambda one, _written, _now: one.key in turns.digests,
    )
    again = {one.address for one in built.failed}
    again |= {one.address for one in built.skipped if one.why == BEING_WRITTEN}
    with tools.engine.begin() as connection:
        for key, (one, mark) in turns.digests.items():
            if one.recipient.email not in again:
                work.done(connection, due.letters_name(key), now, mark=mark)
        _forget(connection)
    did = {"letters": len(built.written)}
    if built.failed:
        reason = f"{len(built.failed)} letters could not be written: {built.failed[0].why}"
        return Report(ok=False, reason=reason, did=did)
    return Report(did=did, mark=turns.mark)


def _forget(connection: sa.Connection) -> None:
    """Remove the marks of partnerships and addresses that are gone."""
    known = work.all_work(connection)
    partnerships = work.partnership_marks(connection)
    keys = [one.key for one in audience(connection)[0]]
    work.forget(connection, due.stale_names(known, partnerships, keys))


def send(tools: Tools) -> Report:
    with tools.engine.begin() as connection:
        if mended := figures.mend_times(connection, tools.clock()):
            log.warning("%s letters were put off by a clock that was wrong; they go now", mended)
        newest = figures.newest_letter(connection)
    tried = deliver(tools.engine, tools.settings, tools.clock(), ending=tools.stop)
    sent = sum(one.fate.state is LetterState.SENT for one in tried)
    for one in tried:
        if one.fate.state is not LetterState.SENT:
            reason = one.fate.reason.replace(one.posted.letter.address, "the address")
            log.warning("letter %s: %s: %s", one.posted.id, one.fate.state.value, reason)
    did = {"sent": sent, "not_sent": len(tried) - sent}
    return Report(did=did, mark="" if tried else newest)


def check(tools: Tools) -> Report:
    checked = check_ourselves(
        tools.engine, tools.settings, tools.clock(), known_sources=tools.sources
    )
    with tools.engine.begin() as connection:  # once a day: texts of old letters are forgotten
        forgotten = prune(connection, tools.clock(), timedelta(days=tools.settings.keep_letters))
    did = {"found": checked.found, "mended": checked.mended, "open": checked.open}
    return Report(did=did | {"forgotten": forgotten} if forgotten else did)
