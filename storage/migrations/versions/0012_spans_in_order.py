"""Status spans in the order in which questions ask for calls."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0010"

_TABLE = "status_spans"


def upgrade() -> None:
    dated = sa.text("deadline IS NOT NULL")
    op.create_index(
        "status_spans_dated",
        _TABLE,
        ["deadline", "call_id", "starts", "ends", "status"],
        sqlite_where=dated,
        postgresql_where=dated,
    )
    undated = sa.text("deadline IS NULL AND status <> 'closed'")
    op.create_index(
        "status_spans_undated",
        _TABLE,
        ["ends", "starts", "status", "call_id"],
        sqlite_where=undated,
        postgresql_where=undated,
    )
    closed = sa.text("status = 'closed'")
    op.create_index(
        "status_spans_closed",
        _TABLE,
        [sa.text("starts DESC"), "call_id", "status"],
        sqlite_where=closed,
        postgresql_where=closed,
    )
    op.drop_index("status_spans_ends_starts_status_deadline_call_id", _TABLE)


def downgrade() -> None:
    op.create_index(
        "status_spans_ends_starts_status_deadline_call_id",
        _TABLE,
        ["ends", "starts", "status", "deadline", "call_id"],
    )
    for name in ("status_spans_closed", "status_spans_undated", "status_spans_dated"):
        op.drop_index(name, _TABLE)
