"""One question about calls: it knows its SQL, its flags on the command line and its sentence."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Literal

import sqlalchemy as sa

from storage.asking import calls_by_id
from storage.codes import check_country, country_of
from storage.conditions import (
    all_words,
    applicant_may,
    country_may,
    of_programme,
    region_may,
    title_has,
)
from storage.domain import ApplicantType, Call, Kind, Status
from storage.errors import BadInput, NotFound, nearest, shown
from storage.fields import can_be_kept
from storage.schema import calls, matches, partnerships, status_spans
from storage.status import BEGINNING

Sort = Literal["deadline", "relevance", "new"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CallQuery:
    """A question; all its conditions hold together, and an empty one asks for everything.

    An opportunity is found once, as the record that leads it; only ``source`` asks for records of
    that source, whether they lead or not.

    ``status``: ``open`` includes ``closing``, for a closing call is still open.
    ``country``, ``applicant`` and ``region`` leave out a call only when it says so: by a criterion
    that excludes the value, or by a closed list of allowed ones without it. What a call does not
    say never counts against it. A region counts against a list only where the list names regions
    of the same country in the same code; its country counts as ``country`` does.
    ``closing_within`` finds calls whose next deadline has a known moment. ``new_since`` is that day
    at midnight UTC. ``partnership`` keeps the calls matched to it. ``programme`` is a code or words
    of a name. ``limit`` 0 means all.
    """

    words: str = ""
    status: tuple[Status, ...] = ()
    programme: str | None = None
    country: str | None = None
    applicant: ApplicantType | None = None
    region: str | None = None
    closing_within: timedelta | None = None
    new_since: date | None = None
    partnership: str | None = None
    source: str | None = None
    kind: Kind | None = None
    sort: Sort = "deadline"
    limit: int = 50

    def __post_init__(self) -> None:
        """Refuse what can only be a mistake (BadInput)."""
        try:
            check_country(self.country)
            if self.region is not None:
                country_of(self.region)
        except ValueError as error:
            asked = self.country if self.region is None else self.region
            raise BadInput(f"expected {error}, got {asked!r}") from error
        for name in ("source", "partnership"):
            if not can_be_kept(getattr(self, name) or ""):
                raise BadInput(f"expected the name of a {name}, got {shown(getattr(self, name))}")
        if self.limit < 0:
            raise BadInput(f"expected a limit of 0 (all) or more, got {self.limit}")

    def find(self, connection: sa.Connection, now: datetime) -> list[Call]:
        """Return the calls that answer the question at ``now``, in its order."""
        self._check_partnership(connection)
        order = [key.desc() if down else key for key, down in self._order()]
        query = self._select(connection, now, status_spans.c.call_id).order_by(*order)
        if self.limit:
            query = query.limit(self.limit)
        ids = list(connection.scalars(query))
        return calls_by_id(connection, ids)

    def page(self, connection: sa.Connection, now: datetime) -> tuple[list[Call], int]:
        """Return what ``find`` and ``count`` do, going through the calls once for both."""
        self._check_partnership(connection)
        keys = [(key.label(f"key_{at}"), down) for at, (key, down) in enumerate(self._order())]
        columns = [status_spans.c.call_id, *(key for key, _ in keys)]
        answers = self._select(connection, now, *columns).cte("answers")
        total = sa.select(sa.func.count()).select_from(answers).scalar_subquery()
        order = [answers.c[key.name].desc() if down else answers.c[key.name] for key, down in keys]
        query = sa.select(answers.c.call_id, total.label("total")).order_by(*order)
        rows = connection.execute(query.limit(self.limit) if self.limit else query).all()
        found = calls_by_id(connection, [row.call_id for row in rows])
        return found, rows[0].total if rows else 0

    def count(self, connection: sa.Connection, now: datetime) -> int:
        """Return how many calls answer the question, whatever the limit."""
        self._check_partnership(connection)
        return connection.scalar(self._select(connection, now, sa.func.count())) or 0

    def flags(self) -> list[str]:
        """Return the arguments of ``bridges calls find`` that ask the same."""
        found = [self.words] if self.words else []
        for status in self.status:
            found += ["--status", status.value]
        for name in ("programme", "country", "applicant", "region"):
            if value := getattr(self, name):
                found += [f"--{name}", str(value)]
        if self.closing_within is not None:
            found += ["--closing-within", _span(self.closing_within)]
        if self.new_since is not None:
            found += ["--new-since", self.new_since.isoformat()]
        for name in ("partnership", "source", "kind"):
            if value := getattr(self, name):
                found += [f"--{name}", str(value)]
        if self.sort != "deadline":
            found += ["--sort", self.sort]
        if self.limit != _LIMIT:
            found += ["--limit", str(self.limit)]
        return found

    def sentence(self) -> str:
        """Return the question in plain words, without a full stop.

        "Open grant calls for applicants from UA (not known to exclude them) closing within
        30 days, by deadline".
        """
        return " ".join(self._phrases()) + f", {_ORDERS[self.sort]}"

    def _phrases(self) -> list[str]:
        kind = f"{self.kind.value.replace('_', ' ')} " if self.kind else ""
        status = _or([one.value for one in self.status])
        said = [f"{status} {kind}calls".strip().capitalize()]
        if self.words:
            said.append(f"with the words “{self.words}”")
        if self.programme:
            said.append(f"of the programme {self.programme}")
        if self.source:
            said.append(f"from the source {self.source}")
        if who := self._applicants():
            said.append(f"{who} (not known to exclude them)")
        if self.partnership:
            said.append(f"matched to the partnership {self.partnership}")
        if self.closing_within is not None:
            said.append(f"closing within {_plain_span(self.closing_within)}")
        if self.new_since is not None:
            said.append(f"first seen since {self.new_since.isoformat()}")
        return said

    def _applicants(self) -> str:
        if not (self.applicant or self.country or self.region):
            return ""
        who = f"of the type {self.applicant.replace('_', ' ')}" if self.applicant else ""
        places = [place for place in (self.region, self.country) if place]
        where = f"from {' in '.join(places)}" if places else ""
        return " ".join(part for part in ("for applicants", who, where) if part)

    def _select(
        self, connection: sa.Connection, now: datetime, *columns: Any
    ) -> sa.Select[*tuple[Any, ...]]:
        query = (
            sa.select(*columns)
            .select_from(status_spans)
            .where(
                status_spans.c.starts <= now,
                status_spans.c.ends > now,
                *self._conditions_on_time(now),
            )
        )
        if self.words.strip():
            query = query.where(
                all_words(self.words, connection.dialect.name, leading=not self.source)
            )
        wanted, possible = list(self._wanted()), list(self._possible())
        if self.partnership is None and self.sort == "deadline":
            # The spans know the order: they are only asked for fewer calls, which is faster than
            # looking every call up. Few are wanted of a kind; few are known not to be possible.
            chosen = sa.select(calls.c.id).correlate(None)
            if wanted:
                query = query.where(status_spans.c.call_id.in_(chosen.where(*wanted)))
            if possible:
                barred = chosen.where(sa.not_(sa.and_(*possible)))
                query = query.where(status_spans.c.call_id.not_in(barred))
            return query
        query = query.join(calls, calls.c.id == status_spans.c.call_id)
        query = query.where(*wanted, *possible)
        if self.partnership is not None:
            matched = sa.and_(
                matches.c.opportunity == calls.c.opportunity,
                matches.c.partnership == self.partnership,
            )
            query = query.join(matches, matched)
        return query

    def _possible(self) -> Iterator[sa.ColumnElement[bool]]:
        """What a call must not be known to exclude: true for most calls, which say nothing."""
        if self.country:
            yield country_may(self.country)
        if self.applicant:
            yield applicant_may(self.applicant)
        if self.region:
            yield country_may(country_of(self.region))
            yield region_may(self.region)

    def _wanted(self) -> Iterator[sa.ColumnElement[bool]]:
        """What a call must be."""
        if self.programme:
            yield of_programme(self.programme)
        if self.source:
            yield calls.c.source == self.source
        if self.kind:
            yield calls.c.kind == self.kind.value
        if self.new_since is not None:
            yield calls.c.first_seen >= datetime.combine(self.new_since, time(), tzinfo=UTC)

    def _conditions_on_time(self, now: datetime) -> Iterator[sa.ColumnElement[bool]]:
        if not self.source:
            yield sa.not_(_FOLLOWS)
        if self.status:
            yield self._stands()
        if self.closing_within is not None:
            yield status_spans.c.deadline <= now + self.closing_within
            yield sa.not_(_WITHDRAWN)

    def _stands(self) -> sa.ColumnElement[bool]:
        wanted = set(self.status)
        if Status.OPEN in wanted:
            wanted.add(Status.CLOSING)
        dated = sorted(one.value for one in wanted - {Status.WITHDRAWN})
        stands = sa.and_(status_spans.c.status.in_(dated), sa.not_(_WITHDRAWN))
        return sa.or_(stands, _WITHDRAWN) if Status.WITHDRAWN in wanted else stands

    def _order(self) -> list[tuple[sa.ColumnElement[Any], bool]]:
        """Return the keys of the order, each with whether it descends.

        By deadline means the next one first, then calls without a date, then what is over, the
        latest first, and what was withdrawn. Calls alike in it stay in the order they came in.
        """
        number = (status_spans.c.call_id, False)
        if self.sort == "new":
            return [(calls.c.first_seen, True), number]
        closed = status_spans.c.status == Status.CLOSED.value
        deadline = status_spans.c.deadline
        late = sa.case((sa.or_(_WITHDRAWN, closed), 2), (deadline.is_(None), 1), else_=0)
        starts = status_spans.c.starts
        ended = sa.case((closed, starts), else_=sa.literal(BEGINNING, starts.type))
        dated = [(late, False), (ended, True), (deadline, False), number]
        if self.sort == "relevance" and self.partnership is not None:
            return [(matches.c.score, True), *dated]
        if self.sort == "relevance" and self.words.strip():
            return [(sa.case((title_has(self.words), 0), else_=1), False), *dated]
        return dated

    def _check_partnership(self, connection: sa.Connection) -> None:
        if self.partnership is None:
            return
        known = list(connection.scalars(sa.select(partnerships.c.id)))
        if self.partnership not in known:
            raise NotFound("partnership", self.partnership, nearest(self.partnership, known))


_WITHDRAWN = status_spans.c.call_id.in_(
    sa.select(calls.c.id).where(calls.c.withdrawn).correlate(None)
)
_FOLLOWS = status_spans.c.call_id.in_(
    sa.select(calls.c.id).where(sa.not_(calls.c.leads)).correlate(None)
)
_LIMIT = CallQuery().limit
_ORDERS = {"deadline": "by deadline", "relevance": "the most relevant first", "new": "newest first"}
_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)


def _span(span: timedelta) -> str:
    """Return a span of time as the command line takes it, rounded up to whole hours."""
    return f"{span // _DAY}d" if not span % _DAY else f"{-(-span // _HOUR)}h"


def _plain_span(span: timedelta) -> str:
    number, unit = int(_span(span)[:-1]), {"d": "day", "h": "hour"}[_span(span)[-1]]
    return f"{number} {unit}{'' if number == 1 else 's'}"


def _or(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else " or ".join([", ".join(parts[:-1]), *parts[-1:]])
