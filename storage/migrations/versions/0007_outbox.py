"""How often a letter was refused or its fate unknown, and why the outbox stands still."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

_KEY = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    for name in ("refusals", "doubts"):
        op.add_column("letters", sa.Column(name, sa.Integer(), nullable=False, server_default="0"))
    doubtful = "UPDATE letters SET doubts = 1 WHERE state = 'unconfirmed'"
    op.execute(sa.text(doubtful))
    op.create_index(op.f("letters_state_state_at"), "letters", ["state", "state_at"], unique=False)
    op.create_table(
        "holds",
        sa.Column("name", _KEY, nullable=False),
        sa.Column("since", _MOMENT, nullable=False),
        sa.Column("due", _MOMENT),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("released", _MOMENT),
        sa.PrimaryKeyConstraint("name", name=op.f("holds_pk")),
    )


def downgrade() -> None:
    raise NotImplementedError("letters are not taken away; restore a backup instead")
