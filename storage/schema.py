"""The tables as the program knows them; ``storage/migrations`` has how they came to be."""

from __future__ import annotations

import sqlalchemy as sa

from storage.columns import Json, Moment, Packed, Seconds, key

REVISION = "0014"
"""The newest revision of ``storage/migrations``, known without importing Alembic."""

# Of an index over some rows, SQLite's condition is told alone: PostgreSQL has the same, and to name
# it here would load SQLAlchemy's part for it everywhere. The migrations make the indexes of both.
metadata = sa.MetaData(
    naming_convention={
        "pk": "%(table_name)s_pk",
        "ix": "%(table_name)s_%(column_0_N_name)s",
        "uq": "%(table_name)s_%(column_0_N_name)s_key",
        "fk": "%(table_name)s_%(column_0_N_name)s_fk",
    }
)


def _call_id() -> sa.ForeignKey:
    return sa.ForeignKey("calls.id", ondelete="CASCADE")


def _facets() -> list[sa.Column[str]]:
    """What many calls say alike: of what kind they are, of which programme, and for whom.

    ``…_allows`` and ``…_excludes`` hold codes between spaces, empty for "not said".
    """
    about = ("country", "region", "applicant")
    lists = [f"{one}_{effect}" for one in about for effect in ("allows", "excludes")]
    names = ("kind", *lists, "programme_words")
    return [sa.Column(name, sa.Text, nullable=False) for name in names]


# The thing a town can apply to. ``merged_into`` keeps the ids of merged ones alive.
opportunities = sa.Table(
    "opportunities",
    metadata,
    sa.Column("id", key(), primary_key=True),
    sa.Column("merged_into", key(), sa.ForeignKey("opportunities.id"), index=True),
)

# What identifies a call and where it stands, without texts. ``digest`` is of the source's words;
# ``corrected`` says that an officer's words are in the record. ``leads`` marks the record that
# stands for its opportunity, ``link_due`` one that is new or has changed since calls were linked.
calls = sa.Table(
    "calls",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("source", key(), nullable=False),
    sa.Column("reference", key(), nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("digest", sa.Text, nullable=False),
    sa.Column("fingerprint", sa.Text, nullable=False),
    sa.Column("corrected", sa.Boolean, nullable=False),
    sa.Column("first_seen", Moment, nullable=False),
    sa.Column("last_seen", Moment, nullable=False),
    sa.Column("last_harvest", sa.Integer, sa.ForeignKey("harvests.id")),
    sa.Column("absences", sa.Integer, nullable=False),
    sa.Column("withdrawn", sa.Boolean, nullable=False),
    sa.Column("opportunity", key(), sa.ForeignKey("opportunities.id"), nullable=False, index=True),
    sa.Column("leads", sa.Boolean, nullable=False, server_default=sa.true()),
    sa.Column("link_due", sa.Boolean, nullable=False, server_default=sa.true()),
    *_facets(),
    sa.Column("title_words", sa.Text, nullable=False),
    sa.UniqueConstraint("source", "reference"),
)
sa.Index(
    "calls_that_are_withdrawn",
    calls.c.id,
    sqlite_where=sa.text("withdrawn = 1"),
)
sa.Index(
    "calls_that_follow",
    calls.c.id,
    sqlite_where=sa.text("leads = 0"),
)
sa.Index(
    "calls_to_link",
    calls.c.id,
    sqlite_where=sa.text("link_due = 1"),
)

# What questions choose and sort calls by, so narrow that they read little, and what many calls say
# alike of those they are for, once: a question asks these few, and then for the calls of those that
# will do. Both repeat columns of ``calls``, and triggers of the migration's keep them. Two rows of
# ``facets`` may say the same, and one may be left that no call has any more.
_DERIVED = {"derived": True}
facets = sa.Table(
    "facets",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    *_facets(),
    info=_DERIVED,
)
call_keys = sa.Table(
    "call_keys",
    metadata,
    sa.Column("id", sa.Integer, _call_id(), primary_key=True, autoincrement=False),
    sa.Column("source", key(), nullable=False),
    sa.Column("first_seen", Moment, nullable=False),
    sa.Column("leads", sa.Boolean, nullable=False),
    sa.Column("withdrawn", sa.Boolean, nullable=False),
    sa.Column("facets", sa.Integer, nullable=False),
    sa.Index(None, "first_seen"),
    sa.Index("call_keys_facets", "facets", "source", "first_seen"),
    info=_DERIVED,
)

# ``record`` is the call's content as understood now, ``search_text`` its words for the full-text
# search (FTS5 and an index on PostgreSQL, both made by the migration).
call_texts = sa.Table(
    "call_texts",
    metadata,
    sa.Column("call_id", sa.Integer, _call_id(), primary_key=True),
    sa.Column("record", sa.Text, nullable=False),
    sa.Column("search_text", sa.Text, nullable=False),
)

# What a list says of a call (``storage.glances``): a twentieth of its record, kept beside it, so
# that fifty calls are listed without reading and unpacking fifty records. A record that is changed
# takes its row away (a trigger of the migration's), and without one the record is read.
call_glances = sa.Table(
    "call_glances",
    metadata,
    sa.Column("call_id", sa.Integer, _call_id(), primary_key=True),
    sa.Column("said", sa.Text, nullable=False),
)

# What the source published, one row a version: the source's words, and the content last read
# from them (an officer's correction is a version of its own, with cause ``officer``).
versions = sa.Table(
    "versions",
    metadata,
    sa.Column("call_id", sa.Integer, _call_id(), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("seen_at", Moment, nullable=False),
    sa.Column("harvest", sa.Integer, sa.ForeignKey("harvests.id")),
    sa.Column("cause", sa.Text, nullable=False),
    sa.Column("digest", sa.Text, nullable=False),
    sa.Column("content", Packed, nullable=False),
    sa.Column("raw", Packed),
)

# What a reader understood of a version: ``result`` holds opens_on, deadlines, eligibility,
# funding and the words it could not read.
readings = sa.Table(
    "readings",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("call_id", sa.Integer, _call_id(), nullable=False, index=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("fingerprint", sa.Text, nullable=False),
    sa.Column("read_at", Moment, nullable=False),
    sa.Column("result", Packed, nullable=False),
)

changes = sa.Table(
    "changes",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("call_id", sa.Integer, _call_id(), nullable=False, index=True),
    sa.Column("at", Moment, nullable=False, index=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("cause", sa.Text, nullable=False),
    sa.Column("field", sa.Text, nullable=False),
    sa.Column("old", Json, nullable=False),
    sa.Column("new", Json, nullable=False),
)

# Where a call will stand, and when (docs/decisions/0002-status-spans.md).
status_spans = sa.Table(
    "status_spans",
    metadata,
    sa.Column("call_id", sa.Integer, _call_id(), primary_key=True),
    sa.Column("starts", Seconds, primary_key=True),
    sa.Column("ends", Seconds, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("deadline", Seconds),
    sqlite_with_rowid=False,
)
# The spans in the order in which calls are asked for by deadline: those with a deadline ahead,
# those without, what is over. Each span is in one of them, and questions need no more of it.
_DATED = sa.text("deadline IS NOT NULL")
_UNDATED = sa.text("deadline IS NULL AND status <> 'closed'")
_CLOSED = sa.text("status = 'closed'")
sa.Index(
    "status_spans_dated",
    *(status_spans.c[name] for name in ("deadline", "call_id", "starts", "ends", "status")),
    sqlite_where=_DATED,
)
sa.Index(
    "status_spans_undated",
    *(status_spans.c[name] for name in ("ends", "starts", "status", "call_id")),
    sqlite_where=_UNDATED,
)
sa.Index(
    "status_spans_closed",
    status_spans.c.starts.desc(),
    status_spans.c.call_id,
    status_spans.c.status,
    sqlite_where=_CLOSED,
)

harvests = sa.Table(
    "harvests",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("source", key(), nullable=False),
    sa.Column("started", Moment, nullable=False),
    sa.Column("finished", Moment),
    sa.Column("requests", sa.Integer, nullable=False),
    sa.Column("items", sa.Integer, nullable=False),
    sa.Column("new", sa.Integer, nullable=False),
    sa.Column("changed", sa.Integer, nullable=False),
    sa.Column("unchanged", sa.Integer, nullable=False),
    sa.Column("gone", sa.Integer, nullable=False),
    sa.Column("unreadable", Json, nullable=False),
    sa.Column("coverage", Json, nullable=False),
    sa.Column("parts", Json, nullable=False),
    sa.Column("complete", sa.Boolean, nullable=False),
    sa.Column("outcome", sa.Text),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Index(None, "source", "id"),
)

# Sources an operator has confirmed, or a test has run on a real page.
sources = sa.Table(
    "sources",
    metadata,
    sa.Column("name", key(), primary_key=True),
    sa.Column("proven_by", sa.Text, nullable=False),
    sa.Column("proven_at", Moment, nullable=False),
)

partnerships = sa.Table(
    "partnerships",
    metadata,
    sa.Column("id", key(), primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("record", Json, nullable=False),
    sa.Column("changed_at", Moment, nullable=False),
)

# ``address_key`` is a hash, so that an erased address stays refused without being kept.
# ``confirmed`` is when its owner agreed by a link to letters for this partnership.
recipients = sa.Table(
    "recipients",
    metadata,
    sa.Column(
        "partnership",
        key(),
        sa.ForeignKey("partnerships.id", ondelete="CASCADE"),
        primary_key=True,
    ),
    sa.Column("address_key", key(), primary_key=True),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("record", Json, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("state_at", Moment, nullable=False),
    sa.Column("confirmed", Moment),
    sa.Index(None, "address_key"),
)

# Addresses that get no letter of any partnership, now or later, whoever imports them again.
suppressions = sa.Table(
    "suppressions",
    metadata,
    sa.Column("address_key", key(), primary_key=True),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("at", Moment, nullable=False),
)

# What the owner of an address chose by a link; it holds whatever an import says.
preferences = sa.Table(
    "preferences",
    metadata,
    sa.Column("address_key", key(), primary_key=True),
    sa.Column("record", Json, nullable=False),
    sa.Column("at", Moment, nullable=False),
)

matches = sa.Table(
    "matches",
    metadata,
    sa.Column(
        "partnership",
        key(),
        sa.ForeignKey("partnerships.id", ondelete="CASCADE"),
        primary_key=True,
    ),
    sa.Column("opportunity", key(), sa.ForeignKey("opportunities.id"), primary_key=True),
    sa.Column("call", sa.Text, nullable=False),
    sa.Column("score", sa.Float, nullable=False),
    sa.Column("assessment", Json, nullable=False),
    sa.Column("reasons", Json, nullable=False),
    sa.Column("fingerprint", sa.Text, nullable=False),
    sa.Column("at", Moment, nullable=False),
    sa.Column("details", Json),
)

# The last time a partnership was held against the calls: how many were read, what was left out.
match_runs = sa.Table(
    "match_runs",
    metadata,
    sa.Column(
        "partnership",
        key(),
        sa.ForeignKey("partnerships.id", ondelete="CASCADE"),
        primary_key=True,
    ),
    sa.Column("at", Moment, nullable=False),
    sa.Column("fingerprint", sa.Text, nullable=False),
    sa.Column("record", Json, nullable=False),
)

# What a partnership said of a call; the row goes when it is taken back.
feedback = sa.Table(
    "feedback",
    metadata,
    sa.Column(
        "partnership",
        key(),
        sa.ForeignKey("partnerships.id", ondelete="CASCADE"),
        primary_key=True,
    ),
    sa.Column("opportunity", key(), sa.ForeignKey("opportunities.id"), primary_key=True),
    sa.Column("mark", sa.Text, nullable=False),
    sa.Column("at", Moment, nullable=False),
)

# What a partner town means to do about a call, or that the partnership is to hear of it no more.
# ``town`` is the name of a partner, "" for nobody in particular; ``recipient`` is who said it.
answers = sa.Table(
    "answers",
    metadata,
    sa.Column(
        "partnership",
        key(),
        sa.ForeignKey("partnerships.id", ondelete="CASCADE"),
        primary_key=True,
    ),
    sa.Column("opportunity", key(), sa.ForeignKey("opportunities.id"), primary_key=True),
    sa.Column("town", key(), primary_key=True),
    sa.Column("answer", sa.Text, nullable=False),
    sa.Column("recipient", key(), nullable=False),
    sa.Column("at", Moment, nullable=False),
)

# What an encoder (``fingerprint``) made of a text: float32 numbers, least significant byte first.
vectors = sa.Table(
    "vectors",
    metadata,
    sa.Column("text_hash", key(), primary_key=True),
    sa.Column("fingerprint", key(), primary_key=True),
    sa.Column("vector", sa.LargeBinary, nullable=False),
)

# Every e-mail, a row until it is delivered and after. ``recipient`` is the hash by which an address
# is known; ``tries`` counts the claims and tells two that follow each other apart, ``refusals`` the
# answers "not now" to this letter, ``doubts`` how often nobody knows whether it was taken.
letters = sa.Table(
    "letters",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("key", key(), nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("recipient", key(), nullable=False),
    sa.Column("subject_key", key(), nullable=False),
    sa.Column("address", sa.Text, nullable=False),
    sa.Column("message_id", sa.Text, nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("text", Packed, nullable=False),
    sa.Column("html", Packed, nullable=False),
    sa.Column("calendar", Packed),
    sa.Column("headers", Json, nullable=False),
    sa.Column("created", Moment, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("state_at", Moment, nullable=False),
    sa.Column("due", Moment, nullable=False),
    sa.Column("lease", Moment),
    sa.Column("tries", sa.Integer, nullable=False),
    sa.Column("reply", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("refusals", sa.Integer, nullable=False, server_default="0"),
    sa.Column("doubts", sa.Integer, nullable=False, server_default="0"),
    sa.UniqueConstraint("key"),
    sa.UniqueConstraint("kind", "recipient", "subject_key"),
    sa.Index(None, "state", "due"),
    sa.Index(None, "state", "state_at"),
    sa.Index(None, "recipient", "kind", "created"),
    sa.Index(None, "message_id"),
)

# Letters that came back; ``notice`` is the hash of the message that says so, which may be read
# twice. ``words`` are the server's, without addresses.
bounces = sa.Table(
    "bounces",
    metadata,
    sa.Column("letter", sa.Integer, sa.ForeignKey("letters.id"), primary_key=True),
    sa.Column("notice", key(), primary_key=True),
    sa.Column("recipient", key(), nullable=False, index=True),
    sa.Column("at", Moment, nullable=False),
    sa.Column("hard", sa.Boolean, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("words", sa.Text, nullable=False),
)

# Why no letter leaves: ``due`` is when the server is tried again, NULL for "when somebody says so";
# the row stays when it is over (``released``), because the count of letters begins anew then.
holds = sa.Table(
    "holds",
    metadata,
    sa.Column("name", key(), primary_key=True),
    sa.Column("since", Moment, nullable=False),
    sa.Column("due", Moment),
    sa.Column("tries", sa.Integer, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("released", Moment),
)

# What a recipient was told of an opportunity, for one partnership; ``seen`` is the newest change
# of it that the letter knew of, ``record`` the call (``source:reference``) that it showed. Written
# in one transaction with the letter.
told = sa.Table(
    "told",
    metadata,
    sa.Column("recipient", key(), primary_key=True),
    sa.Column("partnership", key(), primary_key=True),
    sa.Column("opportunity", key(), sa.ForeignKey("opportunities.id"), primary_key=True),
    sa.Column("fact", key(), primary_key=True),
    sa.Column("letter", sa.Integer, sa.ForeignKey("letters.id"), nullable=False),
    sa.Column("at", Moment, nullable=False),
    sa.Column("seen", sa.Integer, nullable=False),
    sa.Column("record", sa.Text, nullable=False, server_default=""),
    sa.Index(None, "opportunity"),
)

# What was last fetched of a file that calls link to, by its address (storage.documents has what
# the columns mean). Calls keep a copy of the pages with their words.
document_texts = sa.Table(
    "document_texts",
    metadata,
    sa.Column("url", key(), primary_key=True),
    sa.Column("asked_at", Moment, nullable=False),
    sa.Column("etag", sa.Text, nullable=False),
    sa.Column("last_modified", sa.Text, nullable=False),
    sa.Column("sha256", sa.Text, nullable=False),
    sa.Column("extractor", sa.Text, nullable=False),
    sa.Column("mark", sa.Text, nullable=False),
    sa.Column("read_at", Moment),
    sa.Column("failures", sa.Integer, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("missing", sa.Text, nullable=False),
    sa.Column("pages", Packed),
)

# What the scheduler does beside harvests and letters, by name: when it last began and last went
# well, on what (``mark``), and how often it failed since.
work = sa.Table(
    "work",
    metadata,
    sa.Column("name", key(), primary_key=True),
    sa.Column("mark", sa.Text, nullable=False),
    sa.Column("tried", Moment),
    sa.Column("done", Moment),
    sa.Column("failures", sa.Integer, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
)

# What is not as it should be and was told to the operator; the row goes when it is mended.
findings = sa.Table(
    "findings",
    metadata,
    sa.Column("key", key(), primary_key=True),
    sa.Column("said", sa.Text, nullable=False),
    sa.Column("found_at", Moment, nullable=False),
)

# What of a call is compared when it is linked, and its keys; by which rules they were taken
# (``fingerprint``), and whether it has been ``compared`` as it is.
link_traits = sa.Table(
    "link_traits",
    metadata,
    sa.Column("call_id", sa.Integer, _call_id(), primary_key=True),
    sa.Column("fingerprint", sa.Text, nullable=False),
    sa.Column("compared", sa.Boolean, nullable=False),
    sa.Column("traits", Packed, nullable=False),
)
sa.Index(
    "link_traits_to_compare",
    link_traits.c.call_id,
    sqlite_where=sa.text("compared = 0"),
)

# Only calls with a key in common are compared; a key is the hash of something that calls share.
link_keys = sa.Table(
    "link_keys",
    metadata,
    sa.Column("key", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("call_id", sa.Integer, _call_id(), primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)

# Two calls that were found to be one opportunity (cause ``link``), or of which an officer said that
# they are or are not. ``one`` is the smaller number.
link_pairs = sa.Table(
    "link_pairs",
    metadata,
    sa.Column("one", sa.Integer, _call_id(), primary_key=True, autoincrement=False),
    sa.Column("other", sa.Integer, _call_id(), primary_key=True, autoincrement=False, index=True),
    sa.Column("together", sa.Boolean, nullable=False),
    sa.Column("cause", sa.Text, nullable=False),
    sa.Column("why", sa.Text, nullable=False),
    sa.Column("at", Moment, nullable=False),
)
