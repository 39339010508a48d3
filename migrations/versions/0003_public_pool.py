"""public pool

Follows: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

LIVE = sa.text("deleted_at IS NULL")
COLUMNS = {
    "idle_since": sa.DateTime(),
    "locked_at": sa.DateTime(),
    "pooled_at": sa.DateTime(),
    "pool_reason": sa.String(length=64),
    "pool_note": sa.String(length=200),
    "pool_warned_at": sa.DateTime(),
}
# Who may claim, release and lock: the shipped roles; a role of the company's own goes by what it may edit.
RIGHTS = """
INSERT INTO role_rights (role_id, entity, action, scope)
SELECT roles.id, '*', wanted.action,
    CASE
        WHEN roles.key = 'admin' THEN 'all'
        WHEN roles.key IN ('support', 'readonly') THEN 'none'
        WHEN wanted.action = 'claim' THEN CASE WHEN COALESCE(edits.scope, 'none') = 'none' THEN 'none' ELSE 'all' END
        WHEN wanted.action = 'lock' AND roles.key <> 'manager' THEN 'none'
        ELSE COALESCE(edits.scope, 'none')
    END
FROM roles
CROSS JOIN (SELECT 'claim' AS action UNION ALL SELECT 'release' UNION ALL SELECT 'lock') AS wanted
LEFT JOIN role_rights AS edits ON edits.role_id = roles.id AND edits.entity = '*' AND edits.action = 'edit'
"""


def upgrade():
    for table in ("customers", "custom_records"):
        for name, type_ in COLUMNS.items():
            op.add_column(table, sa.Column(name, type_, nullable=True))
        _add_previous_owner(table)
    op.add_column("custom_records", sa.Column("owner_since", sa.DateTime(), nullable=True))
    op.add_column("entities", sa.Column("pooled", sa.Boolean(), nullable=True))
    _begin_counting()
    for table, first in (("customers", []), ("custom_records", ["entity"])):
        op.create_index(f"ix_{table}_live_idle_since_id", table, [*first, "idle_since", "id"], sqlite_where=LIVE)
        pooled = [*first, "owner_id", "pooled_at", "id"]
        op.create_index(f"ix_{table}_live_owner_id_pooled_at_id", table, pooled, sqlite_where=LIVE)
    op.execute(RIGHTS)


def _add_previous_owner(table):
    """In one statement on SQLite, which would otherwise copy the table and lose the indexes of custom fields."""
    name = f"fk_{table}_previous_owner_id"
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"ALTER TABLE {table} ADD COLUMN previous_owner_id INTEGER CONSTRAINT {name} REFERENCES users (id)")
    else:
        op.add_column(table, sa.Column("previous_owner_id", sa.Integer(), nullable=True))
        op.create_foreign_key(name, table, "users", ["previous_owner_id"], ["id"])


def _begin_counting():
    """Idle time of what is there: from the last follow-up, or from getting its owner."""
    op.execute(
        "UPDATE customers SET idle_since = CASE WHEN last_follow_up_at > COALESCE(owner_since, created_at)"
        " THEN last_follow_up_at ELSE COALESCE(owner_since, created_at) END WHERE owner_id IS NOT NULL"
    )
    op.execute("UPDATE customers SET pooled_at = updated_at WHERE owner_id IS NULL")
    op.execute("UPDATE custom_records SET owner_since = created_at, idle_since = updated_at WHERE owner_id IS NOT NULL")
    op.execute("UPDATE custom_records SET pooled_at = updated_at WHERE owner_id IS NULL")


def downgrade():
    op.execute("DELETE FROM role_rights WHERE action IN ('claim', 'release', 'lock')")
    for table in ("customers", "custom_records"):
        op.drop_index(f"ix_{table}_live_owner_id_pooled_at_id", table)
        op.drop_index(f"ix_{table}_live_idle_since_id", table)
        with op.batch_alter_table(table) as batch_op:
            batch_op.drop_constraint(f"fk_{table}_previous_owner_id", type_="foreignkey")
            for name in (*COLUMNS, "previous_owner_id"):
                batch_op.drop_column(name)
    op.drop_column("custom_records", "owner_since")
    op.drop_column("entities", "pooled")
