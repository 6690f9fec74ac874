"""Letters, and what they told to whom."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_KEY = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "letters",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", _KEY, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("recipient", _KEY, nullable=False),
        sa.Column("subject_key", _KEY, nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("text", sa.LargeBinary(), nullable=False),
        sa.Column("html", sa.LargeBinary(), nullable=False),
        sa.Column("headers", sa.Text(), nullable=False),
        sa.Column("created", _MOMENT, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("state_at", _MOMENT, nullable=False),
        sa.Column("due", _MOMENT, nullable=False),
        sa.Column("lease", _MOMENT),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("reply", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("letters_pk")),
        sa.UniqueConstraint("key", name=op.f("letters_key_key")),
        sa.UniqueConstraint(
            "kind", "recipient", "subject_key", name=op.f("letters_kind_recipient_subject_key_key")
        ),
    )
    op.create_index(op.f("letters_state_due"), "letters", ["state", "due"], unique=False)
    op.create_index(
        op.f("letters_recipient_kind_created"),
        "letters",
        ["recipient", "kind", "created"],
        unique=False,
    )
    op.create_table(
        "told",
        sa.Column("recipient", _KEY, nullable=False),
        sa.Column("partnership", _KEY, nullable=False),
        sa.Column("opportunity", _KEY, nullable=False),
        sa.Column("fact", _KEY, nullable=False),
        sa.Column("letter", sa.Integer(), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("seen", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["letter"], ["letters.id"], name=op.f("told_letter_fk")),
        sa.ForeignKeyConstraint(
            ["opportunity"], ["opportunities.id"], name=op.f("told_opportunity_fk")
        ),
        sa.PrimaryKeyConstraint(
            "recipient", "partnership", "opportunity", "fact", name=op.f("told_pk")
        ),
    )
    op.create_index(op.f("told_opportunity"), "told", ["opportunity"], unique=False)


def downgrade() -> None:
    raise NotImplementedError("letters are not taken away; restore a backup instead")
