"""What the scheduler did and when, and what it told the operator."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

_KEY = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "work",
        sa.Column("name", _KEY, nullable=False),
        sa.Column("mark", sa.Text(), nullable=False),
        sa.Column("tried", sa.DateTime(timezone=True)),
        sa.Column("done", sa.DateTime(timezone=True)),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("work_pk")),
    )
    op.create_table(
        "findings",
        sa.Column("key", _KEY, nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("findings_pk")),
    )


def downgrade() -> None:
    raise NotImplementedError("what was done is not forgotten; restore a backup instead")
