"""References to the people and departments of the company."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from flask import g, has_request_context
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from markupsafe import Markup, escape
from sqlalchemy import ColumnElement, ForeignKey, Integer, select

from ...core.db import db
from ...core.once import once
from ...users.models import Department, User, subtree_ids
from ...users.viewer import members, viewer
from ..field import Field, FieldError, Formatter, plain_text


def _once(name: str, make: Any) -> Any:
    """Make a small map once per request."""
    if not has_request_context():
        return once(name, make)
    if name not in g:
        setattr(g, name, make())
    return getattr(g, name)


def user_names() -> Mapping[int, str]:
    """id → name of every user, disabled ones included."""
    return _once("user_names", lambda: dict(db.session.execute(select(User.id, User.name)).all()))


def department_names() -> Mapping[int, str]:
    """id → name of every department."""
    return _once("department_names", lambda: dict(db.session.execute(select(Department.id, Department.name)).all()))


class Link(Field):
    """What references have in common: stored as the id of the other row, shown as its name."""

    numeric = True
    groupable = True
    chosen_from = True
    public = True
    operators: ClassVar[tuple[str, ...]] = ("in", "ne", "empty", "filled")

    def names(self) -> Mapping[int, str]:
        raise NotImplementedError

    def sql_type(self) -> Any:
        return Integer()

    def load(self, stored: Any) -> int:
        return int(stored)

    def text(self, value: int | None) -> str:
        return "" if value is None else self.names().get(value, _("(removed)"))

    def formatter(self, values: Sequence[Any]) -> Formatter:
        names = self.names()
        shown = {value: escape(names.get(value, "")) for value in set(values) if value is not None}
        return lambda value: shown.get(value, "")

    def form_value(self, value: int | None) -> str:
        return "" if value is None else str(value)

    def is_empty(self, column: ColumnElement[Any]) -> ColumnElement[bool]:
        return column.is_(None)


# Whom a filter means without naming them: the person who asks, those of their department, those below it.
ME, OURS, BELOW = "me", "ours", "below"
PEOPLE = {ME: _l("me"), OURS: _l("my department"), BELOW: _l("my staff")}
# The department of the person who asks, alone and with those below it.
MINE, MINE_BELOW = "mine", "mine_below"
DEPARTMENTS = {MINE: _l("my department"), MINE_BELOW: _l("my department with those below")}


def people_meant(word: str) -> list[int]:
    """The ids that a word of PEOPLE means for the person who asks; none for somebody without a department.

    The staff of a person are all others in their department and below: those a manager's lists show.
    """
    current = viewer()
    if current is None:
        return []
    if word == ME:
        return [current.id]
    if current.department_id is None:
        return []
    if word == OURS:
        return members([current.department_id])
    return [id for id in members(current.department_subtree_ids()) if id != current.id]


def departments_meant(word: str) -> list[int]:
    """The ids that a word of DEPARTMENTS means for the person who asks."""
    current = viewer()
    if current is None or current.department_id is None:
        return []
    return [current.department_id] if word == MINE else current.department_subtree_ids()


class UserRef(Link):
    type = "user"
    type_label = _l("Person")
    icon = "user"
    widget = "user"

    def names(self) -> Mapping[int, str]:
        return user_names()

    def parse(self, raw: Any) -> int | None:
        """The id for an id, "me", a name, an e-mail address or a mobile number."""
        text = plain_text(raw)
        if not text:
            return None
        if text == ME:
            current = viewer()
            return current.id if current is not None else None
        return once(("person", text), lambda: self._find(text))

    def _find(self, text: str) -> int:
        known = select(User.id)
        wheres = [User.email == text.casefold(), User.phone == text, User.name == text]
        if text.isdecimal() and len(text) < 11:
            wheres.insert(0, User.id == int(text))
        for where in wheres:
            found = db.session.scalars(known.where(where).limit(2)).all()
            if len(found) == 1:
                return found[0]
            if len(found) > 1:
                raise FieldError(_("Several people are called %(name)s. Use the e-mail address.", name=text[:40]))
        raise FieldError(_("Nobody here is called %(name)s.", name=text[:40]))

    def operand(self, op: str, raw: str) -> Any:
        return people_meant(raw) if raw in PEOPLE else [super().operand(op, raw)]

    def compare(self, column: ColumnElement[Any], op: str, values: Sequence[Any]) -> ColumnElement[bool]:
        return super().compare(column, op, sorted({id for ids in values for id in ids}))

    def operand_words(self, op: str, raw: str) -> str:
        return str(PEOPLE[raw]) if raw in PEOPLE else self.text(self.operand(op, raw)[0])

    def check(self, value: int) -> None:
        if value not in self.names():
            raise FieldError(_("This person no longer exists."))

    def html(self, value: int | None) -> str:
        if value is None:
            return Markup("")
        return person(self.text(value))

    def formatter(self, values: Sequence[Any]) -> Formatter:
        names = self.names()
        shown = {value: person(names.get(value, "")) for value in set(values) if value is not None}
        return lambda value: shown.get(value, "")


HUES = ("blue", "cyan", "green", "lime", "amber", "orange", "red", "pink", "purple", "grey")


def person(name: str) -> Markup:
    """A small avatar and the name; the same colour as ui.avatar gives the name."""
    initials = name[-2:] if not name.isascii() else "".join(word[0] for word in name.split()[:2]).upper()
    return Markup(  # noqa: S704 - the pieces are escaped
        f'<span class="s-person"><span class="s-avatar s-avatar-sm hue-{HUES[sum(name.encode()) % len(HUES)]}"'
        f' aria-hidden="true">{escape(initials)}</span><span class="s-person-name">{escape(name)}</span></span>'
    )


class DepartmentRef(Link):
    type = "department"
    type_label = _l("Department")
    icon = "sitemap"
    widget = "department"
    operators = ("in", "below", "ne", "empty", "filled")

    def names(self) -> Mapping[int, str]:
        return department_names()

    def parse(self, raw: Any) -> int | None:
        text = plain_text(raw)
        if not text:
            return None
        if text.isdecimal() and len(text) < 11 and int(text) in self.names():
            return int(text)
        found = [id for id, name in self.names().items() if name == text]
        if len(found) == 1:
            return found[0]
        if found:
            raise FieldError(_("Several departments are called %(name)s.", name=text[:40]))
        raise FieldError(_("There is no department called %(name)s.", name=text[:40]))

    def operand(self, op: str, raw: str) -> Any:
        if raw in DEPARTMENTS:
            return departments_meant(raw)
        found = super().operand(op, raw)
        return subtree_ids(found) if op == "below" else [found]

    def compare(self, column: ColumnElement[Any], op: str, values: Sequence[Any]) -> ColumnElement[bool]:
        return super().compare(column, "in" if op == "below" else op, sorted({id for ids in values for id in ids}))

    def operand_words(self, op: str, raw: str) -> str:
        return str(DEPARTMENTS[raw]) if raw in DEPARTMENTS else self.text(self.operand(op, raw)[0])

    def filter_words(self, op: str, raws: Sequence[str]) -> str:
        words = super().filter_words(op, raws)
        return _("%(department)s with those below", department=words) if op == "below" else words


def user_key() -> ForeignKey:
    """The foreign key of a built-in column that holds a user."""
    return ForeignKey("users.id")


def department_key() -> ForeignKey:
    """The foreign key of a built-in column that holds a department."""
    return ForeignKey("departments.id")
