"""The conditions of a question that need more than one column, as SQL for both databases."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, TypeAlias

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from storage.codes import NUTS_PREFIX, country_of
from storage.domain import ApplicantType
from storage.schema import calls
from storage.search import words as words_of

Condition: TypeAlias = sa.ColumnElement[bool]

_FOUND = {
    "sqlite": "SELECT rowid FROM calls_fts WHERE calls_fts MATCH :asked_words",
    "postgresql": "SELECT call_id FROM call_texts"
    " WHERE search_words @@ CAST(:asked_words AS tsquery)",
}
_IN_ITS_NAME = (
    " UNION SELECT one.id FROM calls AS other JOIN calls AS one"
    " ON one.opportunity = other.opportunity AND one.leads"
    " WHERE NOT other.leads AND other.id IN ({found})"
)
"""The records that lead those which have the words: a call may be told in several languages."""

_PUBLIC = {ApplicantType.LOCAL_AUTHORITY, ApplicantType.REGIONAL_AUTHORITY}
_OFTEN_PUBLIC = {
    ApplicantType.ASSOCIATION_OF_LOCAL_AUTHORITIES,
    ApplicantType.MUNICIPAL_ENTERPRISE,
    ApplicantType.UNIVERSITY_RESEARCH,
    ApplicantType.SCHOOL,
    ApplicantType.HOSPITAL,
    ApplicantType.CULTURAL_INSTITUTION,
}


class Holds(FunctionElement[bool]):
    """Whether a text has another in it: a plain search, where ``LIKE`` would fold case as well."""

    type = sa.Boolean()
    inherit_cache = True


@compiles(Holds, "sqlite")
def _instr(element: Holds, compiler: SQLCompiler, **options: Any) -> str:
    return f"instr({compiler.process(element.clauses, **options)}) > 0"


@compiles(Holds, "postgresql")
def _strpos(element: Holds, compiler: SQLCompiler, **options: Any) -> str:
    return f"strpos({compiler.process(element.clauses, **options)}) > 0"


def all_words(text: str, dialect: str, *, leading: bool) -> Condition | sa.TextClause:
    """Calls with all the words of ``text``, the last of them as a beginning; none without words.

    With ``leading`` a call is found as well by the words of a record that it leads.
    Words are letters and digits only (``storage.search``), so nothing in them is an operator.
    """
    tokens = words_of(text)
    if not tokens:
        return sa.false()
    if dialect == "sqlite":
        asked = " ".join(f'"{token}"' for token in tokens) + "*"
    else:
        asked = " & ".join(f"'{token}'" for token in tokens) + ":*"
    found = _FOUND[dialect]
    if leading:
        found += _IN_ITS_NAME.format(found=found)
    return sa.text(f"status_spans.call_id IN ({found})").bindparams(asked_words=asked)


def title_has(text: str) -> sa.ColumnElement[bool]:
    """Calls whose title has all the words of ``text``, the last of them as a beginning."""
    tokens = words_of(text)
    whole = [Holds(calls.c.title_words, f" {token} ") for token in tokens[:-1]]
    start = [Holds(calls.c.title_words, f" {token}") for token in tokens[-1:]]
    return sa.and_(sa.true(), *whole, *start)


def of_programme(text: str) -> sa.ColumnElement[bool]:
    """Calls of a programme with these words in its code or name."""
    tokens = words_of(text)
    named = [Holds(calls.c.programme_words, f" {token} ") for token in tokens]
    return sa.and_(sa.true(), *named) if named else sa.false()


def country_may(country: str) -> Condition:
    """Calls not known to exclude applicants from a country."""
    return _may(calls.c.country_allows, calls.c.country_excludes, {country}, {country})


def applicant_may(applicant: ApplicantType) -> Condition:
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
    return _may(calls.c.applicant_allows, calls.c.applicant_excludes, perhaps, surely)


def region_may(region: str) -> Condition:
    """Calls not known to exclude a region; codes of one kind and country can be compared."""
    allows, excludes = calls.c.region_allows, calls.c.region_excludes
    country = country_of(region)
    iso = f" {country}-"
    if "-" in region:
        return sa.and_(
            sa.not_(_has(excludes, region)),
            sa.or_(sa.not_(Holds(allows, iso)), _has(allows, region)),
        )
    wider = [region[:length] for length in range(2, len(region) + 1)]
    nuts = f" {NUTS_PREFIX.get(country, country)}"
    comparable = Holds(sa.func.replace(allows, iso, ""), nuts)
    return sa.and_(
        sa.or_(excludes == "", sa.and_(*(sa.not_(_has(excludes, one)) for one in wider))),
        sa.or_(
            allows == "",  # most calls say nothing of regions, and need no more be looked at
            sa.not_(comparable),
            *(_has(allows, one) for one in wider),
            Holds(allows, f" {region}"),
        ),
    )


def _may(
    allows: sa.Column[str],
    excludes: sa.Column[str],
    allowed_by: Collection[str],
    excluded_by: Collection[str],
) -> Condition:
    """Not excluded, and either no closed list is given or it has one of these in it."""
    return sa.and_(
        *(sa.not_(_has(excludes, one)) for one in sorted(excluded_by)),
        sa.or_(allows == "", *(_has(allows, one) for one in sorted(allowed_by))),
    )


def _has(column: sa.Column[str], code: str) -> sa.ColumnElement[bool]:
    return Holds(column, f" {code} ")
