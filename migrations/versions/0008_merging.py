"""merging

The keys of records that are there already are made by the program once it runs (records.merging.tasks).

Follows: 0007
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade():
    op.create_index("ix_duplicate_keys_same", "duplicate_keys", ["kind", "key", "entity", "record_id"])
    op.drop_index("ix_duplicate_keys_key", "duplicate_keys")
    op.create_table(
        "merges",
        sa.Column("id", ID, nullable=False),
        sa.Column("entity", sa.String(length=40), nullable=False),
        sa.Column("survivor_id", ID, nullable=False),
        sa.Column("by_id", ID, nullable=True),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("undone_at", sa.DateTime(), nullable=True),
        sa.Column("undone_by_id", ID, nullable=True),
        sa.ForeignKeyConstraint(["by_id"], ["users.id"], name=op.f("fk_merges_by_id")),
        sa.ForeignKeyConstraint(["undone_by_id"], ["users.id"], name=op.f("fk_merges_undone_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_merges")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_merges_survivor", "merges", ["entity", "survivor_id", "id"])
    op.create_table(
        "merged_records",
        sa.Column("entity", sa.String(length=40), nullable=False),
        sa.Column("record_id", ID, autoincrement=False, nullable=False),
        sa.Column("into_id", ID, nullable=False),
        sa.Column("merge_id", ID, nullable=False),
        sa.ForeignKeyConstraint(["merge_id"], ["merges.id"], name=op.f("fk_merged_records_merge_id")),
        sa.PrimaryKeyConstraint("entity", "record_id", name=op.f("pk_merged_records")),
    )
    op.create_index("ix_merged_records_into", "merged_records", ["entity", "into_id"])
    op.create_table(
        "distinct_records",
        sa.Column("entity", sa.String(length=40), nullable=False),
        sa.Column("low_id", ID, autoincrement=False, nullable=False),
        sa.Column("high_id", ID, autoincrement=False, nullable=False),
        sa.Column("by_id", ID, nullable=True),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["users.id"], name=op.f("fk_distinct_records_by_id"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("entity", "low_id", "high_id", name=op.f("pk_distinct_records")),
    )


def downgrade():
    op.drop_table("distinct_records")
    op.drop_table("merged_records")
    op.drop_table("merges")
    op.create_index("ix_duplicate_keys_key", "duplicate_keys", ["kind", "key"])
    op.drop_index("ix_duplicate_keys_same", "duplicate_keys")
    op.execute("DELETE FROM duplicate_keys WHERE kind IN ('alike', 'namesake')")
