"""indexes that reports count from

Follows: 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

LIVE = sa.text("deleted_at IS NULL")
INDEXES = (
    ("customers", ("created_at", "owner_id", "source", "status", "last_follow_up_at", "department_id", "deleted_at")),
    ("customers", ("owner_id", "last_follow_up_at", "status", "department_id", "deleted_at")),
    ("customers", ("won_at", "status", "owner_id", "department_id", "deleted_at")),
    ("follow_ups", ("happened_at", "created_by_id", "kind", "owner_id", "department_id", "deleted_at")),
)


def upgrade():
    for table, columns in INDEXES:
        op.create_index(_name(table, columns), table, list(columns), sqlite_where=LIVE)


def downgrade():
    for table, columns in INDEXES:
        op.drop_index(_name(table, columns), table)


def _name(table, columns):
    return f"ix_{table}_live_{'_'.join(columns)}"[:63]
