"""What a list says of a call, beside its record; titles in the index of words."""

from __future__ import annotations

import json

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"

_TABLE = "call_glances"
_SAID = ("title", "programme", "opens_on", "deadlines", "funding")
_AT_ONCE = 500

_MARK_TITLES = """
UPDATE call_texts SET search_text = (
    SELECT '·' || replace(trim(title_words), ' ', ' ·') || ' ' || search_text
    FROM calls WHERE calls.id = call_texts.call_id
)
WHERE EXISTS (SELECT 1 FROM calls WHERE calls.id = call_texts.call_id AND trim(title_words) <> '')
"""


def upgrade() -> None:
    made = op.create_table(
        _TABLE,
        sa.Column("call_id", sa.Integer(), nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["call_id"], ["calls.id"], name=op.f("call_glances_call_id_fk"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("call_id", name=op.f("call_glances_pk")),
    )
    texts = sa.table("call_texts", sa.column("call_id"), sa.column("record"))
    some = sa.select(texts).order_by(texts.c.call_id).limit(_AT_ONCE)
    connection, after = op.get_bind(), 0
    while rows := connection.execute(some.where(texts.c.call_id > after)).all():
        connection.execute(
            sa.insert(made), [{"call_id": row.call_id, "said": _said(row.record)} for row in rows]
        )
        after = rows[-1].call_id
    op.execute(_MARK_TITLES)


def _said(record: str) -> str:
    content = json.loads(record)
    said = {name: content[name] for name in _SAID}
    return json.dumps(said, ensure_ascii=False, separators=(",", ":"))


def downgrade() -> None:
    raise NotImplementedError("words of titles stay in the index; restore a backup instead")
