"""Favourites: the records that a person has starred. A star is the person's own and no change of the record."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, ForeignKey, Index, String, false, select
from sqlalchemy.orm import Mapped, mapped_column

from ..core import clock
from ..core.db import BigId, UtcDateTime, db
from ..entities import Entity, Field, FieldError, every
from ..entities import of as entity_of
from ..users.models import User
from ..users.viewer import viewer
from . import kept, views

KEY = "favourite"
SHOWN = 30


class Favourite(db.Model):
    """One person's star on one record."""

    __tablename__ = "favourites"
    # Both ways: what somebody starred, newest first, and who starred a record.
    __table_args__ = (
        Index("ix_favourites_newest", "user_id", "created_at"),
        Index("ix_favourites_record", "entity", "record_id"),
    )

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    entity: Mapped[str] = mapped_column(String(40), primary_key=True)
    record_id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


def has(user: User, record: Any) -> bool:
    """Whether `user` has starred the record."""
    return db.session.get(Favourite, (user.id, entity_of(record).key, record.id)) is not None


def put(user: User, record: Any, wanted: bool) -> None:
    """Star the record, or take the star away; the same again changes nothing. Inside write()."""
    place = (user.id, entity_of(record).key, record.id)
    known = db.session.get(Favourite, place)
    if wanted and known is None:
        user_id, entity, record_id = place
        db.session.add(Favourite(user_id=user_id, entity=entity, record_id=record_id, created_at=clock.now()))
    elif not wanted and known is not None:
        db.session.delete(known)


def of(user: User, n: int = SHOWN) -> list[kept.Kept]:
    """The newest `n` favourites that `user` may still see."""
    rows = select(Favourite.entity, Favourite.record_id, Favourite.created_at).where(Favourite.user_id == user.id)
    found = db.session.execute(rows.order_by(Favourite.created_at.desc(), Favourite.record_id.desc()))
    return kept.visible(user, ((key, id, at) for key, id, at in found), n)


def follow(entity: Entity, gone: int, stays: int) -> None:
    """Give whoever starred `gone` a star on `stays`, into which it was merged; inside write().

    The old star is kept: nobody sees it while the record lies in the recycle bin, and it is there if that comes back.
    """
    starred = select(Favourite).where(Favourite.entity == entity.key)
    there = set(db.session.scalars(starred.where(Favourite.record_id == stays).with_only_columns(Favourite.user_id)))
    for row in db.session.scalars(starred.where(Favourite.record_id == gone)).all():
        if row.user_id not in there:
            same = {"user_id": row.user_id, "entity": entity.key, "created_at": row.created_at}
            db.session.add(Favourite(record_id=stays, **same))
    db.session.flush()


class IsFavourite(Field):
    """Not a field of records: whether the person who looks has starred them. 1 or 0 in the URL."""

    type = "favourite"
    type_label = _l("Favourite")
    icon = "star"
    operators = ("eq",)

    def condition(self, model: Any, op: str, raws: Sequence[str]) -> ColumnElement[bool]:
        if list(raws) not in (["1"], ["0"]):
            raise FieldError(_("Enter yes or no."))
        user = viewer()
        if user is None:
            return false()
        # Modules made in the browser share a table, and so the numbers of their records.
        keys = [entity.key for entity in every() if entity.model is model]
        starred = select(Favourite.record_id).where(Favourite.user_id == user.id, Favourite.entity.in_(keys))
        return model.id.in_(starred) if raws[0] == "1" else model.id.not_in(starred)

    def filter_words(self, op: str, raws: Sequence[str]) -> str:
        return _("yes") if list(raws) == ["1"] else _("no")

    def phrase(self, op: str, raws: Sequence[str]) -> str:
        return _("starred by me") if list(raws) == ["1"] else _("not starred by me")


def view(entity: Entity, user: User) -> Iterator[views.Choice]:
    """The view of everything that the person has starred, for `views.SHIPPED`."""
    yield views.Choice("favourites", _("My favourites"), "star", f"f.{KEY}.eq=1")


def field() -> IsFavourite:
    """The filter, ready to be listed in `listing.SPECIAL`."""
    made = IsFavourite(_l("Starred by me"))
    made.key = KEY
    return made
