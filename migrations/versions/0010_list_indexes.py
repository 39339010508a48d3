"""indexes that lists are sorted and filtered by

Follows: 0009
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

LIVE = sa.text("deleted_at IS NULL")
INDEXES = (
    ("customers", ("number", "id")),
    ("customers", ("phone", "id")),
    ("customers", ("type", "id")),
    ("customers", ("industry", "id")),
    ("customers", ("scale", "id")),
    ("customers", ("won_at", "id")),
    ("contacts", ("job_title", "id")),
    ("contacts", ("phone", "id")),
    ("contacts", ("decision_role", "id")),
    ("contacts", ("birthday", "id")),
    ("follow_ups", ("kind", "id")),
    ("follow_ups", ("next_follow_up_at", "id")),
    ("follow_ups", ("contact_id", "id")),
    ("tasks", ("done_at", "due_at", "id")),
    ("tasks", ("record", "id")),
    ("tasks", ("priority", "id")),
)


def upgrade():
    for table, columns in INDEXES:
        op.create_index(_name(table, columns), table, list(columns), sqlite_where=LIVE)


def downgrade():
    for table, columns in INDEXES:
        op.drop_index(_name(table, columns), table)


def _name(table, columns):
    return f"ix_{table}_live_{'_'.join(columns)}"[:63]
