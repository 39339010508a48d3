"""Verbs of the department tree. One root, named as the company; everything else hangs below it."""

from flask_babel import gettext as _
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from werkzeug.exceptions import NotFound

from smallcrm.core.db import after_commit, db, write
from smallcrm.core.errors import Invalid, Refused

from .models import Department, User, departments_in_order, subtree_ids
from .rights import forget_request


def add(name: str, parent_id: int) -> Department:
    """A new department, last among its siblings."""
    with write() as session:
        _found(parent_id)
        department = Department(name=_named(name), parent_id=parent_id, position=_next_position(parent_id))
        session.add(department)
        session.flush()
        after_commit(forget_request)
        return department


def change(department_id: int, name: str, parent_id: int | None) -> None:
    """Rename, and move below another department; the root stays where it is."""
    with write():
        department = _found(department_id)
        department.name = _named(name)
        if parent_id != department.parent_id:
            _move(department, parent_id)
        after_commit(forget_request)


def shift(department_id: int, steps: int) -> None:
    """Swap places with the sibling before (-1) or after (+1); nothing at the ends."""
    with write():
        department = _found(department_id)
        siblings = _siblings(department.parent_id)
        here = siblings.index(department)
        there = here + steps
        if 0 <= there < len(siblings):
            siblings[here], siblings[there] = siblings[there], siblings[here]
        for position, sibling in enumerate(siblings):
            sibling.position = position


def delete(department_id: int) -> None:
    """Remove an empty department."""
    with write() as session:
        department = _found(department_id)
        if department.parent_id is None:
            raise Refused(_("The topmost department cannot be deleted."))
        if session.scalar(select(Department.id).where(Department.parent_id == department_id).limit(1)):
            raise Refused(_("%(name)s still has departments below it.", name=department.name))
        people = session.scalar(select(func.count()).select_from(User).where(User.department_id == department_id))
        if people:
            raise Refused(_("%(name)s still has people. Move them to another department first.", name=department.name))
        name = department.name
        session.delete(department)
        try:
            session.flush()
        except IntegrityError:
            raise Refused(_("%(name)s still owns records. Move them first.", name=name))
        after_commit(forget_request)


def head_counts() -> dict[int, int]:
    """Department id → people in it (not below it) who are not disabled."""
    query = select(User.department_id, func.count()).where(User.status != "disabled").group_by(User.department_id)
    return {row[0]: row[1] for row in db.session.execute(query) if row[0] is not None}


def choices(without: int | None = None) -> list[tuple[int, str]]:
    """(id, indented name) of all departments in order, for a select; `without` leaves out that subtree."""
    hidden = set(subtree_ids(without)) if without else set()
    return [(each.id, "　" * depth + each.name) for each, depth in departments_in_order() if each.id not in hidden]


def _found(department_id: int) -> Department:
    department = db.session.get(Department, department_id)
    if department is None:
        raise NotFound
    return department


def _named(name: str) -> str:
    name = name.strip()
    if not 1 <= len(name) <= 60:
        raise Invalid({"name": _("Enter a name of up to 60 characters.")})
    return name


def _move(department: Department, parent_id: int | None) -> None:
    if department.parent_id is None or parent_id is None:
        raise Refused(_("The topmost department stays at the top."))
    _found(parent_id)
    if parent_id in subtree_ids(department.id):
        raise Refused(_("A department cannot be moved below itself."))
    department.parent_id = parent_id
    department.position = _next_position(parent_id)


def _siblings(parent_id: int | None) -> list[Department]:
    query = select(Department).where(Department.parent_id == parent_id).order_by(Department.position, Department.id)
    return list(db.session.scalars(query))


def _next_position(parent_id: int) -> int:
    top = db.session.scalar(select(func.max(Department.position)).where(Department.parent_id == parent_id))
    return 0 if top is None else top + 1
