"""favourites, and what people opened last

Follows: 0006
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade():
    for name, moment in (("favourites", "created_at"), ("seen_records", "at")):
        op.create_table(
            name,
            sa.Column("user_id", BIG, nullable=False),
            sa.Column("entity", sa.String(length=40), nullable=False),
            sa.Column("record_id", BIG, autoincrement=False, nullable=False),
            sa.Column(moment, sa.DateTime(), nullable=False),
            sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f(f"fk_{name}_user_id"), ondelete="CASCADE"),
            sa.PrimaryKeyConstraint("user_id", "entity", "record_id", name=op.f(f"pk_{name}")),
        )
        op.create_index(f"ix_{name}_newest", name, ["user_id", moment])
        op.create_index(f"ix_{name}_record", name, ["entity", "record_id"])


def downgrade():
    op.drop_table("seen_records")
    op.drop_table("favourites")
