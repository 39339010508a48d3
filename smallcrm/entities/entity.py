"""An entity (模块): a named description of records; everything general is written over it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Index, Select, literal, select, true

from .field import Field


@dataclass(frozen=True)
class Describe:
    """What a built-in model says about itself beyond its columns (`__entity__`).

    `number`: small and fixed for ever (it is part of search row ids). `columns`: keys shown in lists by default.
    `header`: keys under the title on the detail page. `menu`: whether it has a place of its own in the sidebar.
    `on_timeline`: whether its records appear on their parent's timeline, as `timeline_kind`. `follows_owner`: whether
    a record that belongs to another always has that one's owner. `pooled`: whether it has a public pool (the model is
    a PooledRecord). `dealt`: key of the field that is filled once it has bought, so that it never goes there by itself.
    """

    key: str
    label: Any
    one: Any
    icon: str
    number: int
    title: str
    columns: Sequence[str]
    header: Sequence[str] = ()
    position: int = 100
    menu: bool = True
    on_timeline: bool = False
    timeline_kind: str = "change"
    follows_owner: bool = True
    pooled: bool = False
    dealt: str | None = None
    sort: str = "-id"


@dataclass
class Entity:
    """The description in use: built-in or made in the browser, with the administrator's changes applied."""

    key: str
    label: Any
    one: Any
    icon: str
    number: int
    model: Any
    title_key: str
    columns: tuple[str, ...]
    header: tuple[str, ...] = ()
    position: int = 100
    custom: bool = False
    menu: bool = True
    on_timeline: bool = False
    timeline_kind: str = "change"
    follows_owner: bool = True
    pooled: bool = False
    dealt: str | None = None
    sort: str = "-id"
    all_fields: dict[str, Field] = field(default_factory=dict)

    @property
    def slug(self) -> str:
        """The word in URLs: follow-ups for follow_ups."""
        return self.key.replace("_", "-")

    @property
    def may_be_pooled(self) -> bool:
        """Whether its table has what a public pool needs."""
        return hasattr(self.model, "pooled_at")

    @property
    def fields(self) -> list[Field]:
        """The fields in use, in order."""
        return [f for f in self.all_fields.values() if not f.retired]

    @property
    def form_fields(self) -> list[Field]:
        """What a form asks for."""
        return [f for f in self.fields if not f.readonly]

    @property
    def title(self) -> Field:
        """The field that names a record."""
        return self.all_fields[self.title_key]

    @property
    def parent(self) -> Any:
        """The Reference to the record that records of this entity belong to, or None."""
        return next((f for f in self.fields if getattr(f, "is_parent", False)), None)

    def __getitem__(self, key: str) -> Field:
        return self.all_fields[key]

    def get(self, key: str) -> Field | None:
        """A field in use by key, or None."""
        found = self.all_fields.get(key)
        return found if found is not None and not found.retired else None

    def rows(self) -> ColumnElement[bool]:
        """The condition that picks this entity's rows in its table."""
        if not self.custom:
            return true()
        # Written into the SQL: only so does SQLite see that a partial index of this entity applies.
        return self.model.entity == literal(self.key, literal_execute=True)

    def live(self) -> ColumnElement[bool]:
        """The condition of rows that are not in the recycle bin."""
        return self.model.deleted_at.is_(None)

    def select(self) -> Select[Any]:
        """Every live record, as mapped objects. No rights are asked: for jobs, not for pages."""
        return select(self.model).where(self.rows(), self.live())

    def new(self) -> Any:
        """An empty record of this entity, not in the session."""
        return self.model(entity=self.key, custom={}) if self.custom else self.model(custom={})

    def name_of(self, record: Any) -> str:
        """The record's title as plain text, never empty."""
        title = self.title
        return title.text(title.get(record)) or f"{self.one} #{record.id}"

    def values(self, record: Any) -> Mapping[str, Any]:
        """Python values of every field in use."""
        return {f.key: f.get(record) for f in self.fields}

    def searchable(self) -> Iterable[Field]:
        """The fields that go into the search index, title first."""
        return [self.title, *(f for f in self.fields if f.searchable and f.key != self.title_key)]


def describe(model: Any) -> Entity:
    """The Entity of a built-in model as it is shipped, before an administrator's changes."""
    about: Describe = model.__entity__
    entity = Entity(
        key=about.key,
        label=about.label,
        one=about.one,
        icon=about.icon,
        number=about.number,
        model=model,
        title_key=about.title,
        columns=tuple(about.columns),
        header=tuple(about.header),
        position=about.position,
        menu=about.menu,
        on_timeline=about.on_timeline,
        timeline_kind=about.timeline_kind,
        follows_owner=about.follows_owner,
        pooled=about.pooled,
        dealt=about.dealt,
        sort=about.sort,
    )
    for found in built_in_fields(model):
        found.entity = entity
        entity.all_fields[found.key] = found
    return entity


def _after_prefix(model: Any, index: Index) -> list[str]:
    """The columns of an index, without those that every index of the model begins with."""
    return [str(column.name) for column in index.columns][len(model.__index_prefix__) :]


def built_in_fields(model: Any) -> list[Field]:
    """Copies of the fields carried by a model's columns: its own in the order written, the base ones last.

    A list is sorted by what an index keeps in order, and by nothing else: the rest would read every row for a page.
    """
    found = []
    kept = [_after_prefix(model, index) for index in model.__table__.indexes]
    ordered = {columns[0] for columns in kept if columns[1:] == ["id"]}
    for attribute in model.__mapper__.column_attrs:
        carried = attribute.columns[0].info.get("field")
        if carried is None:
            continue
        copy = carried.configured({})
        copy.attribute = attribute.key
        copy.key = carried.key or attribute.key
        copy.sortable = carried.sortable and attribute.columns[0].name in ordered
        found.append(copy)
    found.sort(key=lambda f: (f.system, f.order))
    for place, one in enumerate(found):
        one.order = place * 10 + (100_000 if one.system else 0)
    return found
