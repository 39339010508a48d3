"""bulk actions

Follows: 0008
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade():
    op.create_table(
        "bulk_runs",
        sa.Column("id", ID, nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("entity", sa.String(length=40), nullable=False),
        sa.Column("verb", sa.String(length=40), nullable=False),
        sa.Column("values", sa.JSON(), nullable=False),
        sa.Column("ids", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("newest", ID, nullable=False),
        sa.Column("seen", ID, nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("place", ID, nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("undo_counts", sa.JSON(), nullable=False),
        sa.Column("seconds", sa.Double(), nullable=False),
        sa.Column("failure", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("finished_at", sa.DateTime(), nullable=True),
        sa.Column("undone_at", sa.DateTime(), nullable=True),
        sa.Column("undone_by_id", ID, nullable=True),
        sa.Column("worker", sa.String(length=40), nullable=True),
        sa.Column("lease_until", sa.DateTime(), nullable=True),
        sa.Column("turn_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["undone_by_id"], ["users.id"], name=op.f("fk_bulk_runs_undone_by_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_bulk_runs_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bulk_runs")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_bulk_runs_created_at"), "bulk_runs", ["created_at"])
    op.create_index("ix_bulk_runs_user", "bulk_runs", ["user_id", "id"])
    op.create_index(
        "ix_bulk_runs_at_work", "bulk_runs", ["id"], sqlite_where=sa.text("state IN ('running', 'undoing')")
    )
    op.create_table(
        "bulk_skips",
        sa.Column("id", ID, nullable=False),
        sa.Column("run_id", ID, nullable=False),
        sa.Column("phase", sa.String(length=5), nullable=False),
        sa.Column("record_id", ID, nullable=False),
        sa.Column("reason", sa.String(length=10), nullable=False),
        sa.Column("errors", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["bulk_runs.id"], name=op.f("fk_bulk_skips_run_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bulk_skips")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_bulk_skips_run", "bulk_skips", ["run_id", "phase", "id"])


def downgrade():
    op.drop_table("bulk_skips")
    op.drop_table("bulk_runs")
