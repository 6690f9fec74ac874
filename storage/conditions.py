"""The conditions of a question on one call (``c``) and its facets (``f``), for both databases."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, time
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from storage.codes import NUTS_PREFIX, country_of
from storage.domain import ApplicantType
from storage.search import IN_TITLE
from storage.search import words as words_of

if TYPE_CHECKING:
    from storage.query import CallQuery

_FOUND = {
    "sqlite": "SELECT rowid AS id FROM calls_fts WHERE calls_fts MATCH {asked}",
    # asked by a SELECT of its own: by the index, for PostgreSQL does not count what unpacking the
    # words of every call takes, and would read them all where most have a word
    "postgresql": "SELECT call_id AS id FROM call_texts WHERE search_words @@ (SELECT {asked})",
}
FOLLOWING = {"sqlite": "leads = 0", "postgresql": "NOT leads"}
GONE = {"sqlite": "withdrawn = 1", "postgresql": "withdrawn"}
"""Written as the partial indexes have it, by which they are found."""

_LEADERS = (
    "SELECT DISTINCT one.id FROM found CROSS JOIN calls AS other CROSS JOIN calls AS one"
    " WHERE found.id IN (SELECT id FROM calls WHERE NOT leads) AND other.id = found.id"
    " AND one.opportunity = other.opportunity AND one.leads"
)
"""The records that lead those which have the words: a call may be told in several languages."""

_ADD_LEADERS = (
    "INSERT OR IGNORE INTO found SELECT one.id FROM calls AS other CROSS JOIN calls AS one"
    " WHERE other.leads = 0 AND +other.id IN (SELECT id FROM found)"
    " AND one.opportunity = other.opportunity AND one.leads"
)
_TAKE_FOLLOWERS = "DELETE FROM found WHERE id IN (SELECT id FROM calls WHERE leads = 0)"
"""The same where SQLite has gathered those that have the words."""

_PUBLIC = {ApplicantType.LOCAL_AUTHORITY, ApplicantType.REGIONAL_AUTHORITY}
_OFTEN_PUBLIC = {
    ApplicantType.ASSOCIATION_OF_LOCAL_AUTHORITIES,
    ApplicantType.MUNICIPAL_ENTERPRISE,
    ApplicantType.UNIVERSITY_RESEARCH,
    ApplicantType.SCHOOL,
    ApplicantType.HOSPITAL,
    ApplicantType.CULTURAL_INSTITUTION,
}


@dataclass(frozen=True, slots=True)
class Conditions:
    """Writes conditions for one database and gathers the values that stand in them.

    The SQL holds names of ours and places for values, as the database's driver takes them
    (``:value_3`` or ``%(value_3)s``), never a word of the question. It is written out because
    SQLAlchemy would take as long to make it as SQLite to answer it.
    """

    dialect: str
    values: dict[str, Any] = field(default_factory=dict)

    def put(self, value: Any) -> str:
        """Return the place where ``value`` will stand."""
        name = f"value_{len(self.values)}"
        self.values[name] = value
        return f":{name}" if self.dialect == "sqlite" else f"%({name})s"

    def holds(self, column: str, text: str) -> str:
        """Whether a text has another in it: a plain search, half as long as a ``LIKE`` takes.

        As ``> 0``, or not, of which PostgreSQL expects a third of the calls, or two: guesses with
        which it reads the first in order. From ``= 0`` it expects hardly any, and sorts.
        """
        find = "instr" if self.dialect == "sqlite" else "strpos"
        return f"{find}({column}, {self.put(text)}) > 0"

    def words(self, text: str, *, in_title: bool = False) -> str | None:
        """Return the place of what asks for all the words, the last of them as a beginning.

        None when there is no word in ``text``. Words are letters and digits only
        (``storage.search``), so nothing in them is an operator.
        """
        tokens = [(IN_TITLE if in_title else "") + token for token in words_of(text)]
        if not tokens:
            return None
        if self.dialect == "sqlite":
            return self.put(" ".join(f'"{token}"' for token in tokens) + "*")
        asked = self.put(" & ".join(f"'{token}'" for token in tokens) + ":*")
        return f"CAST({asked} AS tsquery)"

    def found(self, asked: str) -> str:
        """Return PostgreSQL's ``found(id)`` for a WITH clause: calls that have the words asked."""
        return f"found AS NOT MATERIALIZED ({_FOUND[self.dialect].format(asked=asked)})"

    def led(self, connection: sa.Connection, asked: str) -> str:
        """Return, for PostgreSQL, the array of those that lead calls with the words; "" for none.

        They are few, and asked for once: a statement with such joins in it takes long to plan.
        """
        sql = f"WITH {self.found(asked)} {_LEADERS}"
        ids = ",".join([str(row[0]) for row in connection.exec_driver_sql(sql, self.values)])
        return f"'{{{ids}}}'::integer[]" if ids else ""

    def gather(self, connection: sa.Connection, table: str, numbers: str) -> int:
        """Put the ``numbers`` that a SELECT finds into SQLite's ``table(id)``: how many they are.

        Only for this connection, and until its transaction ends, or else until the next question.
        A WITH clause would be found anew for each of its uses, and copied to look anything up.
        """
        made = f"CREATE TEMP TABLE IF NOT EXISTS {table} (id INTEGER PRIMARY KEY)"
        for sql in (made, f"DELETE FROM {table}"):
            connection.exec_driver_sql(sql)
        sql = f"INSERT INTO {table} {numbers}"
        return connection.exec_driver_sql(sql, self.values).rowcount

    def gather_found(self, connection: sa.Connection, asked: str, *, leading: bool) -> int:
        """Gather the calls that have the words ``asked`` for in ``found``; return how many.

        With ``leading``, in the place of those that follow another one the calls that lead them.
        """
        number = self.gather(connection, "found", _FOUND["sqlite"].format(asked=asked))
        if leading:
            number += connection.exec_driver_sql(_ADD_LEADERS).rowcount
            number -= connection.exec_driver_sql(_TAKE_FOLLOWERS).rowcount
        return number

    def titled(self, text: str) -> str:
        """Return the ``id`` of the calls for which ``title_has`` holds, found by the index."""
        return _FOUND[self.dialect].format(asked=self.words(text, in_title=True))

    def title_has(self, text: str) -> str:
        """Calls whose title has all the words of ``text``, the last of them as a beginning."""
        tokens = words_of(text)
        whole = [self.holds("t.title_words", f" {token} ") for token in tokens[:-1]]
        holds = _all([*whole, self.holds("t.title_words", f" {tokens[-1]}")])
        return f"EXISTS (SELECT 1 FROM calls AS t WHERE t.id = c.id AND {holds})"

    def on_call(self, query: CallQuery) -> Iterator[str]:
        """Yield what is asked of a call itself, besides its words and when it stands where."""
        if query.source:
            yield f"c.source = {self.put(query.source)}"
        if query.new_since is not None:
            since = datetime.combine(query.new_since, time(), tzinfo=UTC)
            yield f"c.first_seen >= {self.put(_MOMENT[self.dialect](since))}"

    def on_facets(self, query: CallQuery) -> Iterator[str]:
        """Yield what is asked of the facets of a call."""
        if query.programme:
            yield self.of_programme(query.programme)
        if query.kind:
            yield f"f.kind = {self.put(query.kind.value)}"
        if query.country:
            yield self.country_may(query.country)
        if query.applicant:
            yield self.applicant_may(query.applicant)
        if query.region:
            yield self.country_may(country_of(query.region))
            yield self.region_may(query.region)

    def of_programme(self, text: str) -> str:
        """Calls of a programme with these words in its code or name."""
        tokens = words_of(text)
        named = [self.holds("f.programme_words", f" {token} ") for token in tokens]
        return _all(named) if named else "1 = 0"

    def country_may(self, country: str) -> str:
        """Calls not known to exclude applicants from a country."""
        return self._may("country", {country}, {country})

    def applicant_may(self, applicant: ApplicantType) -> str:
        """Calls not known to exclude a type of applicant.

        A local authority is a public body, a hospital may be one: the wider word allows both, and
        excludes only the first.
        """
        surely = {applicant}
        if applicant in _PUBLIC:
            surely.add(ApplicantType.PUBLIC_BODY)
        perhaps = set(surely)
        if applicant in _OFTEN_PUBLIC:
            perhaps.add(ApplicantType.PUBLIC_BODY)
        if applicant is not ApplicantType.NATURAL_PERSON:
            perhaps.add(ApplicantType.ANY_LEGAL_ENTITY)
        if applicant in {ApplicantType.PUBLIC_BODY, ApplicantType.ANY_LEGAL_ENTITY}:
            perhaps |= set(ApplicantType)  # a wider word asks for any of them
        return self._may("applicant", perhaps, surely)

    def region_may(self, region: str) -> str:
        """Calls not known to exclude a region; codes of one kind and country can be compared."""
        allows, excludes = "f.region_allows", "f.region_excludes"
        country = country_of(region)
        iso = f" {country}-"
        if "-" in region:
            barred, listed = self._has(excludes, region), self._has(allows, region)
            return f"NOT ({barred}) AND (NOT ({self.holds(allows, iso)}) OR {listed})"
        wider = [region[:length] for length in range(2, len(region) + 1)]
        nuts = f" {NUTS_PREFIX.get(country, country)}"
        comparable = self.holds(f"replace({allows}, {self.put(iso)}, '')", nuts)
        barred = " OR ".join(self._has(excludes, one) for one in wider)
        listed = " OR ".join(self._has(allows, one) for one in wider)
        # most calls say nothing of regions, and need no more be looked at
        return (
            f"({excludes} = '' OR NOT ({barred})) AND ({allows} = '' OR NOT ({comparable})"
            f" OR {listed} OR {self.holds(allows, f' {region}')})"
        )

    def _may(self, about: str, allowed_by: Collection[str], excluded_by: Collection[str]) -> str:
        """Not excluded, and either no closed list is given or it has one of these in it."""
        allows, excludes = f"f.{about}_allows", f"f.{about}_excludes"
        barred = " OR ".join(self._has(excludes, one) for one in sorted(excluded_by))
        listed = " OR ".join(self._has(allows, one) for one in sorted(allowed_by))
        return f"NOT ({barred}) AND ({allows} = '' OR {listed})"

    def _has(self, column: str, code: str) -> str:
        return self.holds(column, f" {code} ")


def _all(conditions: list[str]) -> str:
    return " AND ".join(conditions)


_MOMENT: dict[str, Callable[[datetime], object]] = {
    "sqlite": lambda moment: f"{moment:%Y-%m-%d %H:%M:%S.%f}",
    "postgresql": lambda moment: moment,
}
"""A moment in UTC as ``Moment`` keeps it."""
