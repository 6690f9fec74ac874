"""What questions choose and sort calls by, kept apart; what many calls say alike, said once."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"

_SAID = (
    "kind",
    "programme_words",
    "country_allows",
    "country_excludes",
    "region_allows",
    "region_excludes",
    "applicant_allows",
    "applicant_excludes",
)
_KEYS = ("source", "first_seen", "leads", "withdrawn")
_LIST = ", ".join(_SAID)
_WHOLE = f"md5({' || '.join(_SAID)})"
"""PostgreSQL keeps no more than 2,700 bytes in an index, and lists of regions may be longer."""


def _new(text: str) -> str:
    """The same of the row that a trigger is about."""
    for name in (*_SAID, *_KEYS):
        text = text.replace(name, f"new.{name}")
    return text


_ALIKE = " AND ".join(f"{name} = {_new(name)}" for name in _SAID)
_OTHER = " OR ".join(f"old.{name} <> new.{name}" for name in (*_SAID, *_KEYS))
_WATCHED = ", ".join((*_SAID, *_KEYS))

# Triggers keep both tables, so that they are right whatever writes to a call, a program of before
# as well. Facets are not unique: two programs may write the same at once and shall not wait for
# each other, and it does no harm to questions when it is there twice.
_ADD_FACETS = f"""
    INSERT INTO facets ({_LIST}) SELECT {_new(_LIST)}
        WHERE NOT EXISTS (SELECT 1 FROM facets WHERE {_ALIKE});
"""  # noqa: S608 - names of ours, here and below
_KEEP_THEM = {
    "sqlite": (
        f"""
        CREATE TRIGGER call_keys_added AFTER INSERT ON calls BEGIN {_ADD_FACETS}
            INSERT INTO call_keys (id, {", ".join(_KEYS)}, facets)
            VALUES (new.id, {_new(", ".join(_KEYS))}, (SELECT min(id) FROM facets WHERE {_ALIKE}));
        END
        """,  # noqa: S608
        f"""
        CREATE TRIGGER call_keys_changed AFTER UPDATE OF {_WATCHED} ON calls WHEN {_OTHER}
        BEGIN {_ADD_FACETS}
            UPDATE call_keys SET {", ".join(f"{name} = new.{name}" for name in _KEYS)},
                facets = (SELECT min(id) FROM facets WHERE {_ALIKE})
            WHERE id = new.id;
        END
        """,  # noqa: S608
    ),
    "postgresql": (
        f"""
        CREATE FUNCTION note_call_keys() RETURNS trigger LANGUAGE plpgsql AS $$
        DECLARE alike integer;
        BEGIN
            SELECT min(id) INTO alike FROM facets WHERE {_WHOLE} = {_new(_WHOLE)} AND {_ALIKE};
            IF alike IS NULL THEN
                INSERT INTO facets ({_LIST}) VALUES ({_new(_LIST)}) RETURNING id INTO alike;
            END IF;
            INSERT INTO call_keys (id, {", ".join(_KEYS)}, facets)
            VALUES (new.id, {_new(", ".join(_KEYS))}, alike)
            ON CONFLICT (id) DO UPDATE SET facets = excluded.facets,
                {", ".join(f"{name} = excluded.{name}" for name in _KEYS)};
            RETURN NULL;
        END $$
        """,  # noqa: S608
        (
            "CREATE TRIGGER call_keys_added AFTER INSERT ON calls"
            " FOR EACH ROW EXECUTE FUNCTION note_call_keys()"
        ),
        (
            f"CREATE TRIGGER call_keys_changed AFTER UPDATE OF {_WATCHED} ON calls"
            f" FOR EACH ROW WHEN ({_OTHER}) EXECUTE FUNCTION note_call_keys()"
        ),
    ),
}


def upgrade() -> None:
    op.create_table(
        "facets",
        sa.Column("id", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in _SAID),
        sa.PrimaryKeyConstraint("id", name=op.f("facets_pk")),
    )
    # no foreign key to facets: PostgreSQL would lock the row that so many calls share
    op.create_table(
        "call_keys",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column(
            "source",
            sa.Text().with_variant(sa.Text(collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("first_seen", sa.DateTime(timezone=True), nullable=False),
        sa.Column("leads", sa.Boolean(), nullable=False),
        sa.Column("withdrawn", sa.Boolean(), nullable=False),
        sa.Column("facets", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["id"], ["calls.id"], name=op.f("call_keys_id_fk"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("call_keys_pk")),
    )
    dialect = op.get_bind().dialect.name
    by = _WHOLE if dialect == "postgresql" else _LIST
    op.execute(f"CREATE INDEX facets_alike ON facets ({by})")
    op.execute(f"INSERT INTO facets ({_LIST}) SELECT DISTINCT {_LIST} FROM calls")  # noqa: S608
    same = " AND ".join(f"f.{name} = c.{name}" for name in _SAID)
    op.execute(
        f"INSERT INTO call_keys (id, {', '.join(_KEYS)}, facets) SELECT c.id,"  # noqa: S608
        f" {', '.join(f'c.{name}' for name in _KEYS)}, min(f.id)"
        f" FROM calls AS c JOIN facets AS f ON {same} GROUP BY c.id"
    )
    op.create_index("call_keys_facets", "call_keys", ["facets", "source", "first_seen"])
    op.create_index("call_keys_first_seen", "call_keys", ["first_seen"])
    op.drop_index("calls_first_seen", "calls")
    for statement in _KEEP_THEM[dialect]:
        op.execute(statement)


def downgrade() -> None:
    postgresql = op.get_bind().dialect.name == "postgresql"
    for name in ("call_keys_added", "call_keys_changed"):
        op.execute(f"DROP TRIGGER {name}{' ON calls' if postgresql else ''}")
    if postgresql:
        op.execute("DROP FUNCTION note_call_keys()")
    op.create_index("calls_first_seen", "calls", ["first_seen"])
    op.drop_table("call_keys")
    op.drop_table("facets")
