"""What a person chose about lists."""

from typing import Any

from sqlalchemy import JSON, ForeignKey, String, select
from sqlalchemy.orm import Mapped, mapped_column

from ..core.db import db


class ListPreference(db.Model):
    """The columns a person wants to see in the lists of one entity."""

    __tablename__ = "list_preferences"

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    entity: Mapped[str] = mapped_column(String(40), primary_key=True)
    columns: Mapped[Any] = mapped_column(JSON, default=list)


def columns_of(user_id: int, entity: str) -> list[str] | None:
    """The chosen column keys, or None for the shipped ones."""
    chosen = select(ListPreference.columns).where(ListPreference.user_id == user_id, ListPreference.entity == entity)
    return db.session.scalar(chosen)


def keep_columns(user_id: int, entity: str, columns: list[str]) -> None:
    """Remember a choice, or forget it when empty; inside write()."""
    row = db.session.get(ListPreference, (user_id, entity))
    if not columns:
        if row is not None:
            db.session.delete(row)
    elif row is None:
        db.session.add(ListPreference(user_id=user_id, entity=entity, columns=columns))
    else:
        row.columns = columns
