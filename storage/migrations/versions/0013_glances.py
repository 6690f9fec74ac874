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

# A program of before that is still at work changes a record and knows nothing of this: better no
# glance, for then the record is read, than one that says what was true once.
_FORGET_WITH_THE_RECORD = {
    "sqlite": (
        (
            "CREATE TRIGGER call_glances_outdated AFTER UPDATE OF record ON call_texts BEGIN"
            " DELETE FROM call_glances WHERE call_id = new.call_id; END"
        ),
    ),
    "postgresql": (
        (
            "CREATE FUNCTION forget_call_glance() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            " DELETE FROM call_glances WHERE call_id = new.call_id; RETURN NULL; END $$"
        ),
        (
            "CREATE TRIGGER call_glances_outdated AFTER UPDATE OF record ON call_texts"
            " FOR EACH ROW EXECUTE FUNCTION forget_call_glance()"
        ),
    ),
}

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
    for statement in _FORGET_WITH_THE_RECORD[connection.dialect.name]:
        op.execute(statement)


def _said(record: str) -> str:
    content = json.loads(record)
    said = {name: content[name] for name in _SAID}
    return json.dumps(said, ensure_ascii=False, separators=(",", ":"))


def downgrade() -> None:
    raise NotImplementedError("words of titles stay in the index; restore a backup instead")
