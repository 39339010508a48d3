"""Who may see and do what: one SQL condition per entity, person and action.

Everything that reads records starts from :func:`visible`; everything that changes one asks :func:`allows`. The answer
for one record is computed by running the same condition, so lists and pages cannot disagree.
"""

from typing import Any

from flask import Flask, abort, g
from flask_babel import gettext as _
from sqlalchemy import ColumnElement, and_, false, or_, select, true

from ..core.db import db
from ..core.errors import Refused
from ..entities import Entity, Field, find, of
from ..users import rights
from ..users.models import User


class Forbidden(Refused):
    """The record may be seen but not this done to it."""

    status = 403


def scope(user: User, entity: Entity, action: str) -> str:
    """none, own, department, department_below or all: the entity's own row, else its parent's, else the "*" row."""
    scopes = rights.role_scopes(user.role_id)
    for key in (entity.key, entity.parent.settings.get("entity") if entity.parent else None, "*"):
        if key and (found := scopes.get((key, action))):
            return found
    return "none"


def within(entity: Entity, user: User, action: str) -> ColumnElement[bool]:
    """The rows of `entity`, deleted or not, that `user` may do `action` on."""
    model: Any = entity.model
    match scope(user, entity, action):
        case "all":
            reach: ColumnElement[bool] = true()
        case "department_below":
            reach = or_(model.owner_id == user.id, model.department_id.in_(user.department_subtree_ids()))
        case "department" if user.department_id is not None:
            reach = or_(model.owner_id == user.id, model.department_id == user.department_id)
        case "own" | "department":
            reach = model.owner_id == user.id
        case _:
            reach = false()
    return and_(entity.rows(), reach)


def sees_all(entity: Entity, user: User) -> bool:
    """Whether `user` may see every live record of `entity`."""
    return scope(user, entity, "view") == "all"


def visible(entity: Entity, user: User) -> ColumnElement[bool]:
    """The live records of `entity` that `user` may see. Every query of records starts here."""
    return and_(entity.live(), within(entity, user, "view"))


def in_pool(entity: Entity, user: User) -> ColumnElement[bool]:
    """The live records without an owner that `user` may claim. They are not `user`'s to see otherwise: mask them."""
    model: Any = entity.model
    match scope(user, entity, "claim") if entity.pooled else "none":
        case "all":
            reach: ColumnElement[bool] = true()
        case "department_below":
            reach = or_(model.department_id.is_(None), model.department_id.in_(user.department_subtree_ids()))
        case "department":
            reach = or_(model.department_id.is_(None), model.department_id == user.department_id)
        case _:
            reach = false()
    return and_(entity.rows(), entity.live(), model.owner_id.is_(None), reach)


def may_claim(user: User, record: Any) -> bool:
    """Whether `user` may claim this record now; the same condition as :func:`in_pool`."""
    entity = of(record)
    asked = select(entity.model.id).where(entity.model.id == record.id, in_pool(entity, user))
    return db.session.scalar(asked) is not None


def deleted(entity: Entity, user: User) -> ColumnElement[bool]:
    """What is in the recycle bin and `user` may delete, hence see there and restore."""
    return and_(~entity.live(), within(entity, user, "delete"))


def allows(user: User, record: Any, action: str) -> bool:
    """Whether `user` may do `action` on this record; the same condition as :func:`within`."""
    entity = of(record)
    asked = select(entity.model.id).where(entity.model.id == record.id, within(entity, user, action))
    return db.session.scalar(asked) is not None


def may(user: User, entity: Entity, action: str) -> bool:
    """Whether `user` may do `action` on any record of `entity` at all (to show a button, a menu, a column)."""
    return scope(user, entity, action) != "none"


def visible_or_404(entity: Entity, id: int) -> Any:
    """The live record, if the signed-in person may see it."""
    found = db.session.scalars(select(entity.model).where(entity.model.id == id, visible(entity, g.user))).first()
    if found is None:
        abort(404)
    return found


def permitted(entity: Entity, id: int, action: str) -> Any:
    """The live record, if the signed-in person may do `action` on it: else 404 (not visible) or Forbidden (403)."""
    record = visible_or_404(entity, id)
    demand(g.user, record, action)
    return record


def demand(user: User, record: Any, action: str) -> None:
    """Raise Forbidden unless `user` may do `action` on the record."""
    if not allows(user, record, action):
        raise Forbidden(_("You do not have the right to do this. Ask your administrator if you need it."))


def demand_any(user: User, entity: Entity, action: str) -> None:
    """Raise Forbidden unless `user` may do `action` on some records of `entity`."""
    if not may(user, entity, action):
        raise Forbidden(_("You do not have the right to do this. Ask your administrator if you need it."))


def readable_fields(entity: Entity, user: User) -> list[Field]:
    """The fields whose values `user` may see; the only fields a page, an export or the API may touch."""
    return entity.fields


def writable_fields(entity: Entity, user: User) -> list[Field]:
    """The fields `user` may set."""
    return [field for field in readable_fields(entity, user) if not field.readonly]


def visible_by_key(key: str, id: int, user: User) -> Any | None:
    """The live record of the entity called `key`, if `user` may see it, else None."""
    entity = find(key)
    return db.session.scalars(select(entity.model).where(entity.model.id == id, visible(entity, user))).first()


def init_app(app: Flask) -> None:
    """Nothing to set up: this room only answers questions."""
