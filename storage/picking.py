"""Picking the calls that answer a question, in its order, without looking at all of them.

By deadline, calls stand in up to four parts that follow each other, and each part has an index in
its order: so the first fifty are read off an index, and what answers the question in all is only
counted. Where a question asks for a status, few calls are left, and all of them are read off.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from storage.columns import Row
from storage.conditions import FOLLOWING, GONE, Conditions
from storage.domain import Status
from storage.parts import NEWEST, Part, by_deadline, seconds

if TYPE_CHECKING:
    from storage.query import CallQuery

_DATED = {Status.FORTHCOMING, Status.OPEN, Status.CLOSING, Status.ROLLING}
"""What a call can be while its next deadline is known."""

_UNDATED = {Status.FORTHCOMING, Status.ROLLING, Status.UNKNOWN}
"""What it can be, besides closed, while it is not."""

_SORTED_AT_ONCE = 500
"""Calls with the words of a question: so many are faster sorted than met in an index."""


def picked(
    connection: sa.Connection, query: CallQuery, now: datetime, *, counted: bool
) -> tuple[list[int], int]:
    """Return the row numbers of the first ``query.limit`` calls, and how many answer in all.

    Unless it is to be ``counted``, the number may be that of the calls returned.
    """
    return _Picking(query, connection.dialect.name, now).first(connection, counted=counted)


def counted(connection: sa.Connection, query: CallQuery, now: datetime) -> int:
    """Return how many calls answer, whatever the limit."""
    return _Picking(query, connection.dialect.name, now).count(connection)


class _Picking:
    """The SQL of one question for one database at one moment."""

    def __init__(self, query: CallQuery, dialect: str, now: datetime) -> None:
        self._query = query
        self._dialect = dialect
        self._write = Conditions(dialect)
        self._now = self._write.put(seconds(now))
        self._until = (
            None
            if query.closing_within is None
            else self._write.put(seconds(now + query.closing_within))
        )
        self._wanted = _with_closing(query.status)
        self._leading = not query.source
        self._asked = bool(query.words.strip())
        self._words = self._write.words(query.words)
        self._few = bool(query.status or query.partnership or query.closing_within is not None)
        self._sqlite = dialect == "sqlite"
        of_facets = list(self._write.on_facets(query))
        self._facets = f"SELECT f.id FROM facets AS f WHERE {' AND '.join(of_facets)}"
        self._plain = not of_facets
        self._of_calls = list(self._write.on_call(query))
        self._number_found, self._led = 0, ""

    def first(self, connection: sa.Connection, *, counted: bool) -> tuple[list[int], int]:
        if not self._prepared(connection):
            return [], 0
        limit = self._query.limit
        if not limit:
            every = [one for part in self._parts() for one in self._all_of(connection, part)]
            return every, len(every)
        if counted and self._few:
            return self._first_of_few(connection)
        parts, total = self._parts(), None
        if not self._few and (self._words or not self._plain):
            total = self._count(connection)
            if total <= _SORTED_AT_ONCE:
                parts = iter([self._sorted()] if total else [])
        ids: list[int] = []
        for part in parts:
            telling = counted and total is None and part.tells
            rows = self._rows(connection, part, limit - len(ids), self._total() if telling else "")
            ids += [row[0] for row in rows]
            if rows and telling:
                total = rows[0][1]
            if len(ids) == (limit if total is None else min(limit, total)):
                break
        if total is None:
            total = self._count(connection) if counted and len(ids) == limit else len(ids)
        return ids, total

    def _prepared(self, connection: sa.Connection) -> bool:
        """Gather what will be looked up; False when nothing can answer."""
        if self._asked and self._words is None:
            return False
        if not self._sqlite:
            if self._words and self._leading:
                self._led = self._write.led(connection, self._words)
            return True
        if not self._plain:
            if not self._write.gather(connection, "suiting", self._facets):
                return False
            self._facets = "SELECT id FROM suiting"
        if self._words:
            leading = self._leading
            self._number_found = self._write.gather_found(connection, self._words, leading=leading)
        return bool(self._number_found or not self._words)

    def _first_of_few(self, connection: sa.Connection) -> tuple[list[int], int]:
        """Where few calls are left, those that have to be put in order are all read off."""
        ids, total = list[int](), 0
        for part in self._parts():
            room, number = self._query.limit - len(ids), part.sql("count(*)")
            if not room:
                total += self._number(connection, number)
            elif part.ready and not self._words:
                rows = self._rows(connection, part, room, number)
                ids += [row[0] for row in rows]
                total += rows[0][1] if rows else 0
            else:
                every = self._all_of(connection, part)
                ids += every[:room]
                total += len(every)
        return ids, total

    def count(self, connection: sa.Connection) -> int:
        return self._count(connection) if self._prepared(connection) else 0

    def _count(self, connection: sa.Connection) -> int:
        if not self._few:
            return self._number(connection, self._total())
        parts = [self._matched()] if self._query.partnership else self._stages()
        return sum(self._number(connection, part.sql("count(*)")) for part in parts)

    def _all_of(self, connection: sa.Connection, part: Part) -> list[int]:
        sql = part.sql(part.number) + part.ordered
        return [row[0] for row in self._ask(connection, sql).all()]

    def _rows(
        self, connection: sa.Connection, part: Part, limit: int, total: str = ""
    ) -> list[Row]:
        """The first rows of a part; ``total`` is the SQL of a number to stand beside each."""
        told = f", ({total}) AS total" if total else ""
        sql = f"{part.sql(part.number + told)}{part.ordered} LIMIT {limit:d}"
        return list(self._ask(connection, sql).all())

    def _number(self, connection: sa.Connection, sql: str) -> int:
        return int(self._ask(connection, sql).scalar() or 0)

    def _ask(self, connection: sa.Connection, sql: str) -> sa.CursorResult[*tuple[Any, ...]]:
        if self._words and not self._sqlite and "FROM found" in sql:
            sql = f"WITH {self._write.found(self._words)} {sql}"
        return connection.exec_driver_sql(sql, self._write.values)

    def _total(self) -> str:
        """How many calls answer a question that asks nothing of the time."""
        following = f"FROM calls WHERE {FOLLOWING[self._dialect]}"
        plain = self._plain and not self._of_calls
        if self._sqlite and self._words:
            if plain:
                return f"SELECT {self._number_found}"
            few = self._number_found <= _SORTED_AT_ONCE  # then by their numbers, else by an index
            conditions = [f"{'' if few else '+'}c.id IN (SELECT id FROM found)", *self._of_calls]
            conditions += self._alike("+" if few else "")
            return f"SELECT count(*) FROM {self._counted} AS c WHERE {' AND '.join(conditions)}"
        if plain and self._words:
            more = "FROM call_keys WHERE {} AND id NOT IN (SELECT id FROM found)"
            return (
                "SELECT (SELECT count(*) FROM found)"
                f" - (SELECT count(*) FROM found WHERE id IN (SELECT id {following}))"
                + (f" + (SELECT count(*) {more.format(self._leader('id'))})" if self._led else "")
            )
        if plain:
            return f"SELECT (SELECT count(*) FROM calls) - (SELECT count(*) {following})"
        conditions = [*self._of_calls, *self._alike(""), *self._has_words("c.id", all_=True)]
        if self._leading:  # asked of an index, so that another has all the rest
            conditions.append(f"c.id NOT IN (SELECT id {following})")
        return f"SELECT count(*) FROM {self._counted} AS c WHERE {' AND '.join(conditions)}"

    @property
    def _counted(self) -> str:
        """Where calls are counted: those of a source by the index of their names."""
        only_source = self._plain and self._query.source and self._query.new_since is None
        return "calls" if only_source else "call_keys"

    def _parts(self) -> Iterator[Part]:
        query = self._query
        if query.partnership:
            yield self._matched()
        elif query.sort == "new":
            yield self._newest()
        elif query.sort == "relevance" and self._words:
            yield self._titled()
            yield from self._stages(f"NOT ({self._write.title_has(query.words)})")
        else:
            yield from self._stages()

    def _stages(self, *also: str) -> Iterator[Part]:
        """The parts that follow each other by deadline."""
        wanted, within = self._wanted, self._until is not None
        conditions = [*also, *self._on_call()]
        if wanted is None or wanted & _DATED:
            until = [f"s.deadline <= {self._until}"] if within else []
            stands = self._in(wanted & _DATED) if wanted else []
            dated = [f"s.deadline > {self._now}", *until, *self._current(), *stands]
            yield self._stage([*dated, *self._here()], conditions, "s.deadline, s.call_id")
        if within:
            return
        if wanted is None or wanted & _UNDATED:
            stands = self._in(wanted & _UNDATED) if wanted else []
            undated = ["s.deadline IS NULL", "s.status <> 'closed'", *self._current(), *stands]
            # rather sort some than read every span in that order
            plus = "+" if self._dialect == "sqlite" else ""
            yield self._stage([*undated, *self._here()], conditions, f"{plus}s.call_id")
        gone_too = wanted is None or Status.WITHDRAWN in wanted
        over = wanted is None or Status.CLOSED in wanted
        if gone_too or over:
            closed = ["s.status = 'closed'", f"s.starts <= {self._now}"]
            closed += [] if over and gone_too else self._here(not over)
            yield self._stage(closed, conditions, "s.starts DESC, s.call_id")
        if gone_too:
            gone = f"c.id IN (SELECT id FROM calls WHERE {GONE[self._dialect]})"
            conditions = [gone, "s.status <> 'closed'", *conditions]
            yield self._joined(
                "call_keys AS c CROSS JOIN status_spans AS s",
                [*self._current(), *conditions],
                "s.deadline, s.call_id",
            )

    def _stage(self, of_span: list[str], of_call: list[str], order: str) -> Part:
        if of_call:
            return self._joined(
                "status_spans AS s CROSS JOIN call_keys AS c", [*of_span, *of_call], order
            )
        conditions = [*of_span, *self._has_words("s.call_id")]
        if self._leading:
            following = f"SELECT id FROM calls WHERE {FOLLOWING[self._dialect]}"
            conditions.append(f"s.call_id NOT IN ({following})")
        return Part("status_spans AS s", conditions, order, ready=not order.startswith("+"))

    def _joined(self, tables: str, conditions: list[str], order: str) -> Part:
        """Calls with their spans, looked up in the order of ``tables``."""
        more = [*conditions, *self._has_words("s.call_id"), *self._leads()]
        return Part(tables, ["c.id = s.call_id", *more], order)

    def _titled(self) -> Part:
        """Calls with the words in their title, by deadline: few, so they may be sorted."""
        conditions = ["c.id = w.id", "c.id = s.call_id", *self._current(), *self._on_call()]
        conditions += [*self._stands(), *self._leads()]  # and what is in the title is found
        titled = self._write.titled(self._query.words)
        tables = f"({titled}) AS w CROSS JOIN call_keys AS c CROSS JOIN status_spans AS s"
        return Part(tables, conditions, by_deadline(), tells=False)

    def _sorted(self) -> Part:
        """All calls that answer, where few do, in the order that was asked for."""
        order = NEWEST if self._query.sort == "new" else by_deadline()
        if self._query.sort == "relevance" and self._words:
            titled = self._write.title_has(self._query.words)
            order = f"CASE WHEN {titled} THEN 0 ELSE 1 END, {order}"
        tables = "call_keys AS c CROSS JOIN status_spans AS s"
        conditions = ["c.id = s.call_id", *self._current(), *self._of_calls, *self._leads()]
        if not self._words:
            return Part(tables, [*conditions, *self._alike("")], order)
        led = f" UNION SELECT unnest({self._led})" if self._led else ""
        tables = f"(SELECT id FROM found{led}) AS w CROSS JOIN {tables}"
        return Part(tables, ["c.id = w.id", *conditions, *self._alike()], order)

    def _matched(self) -> Part:
        conditions = [
            f"m.partnership = {self._write.put(self._query.partnership)}",
            "o.opportunity = m.opportunity",
            "c.id = o.id",
            *self._current(),
            *self._on_call(),
            *self._stands(),
        ]
        order = by_deadline()
        if self._query.sort == "new":
            order = NEWEST
        elif self._query.sort == "relevance":
            order = f"m.score DESC, {order}"
        tables = "matches AS m CROSS JOIN calls AS o CROSS JOIN call_keys AS c"
        tables += " CROSS JOIN status_spans AS s"
        return self._joined(tables, conditions, order)

    def _newest(self) -> Part:
        if self._few:
            wanted = self._wanted
            only = wanted is not None and wanted <= {Status.OPEN, Status.CLOSING}
            # not needed to be right: it leads to the index of what has a deadline ahead
            ahead = [f"s.deadline > {self._now}"] if only or self._until else []
            conditions = [*self._on_call(), *self._stands()]
            spans = "status_spans AS s"
            if ahead and self._dialect == "postgresql":  # OFFSET: these first, then their calls
                of_span = " AND ".join([*ahead, *self._current()])
                spans = f"(SELECT s.* FROM {spans} WHERE {of_span} OFFSET 0) AS s"
            else:
                conditions = [*ahead, *self._current(), *conditions]
            return self._joined(f"{spans} CROSS JOIN call_keys AS c", conditions, NEWEST)
        conditions = [*self._on_call(), *self._has_words("c.id"), *self._leads()]
        return Part("call_keys AS c", conditions, NEWEST, number="c.id")

    def _current(self) -> list[str]:
        return [f"s.starts <= {self._now}", f"s.ends > {self._now}"]

    def _stands(self) -> list[str]:
        """What is asked of the time, of a call beside its span."""
        gone, found = f"c.{GONE[self._dialect]}", list[str]()
        if self._until is not None:
            found += [f"s.deadline <= {self._until}", "NOT c.withdrawn"]
        if self._wanted is not None:
            stands = [*self._in(self._wanted - {Status.WITHDRAWN}), "NOT c.withdrawn"]
            also = f" OR {gone}" if Status.WITHDRAWN in self._wanted else ""
            found.append(f"({' AND '.join(stands)}{also})")
        return found

    def _here(self, gone: bool = False) -> list[str]:  # noqa: FBT001, FBT002
        """Not withdrawn, or else (``gone``) withdrawn."""
        among = "IN" if gone else "NOT IN"
        return [f"s.call_id {among} (SELECT id FROM calls WHERE {GONE[self._dialect]})"]

    @staticmethod
    def _in(statuses: set[Status]) -> list[str]:
        said = ", ".join(f"'{one.value}'" for one in sorted(statuses))
        return [f"s.status IN ({said})" if said else "1 = 0"]

    def _has_words(self, column: str, *, all_: bool = False) -> list[str]:
        """Whether a call has the words; ``all_`` where every one is asked, and not a few."""
        if not self._words:
            return []
        if self._sqlite:
            return [f"+{column} IN (SELECT id FROM found)"]
        if not all_:
            own = f"(SELECT search_words @@ {self._words} FROM call_texts WHERE call_id = {column})"
            return [f"({own} OR {self._leader(column)})" if self._led else own]
        # as one half of an OR, PostgreSQL looks it up in a table of hashes while it reads in order
        return [f"({column} IN (SELECT id FROM found) OR {self._leader(column)})"]

    def _leader(self, column: str) -> str:
        return f"{column} = ANY({self._led})" if self._led else "1 = 0"

    def _leads(self) -> list[str]:
        return ["c.leads"] if self._leading else []

    def _on_call(self) -> list[str]:
        return [*self._of_calls, *self._alike()]

    def _alike(self, plus: str = "+") -> list[str]:
        """Calls with facets that will do, looked up one by one; by their index without ``plus``."""
        if self._plain:
            return []
        return [f"{plus if self._sqlite else ''}c.facets IN ({self._facets})"]


def _with_closing(asked: tuple[Status, ...]) -> set[Status] | None:
    """A closing call is still open; None where no status is asked for."""
    if not asked:
        return None
    return {*asked, Status.CLOSING} if Status.OPEN in asked else set(asked)
