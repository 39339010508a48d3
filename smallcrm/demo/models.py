"""What belongs to the example data, so that one button can take it away again."""

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from ..core.db import db

# The batch and source of every line of history it brought.
BATCH = "example"
# In the place of an entity's key; no entity may begin with @.
USERS = "@users"
DEPARTMENTS = "@departments"


class DemoRow(db.Model):
    """One row that the example data brought: a record of an entity, a colleague or a department."""

    __tablename__ = "demo_rows"

    entity: Mapped[str] = mapped_column(String(40), primary_key=True)
    record_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
