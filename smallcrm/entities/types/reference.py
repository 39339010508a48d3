"""A reference to a record of another entity."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from flask import g, has_request_context, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from markupsafe import Markup, escape
from sqlalchemy import ColumnElement, Integer, String, select

from ...core.db import db
from ..field import Field, FieldError, Formatter, plain_text
from ..field_settings import PARENT, TARGET

if TYPE_CHECKING:
    from ..entity import Entity


class Reference(Field):
    """Stored as the other record's id. `settings["entity"]` names the other entity.

    `settings["parent"]` marks the record this one belongs to: it takes over its owner, shows on its timeline and goes
    to the recycle bin with it.
    """

    type = "reference"
    type_label = _l("Record")
    icon = "link"
    widget = "reference"
    numeric = True
    has_default = False
    operators = ("in", "ne", "empty", "filled")
    offers = (TARGET, PARENT)

    def sql_type(self) -> Any:
        return Integer()

    @property
    def target(self) -> "Entity":
        """The entity this field points to."""
        from .. import find

        return find(self.settings["entity"])

    @property
    def is_parent(self) -> bool:
        """Whether the other record is the one this belongs to."""
        return bool(self.settings.get("parent"))

    def host(self, record: Any) -> tuple[str, int] | None:
        """(entity key, id) of the record that `record` points to."""
        value = self.get(record)
        return (self.settings["entity"], value) if value else None

    def may_target(self, entity: str) -> bool:
        """Whether this field can point to records of `entity`."""
        return bool(self.settings["entity"] == entity)

    def points_to(self, model: Any, entity: str, id: int) -> ColumnElement[bool]:
        """The condition that rows of `model` point to that record."""
        return self.column(model) == id

    def reference_to(self, entity: str, id: int) -> int:
        """The value that points to that record."""
        return id

    def load(self, stored: Any) -> int:
        return int(stored)

    def parse(self, raw: Any) -> int | None:
        """As :meth:`parse_among`, with every live record. Whoever knows the person asks among what they may see."""
        return self.parse_among(raw, self.target.live())

    def parse_among(self, raw: Any, condition: ColumnElement[bool]) -> int | None:
        """The id for an id, or for a title that exactly one of the other records has for which `condition` holds.

        Whether an id is of a record that the person may see is asked by the caller (records.values).
        """
        text = plain_text(raw)
        if not text:
            return None
        if text.isdecimal() and len(text) < 12:
            return int(text)
        target = self.target
        title = target.title.column(target.model)
        found = db.session.scalars(
            select(target.model.id).where(target.rows(), condition, title == text).limit(2)
        ).all()
        if len(found) == 1:
            return int(found[0])
        if found:
            raise FieldError(_("Several records are called “%(name)s”. Choose one in the form.", name=text[:60]))
        raise FieldError(_("There is no %(entity)s called “%(name)s”.", entity=target.one, name=text[:60]))

    def operand(self, op: str, raw: str) -> Any:
        """The id to filter by. No title: the answer would tell which titles there are, also of records not seen."""
        text = plain_text(raw)
        if not (text.isascii() and text.isdecimal() and len(text) < 12):
            raise FieldError(_("Choose a record from the list."))
        return int(text)

    def titles(self, ids: Sequence[int]) -> Mapping[int, str]:
        """id → title of the other records, deleted ones included, in one query; a page asks for each only once."""
        target, wanted = self.target, {id for id in ids if id is not None}
        known = _titles_of_this_page(target.key)
        if unknown := wanted - known.keys():
            title = target.title
            rows = db.session.execute(
                select(target.model.id, title.column(target.model)).where(target.rows(), target.model.id.in_(unknown))
            )
            known.update((id, title.text(title.from_row(value))) for id, value in rows)
        return {id: known[id] for id in wanted if id in known}

    def text(self, value: int | None) -> str:
        return "" if value is None else self.titles([value]).get(value, _("(removed)"))

    def texts(self, values: Sequence[Any]) -> Callable[[Any], str]:
        titles = self.titles(values)
        return lambda value: "" if value is None else titles.get(value, _("(removed)"))

    def html(self, value: int | None) -> str:
        return self.formatter([value])(value)

    def formatter(self, values: Sequence[Any]) -> Formatter:
        prefix = f"/{self.target.slug}/"
        links = {
            id: Markup(f'<a href="{prefix}{id}">{escape(title)}</a>')  # noqa: S704 - the title is escaped
            for id, title in self.titles(values).items()
        }
        return lambda value: links.get(value, "") if value is not None else ""

    def form_value(self, value: int | None) -> str:
        return "" if value is None else str(value)


def _titles_of_this_page(entity: str) -> dict[int, str]:
    """The titles a reading request has seen so far; whoever writes asks each time."""
    if not has_request_context() or request.method not in ("GET", "HEAD"):
        return {}
    seen: dict[str, dict[int, str]] = g.setdefault("record_titles", {})
    return seen.setdefault(entity, {})


class RecordLink(Field):
    """A reference to a record of any entity; stored as "customers:7"."""

    type = "record_link"
    type_label = _l("Any record")
    icon = "link"
    widget = "record_link"
    sortable = False
    creatable = False
    operators = ("eq", "empty", "filled")

    def sql_type(self) -> Any:
        return String(64)

    @property
    def is_parent(self) -> bool:
        """Whether the other record is the one this belongs to."""
        return bool(self.settings.get("parent"))

    def parse(self, raw: Any) -> str | None:
        text = plain_text(raw)
        if not text:
            return None
        key, colon, id = text.partition(":")
        if not colon or not id.isdecimal() or len(id) > 15 or not self._known(key):
            raise FieldError(_("Choose a record from the list."))
        return f"{key}:{int(id)}"

    @staticmethod
    def _known(key: str) -> bool:
        from .. import every

        return any(entity.key == key for entity in every())

    def host(self, record: Any) -> tuple[str, int] | None:
        """(entity key, id) of the record that `record` points to."""
        value = self.get(record)
        place = self.place(value) if value else None
        # A link may outlive the entity it points to, if that is retired.
        return place if place and self._known(place[0]) else None

    @staticmethod
    def place(value: str) -> tuple[str, int]:
        """(entity key, id) of a stored value."""
        key, _colon, id = value.partition(":")
        return key, int(id)

    def may_target(self, entity: str) -> bool:
        """Whether this field can point to records of `entity`."""
        return entity != self.entity.key

    def points_to(self, model: Any, entity: str, id: int) -> ColumnElement[bool]:
        """The condition that rows of `model` point to that record."""
        return self.column(model) == self.reference_to(entity, id)

    def reference_to(self, entity: str, id: int) -> str:
        """The value that points to that record."""
        return f"{entity}:{id}"

    def titles(self, values: Sequence[Any]) -> Mapping[str, tuple[str, str]]:
        """stored value → (path of the page, title), one query per entity."""
        from .. import every

        found: dict[str, tuple[str, str]] = {}
        places = [self.place(value) for value in set(values) if value]
        for entity in every():
            ids = [id for key, id in places if key == entity.key]
            if ids:
                title = entity.title
                rows = db.session.execute(
                    select(entity.model.id, title.column(entity.model)).where(entity.rows(), entity.model.id.in_(ids))
                )
                for id, value in rows:
                    found[f"{entity.key}:{id}"] = (f"/{entity.slug}/{id}", title.text(title.from_row(value)))
        return found

    def text(self, value: str | None) -> str:
        return self.texts([value])(value)

    def texts(self, values: Sequence[Any]) -> Callable[[Any], str]:
        titles = self.titles(values)
        return lambda value: (titles[value][1] if value in titles else _("(removed)")) if value else ""

    def html(self, value: str | None) -> str:
        return self.formatter([value])(value)

    def formatter(self, values: Sequence[Any]) -> Formatter:
        links = {
            value: Markup('<a href="{}">{}</a>').format(path, title)
            for value, (path, title) in self.titles(values).items()
        }
        return lambda value: links.get(value, "")

    def form_value(self, value: str | None) -> str:
        return value or ""
