"""What partnerships say of calls: useful, not for them, already known."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

_KEY = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "feedback",
        sa.Column("partnership", _KEY, nullable=False),
        sa.Column("opportunity", _KEY, nullable=False),
        sa.Column("mark", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["partnership"],
            ["partnerships.id"],
            name=op.f("feedback_partnership_fk"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["opportunity"], ["opportunities.id"], name=op.f("feedback_opportunity_fk")
        ),
        sa.PrimaryKeyConstraint("partnership", "opportunity", name=op.f("feedback_pk")),
    )


def downgrade() -> None:
    raise NotImplementedError("feedback is not taken away; restore a backup instead")
