"""What people chose about lists: their columns, tabs and first view; and the views they keep."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text, select
from sqlalchemy.orm import Mapped, mapped_column

from ..core.db import BigId, UtcDateTime, db, now

PRIVATE, EVERYBODY, ROLE, DEPARTMENT = SHARED = ("private", "everybody", "role", "department")


class View(db.Model):
    """A named list of one entity: what its URL states, and with whom it is shared."""

    __tablename__ = "views"
    __table_args__ = (Index("ix_views_entity", "entity", "position", "id"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    entity: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(60))
    owner_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    shared: Mapped[str] = mapped_column(String(10), default=PRIVATE)
    role_id: Mapped[int | None] = mapped_column(ForeignKey("roles.id", ondelete="CASCADE"))
    department_id: Mapped[int | None] = mapped_column(ForeignKey("departments.id", ondelete="CASCADE"))
    # A query string: conditions, order, kind, groups, columns with their widths.
    query: Mapped[str] = mapped_column(Text)
    # Whether it is a tab for those it is shared with who have not chosen their tabs.
    pinned: Mapped[bool] = mapped_column(default=False)
    position: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)


class ListPreference(db.Model):
    """What a person chose for the lists of one entity."""

    __tablename__ = "list_preferences"

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    entity: Mapped[str] = mapped_column(String(40), primary_key=True)
    # Keys, with a width in pixels where one was drawn: "name:240". Empty for the shipped ones.
    columns: Mapped[Any] = mapped_column(JSON, default=list)
    # Keys of the views that are tabs; None for the usual ones.
    tabs: Mapped[Any] = mapped_column(JSON(none_as_null=True), nullable=True)
    # The key of the view that opens first; None for that of the role.
    view: Mapped[str | None] = mapped_column(String(20))


class RoleView(db.Model):
    """The view of an entity that opens first for people of a role."""

    __tablename__ = "role_views"

    role_id: Mapped[int] = mapped_column(ForeignKey("roles.id", ondelete="CASCADE"), primary_key=True)
    entity: Mapped[str] = mapped_column(String(40), primary_key=True)
    view: Mapped[str] = mapped_column(String(20))


def preference(user_id: int, entity: str) -> ListPreference:
    """What a person chose for the lists of an entity; a new, unsaved row for nothing."""
    found = db.session.get(ListPreference, (user_id, entity))
    return found if found is not None else ListPreference(user_id=user_id, entity=entity, columns=[])


def prefer(user_id: int, entity: str, **values: Any) -> None:
    """Remember choices (columns, tabs, view) and leave the others; inside write()."""
    chosen = preference(user_id, entity)
    for name, value in values.items():
        setattr(chosen, name, value)
    db.session.add(chosen)


def columns_of(user_id: int, entity: str) -> list[str] | None:
    """The chosen columns, or None for the shipped ones."""
    return preference(user_id, entity).columns or None


def role_view(role_id: int, entity: str) -> str | None:
    """The key of the view that opens first for a role."""
    return db.session.scalar(select(RoleView.view).where(RoleView.role_id == role_id, RoleView.entity == entity))
