"""The calendar that goes with a letter: the deadlines of its calls."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.add_column("letters", sa.Column("calendar", sa.LargeBinary()))


def downgrade() -> None:
    raise NotImplementedError("letters keep their calendars; restore a backup instead")
