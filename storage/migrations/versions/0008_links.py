"""Which calls are one opportunity, which of its records leads, and what was told in its name."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

_KEY = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.add_column(
        "calls", sa.Column("leads", sa.Boolean(), nullable=False, server_default=sa.true())
    )
    op.add_column(
        "calls", sa.Column("link_due", sa.Boolean(), nullable=False, server_default=sa.true())
    )
    op.create_index(
        "calls_that_follow",
        "calls",
        ["id"],
        sqlite_where=sa.text("leads = 0"),
        postgresql_where=sa.text("NOT leads"),
    )
    op.create_index(
        "calls_to_link",
        "calls",
        ["id"],
        sqlite_where=sa.text("link_due = 1"),
        postgresql_where=sa.text("link_due"),
    )
    op.add_column("told", sa.Column("record", sa.Text(), nullable=False, server_default=""))
    op.create_table(
        "link_traits",
        sa.Column("call_id", sa.Integer(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("compared", sa.Boolean(), nullable=False),
        sa.Column("traits", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["call_id"], ["calls.id"], name=op.f("link_traits_call_id_fk"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("call_id", name=op.f("link_traits_pk")),
    )
    op.create_index(
        "link_traits_to_compare",
        "link_traits",
        ["call_id"],
        sqlite_where=sa.text("compared = 0"),
        postgresql_where=sa.text("NOT compared"),
    )
    op.create_table(
        "link_keys",
        sa.Column("key", sa.BigInteger(), nullable=False),
        sa.Column("call_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["call_id"], ["calls.id"], name=op.f("link_keys_call_id_fk"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("key", "call_id", name=op.f("link_keys_pk")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "link_pairs",
        sa.Column("one", sa.Integer(), nullable=False),
        sa.Column("other", sa.Integer(), nullable=False),
        sa.Column("together", sa.Boolean(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["one"], ["calls.id"], name=op.f("link_pairs_one_fk"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["other"], ["calls.id"], name=op.f("link_pairs_other_fk"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("one", "other", name=op.f("link_pairs_pk")),
    )
    op.create_index(op.f("link_pairs_other"), "link_pairs", ["other"])


def downgrade() -> None:
    raise NotImplementedError("links are not taken away; restore a backup instead")
