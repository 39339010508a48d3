"""The example's colleagues and departments when the rest goes: those that something real depends on stay."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from sqlalchemy import Column, String, cast, delete, func, or_, select

from ..activity.models import Activity
from ..core.db import after_commit, db
from ..entities import every
from ..entities.types import DepartmentRef, UserRef
from ..users import rights
from ..users.models import Department, User
from .models import BATCH, DEPARTMENTS, USERS, DemoRow

if TYPE_CHECKING:
    from .removal import Removed


def marked() -> dict[str, list[int]]:
    """Ids of the colleagues and departments that came with the example data."""
    found: dict[str, list[int]] = {USERS: [], DEPARTMENTS: []}
    rows = select(DemoRow.entity, DemoRow.record_id).where(DemoRow.entity.in_(found)).order_by(DemoRow.record_id)
    for entity, id in db.session.execute(rows):
        found[entity].append(id)
    return found


def first_line() -> int:
    """The id of the first line of history that the example data wrote; nobody knew the colleagues before."""
    return db.session.scalar(select(func.min(Activity.id)).where(Activity.batch == BATCH)) or 0


def delete_unneeded(ids: dict[str, list[int]], since: int, removed: "Removed") -> None:
    """Delete the colleagues and departments in `ids` that nothing needs, and note the others in `removed`."""
    needed = _named_in_history(since) | _referred_to(User, ids[USERS])
    for user in db.session.scalars(select(User).where(User.id.in_(ids[USERS])).order_by(User.id)).all():
        # With a password somebody real has taken the account over.
        if user.password_hash is not None or user.id in needed:
            removed.kept.append(user.name)
        else:
            db.session.execute(delete(User).where(User.id == user.id))
            removed.users += 1
    mine = select(Department).where(Department.id.in_(ids[DEPARTMENTS]))
    # Newest first: what lies below was made after what lies above.
    for department in db.session.scalars(mine.order_by(Department.id.desc())).all():
        if _referred_to(Department, [department.id]):
            removed.kept.append(department.name)
        else:
            db.session.execute(delete(Department).where(Department.id == department.id))
            removed.departments += 1
    db.session.expire_all()
    after_commit(rights.forget_request)


def _referred_to(model: type[User] | type[Department], ids: list[int]) -> set[int]:
    """Those of `ids` that some row names."""
    found: set[int] = set()
    for column in _foreign_keys(model.__tablename__):
        found.update(db.session.scalars(select(column).where(column.in_(ids)).distinct()))
    for entity in every():
        for field in entity.fields:
            if isinstance(field, UserRef if model is User else DepartmentRef) and field.custom:
                column = field.column(entity.model)
                found.update(db.session.scalars(select(column).where(entity.rows(), column.in_(ids)).distinct()))
    return found


def _foreign_keys(target: str) -> Iterator[Column[int]]:
    """Columns that keep a row of `target` alive; what goes with the row (CASCADE) does not."""
    for table in db.metadata.sorted_tables:
        for key in table.foreign_keys:
            if key.column.table.name == target and key.ondelete != "CASCADE":
                yield key.parent


def _named_in_history(since: int) -> set[int]:
    """Ids of the people that lines of history written since then name in a field (an owner before, say)."""
    fields = {entity.key: [f.key for f in entity.fields if isinstance(f, UserRef)] for entity in every()}
    changes = cast(Activity.changes, String)
    mentioned = or_(*(changes.contains(f'"{key}"') for key in {key for keys in fields.values() for key in keys}))
    named: set[int] = set()
    lines = select(Activity.entity, Activity.changes).where(Activity.id >= since, mentioned)
    for entity, changed in db.session.execute(lines):
        for key in fields.get(entity, ()):
            named.update(id for id in changed.get(key) or () if isinstance(id, int))
    return named
