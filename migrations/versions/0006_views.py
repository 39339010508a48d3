"""views of lists

Follows: 0005
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "role_views",
        sa.Column("role_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("entity", sa.String(length=40), nullable=False),
        sa.Column("view", sa.String(length=20), nullable=False),
        sa.ForeignKeyConstraint(["role_id"], ["roles.id"], name=op.f("fk_role_views_role_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("role_id", "entity", name=op.f("pk_role_views")),
    )
    op.create_table(
        "views",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("entity", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("owner_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("shared", sa.String(length=10), nullable=False),
        sa.Column("role_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("department_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("pinned", sa.Boolean(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["department_id"], ["departments.id"], name=op.f("fk_views_department_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["owner_id"], ["users.id"], name=op.f("fk_views_owner_id")),
        sa.ForeignKeyConstraint(["role_id"], ["roles.id"], name=op.f("fk_views_role_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_views")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("views", schema=None) as batch_op:
        batch_op.create_index("ix_views_entity", ["entity", "position", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_views_owner_id"), ["owner_id"], unique=False)

    with op.batch_alter_table("list_preferences", schema=None) as batch_op:
        batch_op.add_column(sa.Column("tabs", sa.JSON(none_as_null=True), nullable=True))
        batch_op.add_column(sa.Column("view", sa.String(length=20), nullable=True))


def downgrade():
    with op.batch_alter_table("list_preferences", schema=None) as batch_op:
        batch_op.drop_column("view")
        batch_op.drop_column("tabs")

    with op.batch_alter_table("views", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_views_owner_id"))
        batch_op.drop_index("ix_views_entity")

    op.drop_table("views")
    op.drop_table("role_views")
