"""Who gets no letters any more, what recipients chose, what towns mean to do, what came back."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

_KEY = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("recipients", sa.Column("confirmed", _MOMENT))
    op.create_table(
        "suppressions",
        sa.Column("address_key", _KEY, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("address_key", name=op.f("suppressions_pk")),
    )
    op.create_table(
        "preferences",
        sa.Column("address_key", _KEY, nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("address_key", name=op.f("preferences_pk")),
    )
    op.create_table(
        "answers",
        sa.Column("partnership", _KEY, nullable=False),
        sa.Column("opportunity", _KEY, nullable=False),
        sa.Column("town", _KEY, nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("recipient", _KEY, nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["partnership"],
            ["partnerships.id"],
            name=op.f("answers_partnership_fk"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["opportunity"], ["opportunities.id"], name=op.f("answers_opportunity_fk")
        ),
        sa.PrimaryKeyConstraint("partnership", "opportunity", "town", name=op.f("answers_pk")),
    )
    op.create_table(
        "bounces",
        sa.Column("letter", sa.Integer(), nullable=False),
        sa.Column("notice", _KEY, nullable=False),
        sa.Column("recipient", _KEY, nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("hard", sa.Boolean(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["letter"], ["letters.id"], name=op.f("bounces_letter_fk")),
        sa.PrimaryKeyConstraint("letter", "notice", name=op.f("bounces_pk")),
    )
    op.create_index(op.f("bounces_recipient"), "bounces", ["recipient"], unique=False)
    op.create_index(op.f("letters_message_id"), "letters", ["message_id"], unique=False)
    # An address that bounced or was erased was refused everywhere already, by any row of it;
    # "erased" is the stronger of the two, and sorts last.
    op.execute(
        sa.text(
            "INSERT INTO suppressions (address_key, state, at)"
            " SELECT address_key, max(state), max(state_at) FROM recipients"
            " WHERE state IN ('bounced', 'erased') GROUP BY address_key"
        )
    )


def downgrade() -> None:
    raise NotImplementedError("wishes of recipients are not taken away; restore a backup instead")
