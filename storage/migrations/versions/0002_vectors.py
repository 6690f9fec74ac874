"""Vectors of texts, and what is needed to explain a match later."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_KEY = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "vectors",
        sa.Column("text_hash", _KEY, nullable=False),
        sa.Column("fingerprint", _KEY, nullable=False),
        sa.Column("vector", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("text_hash", "fingerprint", name=op.f("vectors_pk")),
    )
    op.create_table(
        "match_runs",
        sa.Column("partnership", _KEY, nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["partnership"],
            ["partnerships.id"],
            name=op.f("match_runs_partnership_fk"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("partnership", name=op.f("match_runs_pk")),
    )
    op.add_column("matches", sa.Column("details", sa.Text()))


def downgrade() -> None:
    raise NotImplementedError("vectors are not taken away; restore a backup instead")
