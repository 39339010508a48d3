"""What every record has, whatever its entity."""

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar

from flask_babel import lazy_gettext as _l
from sqlalchemy import JSON, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from ..core.db import BigId, UtcDateTime, db, now
from .field import column
from .types import DepartmentRef, Moment, UserRef
from .types.people import department_key, user_key

if TYPE_CHECKING:
    from ..users.models import User

Changes = Mapping[str, tuple[Any, Any]]

LIVE = text("deleted_at IS NULL")
GONE = text("deleted_at IS NOT NULL")
# What PostgreSQL takes as a name.
LONGEST_NAME = 63


class Record(db.Model):
    """The base of every entity's model. Built-in fields are columns made by the functions of `fields.py`."""

    __abstract__ = True
    # Further indexes of live rows, each a tuple of column names; lists sort and filter by them.
    __indexes__: ClassVar[tuple[tuple[str, ...], ...]] = ()
    # Columns that come first in every index (the shared table of custom entities is split by entity).
    __index_prefix__: ClassVar[tuple[str, ...]] = ()

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    owner_id: Mapped[int | None] = column(
        UserRef(_l("Owner"), system=True), key="owner", foreign_key=user_key(), sort_order=90
    )
    department_id: Mapped[int | None] = column(
        DepartmentRef(_l("Department"), system=True, readonly=True),
        key="department",
        foreign_key=department_key(),
        sort_order=90,
    )
    created_at: Mapped[datetime] = column(Moment(_l("Created"), system=True, readonly=True), default=now, sort_order=90)
    created_by_id: Mapped[int | None] = column(
        UserRef(_l("Created by"), system=True, readonly=True), key="created_by", foreign_key=user_key(), sort_order=90
    )
    updated_at: Mapped[datetime] = column(
        Moment(_l("Last change"), system=True, readonly=True), default=now, sort_order=90
    )
    updated_by_id: Mapped[int | None] = column(
        UserRef(_l("Changed by"), system=True, readonly=True), key="updated_by", foreign_key=user_key(), sort_order=90
    )
    version: Mapped[int] = mapped_column(default=1, sort_order=90)
    deleted_at: Mapped[datetime | None] = mapped_column(UtcDateTime, sort_order=90)
    deleted_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"), sort_order=90)
    # Which record's deletion took this one along ("customers:7"); restoring that one brings it back.
    deleted_with: Mapped[str | None] = mapped_column(String(80), sort_order=90)
    custom: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict, sort_order=90)

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:
        return {"version_id_col": cls.__table__.c.version}

    @declared_attr.directive
    def __table_args__(cls) -> tuple[Any, ...]:
        # No postgresql_where here: naming it imports that dialect at every start (0.2 s, 5 MB). There the indexes are
        # whole ones.
        table, first = cls.__tablename__, cls.__index_prefix__
        common = (("id",), ("owner_id", "id"), ("department_id", "id"), ("created_at", "id"), ("updated_at", "id"))
        live = [
            Index(f"ix_{table}_live_{'_'.join(columns)}"[:LONGEST_NAME], *first, *columns, sqlite_where=LIVE)
            for columns in (*common, *cls.__indexes__)
        ]
        gone = Index(f"ix_{table}_gone", *first, "deleted_at", "id", sqlite_where=GONE)
        return (*live, gone, {"sqlite_autoincrement": True})

    def before_save(self, changes: Changes, by: "User | None") -> None:
        """Called in the write transaction with {field key: (old, new)} before the row is written."""

    def after_save(self, changes: Changes, by: "User | None") -> None:
        """Called in the write transaction once the row has its id; for what other tables must follow."""

    def after_delete(self, by: "User | None") -> None:
        """Called in the write transaction when the record has gone to the recycle bin."""

    def after_restore(self, by: "User | None") -> None:
        """Called in the write transaction when the record has come back."""
