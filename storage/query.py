"""One question about calls: it knows its SQL, its flags on the command line and its sentence."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

import sqlalchemy as sa

from storage.asking import calls_by_id
from storage.codes import check_country, country_of
from storage.domain import ApplicantType, Call, Glance, Kind, Status
from storage.errors import BadInput, NotFound, shown
from storage.fields import can_be_kept
from storage.glances import glances_by_id
from storage.picking import counted, picked
from storage.schema import partnerships

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
        """Return the calls that answer the question at ``now`` (aware), in its order.

        By deadline means the next one first, then calls without a date, then what is over, the
        latest first, and what was withdrawn. Calls alike in it stay in the order they came in.
        """
        self._check_partnership(connection)
        ids, _ = picked(connection, self, now, counted=False)
        return calls_by_id(connection, ids)

    def page(self, connection: sa.Connection, now: datetime) -> tuple[list[Call], int]:
        """Return what ``find`` and ``count`` do, in less time than the two take."""
        self._check_partnership(connection)
        ids, total = picked(connection, self, now, counted=True)
        return calls_by_id(connection, ids), total

    def glances(self, connection: sa.Connection, now: datetime) -> tuple[list[Glance], int]:
        """Return what ``page`` does, of each call what a list says of it."""
        self._check_partnership(connection)
        ids, total = picked(connection, self, now, counted=True)
        return glances_by_id(connection, ids), total

    def count(self, connection: sa.Connection, now: datetime) -> int:
        """Return how many calls answer the question, whatever the limit."""
        self._check_partnership(connection)
        return counted(connection, self, now)

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

    def _check_partnership(self, connection: sa.Connection) -> None:
        if self.partnership is None:
            return
        known = list(connection.scalars(sa.select(partnerships.c.id)))
        if self.partnership not in known:
            raise NotFound.among("partnership", self.partnership, known)


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
