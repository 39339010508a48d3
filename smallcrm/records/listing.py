"""One list: what a URL asks for (columns, filters, search, sort, page), as one query from the access condition.

A URL either names a view (`view=mine`) and nothing else about the list, or states everything: conditions, `match`, `q`,
`sort`, `kind`, `by`, `on`, `dense`, `columns`. With both it is that view as somebody changed it.
"""

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar
from urllib.parse import parse_qsl, urlencode

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, Select, and_, func, literal, select, tuple_
from werkzeug.datastructures import MultiDict

from .. import access, search
from ..core.db import db
from ..entities import Entity, Field
from ..entities.field import Formatter
from ..users.models import User
from ..users.viewer import viewing
from . import conditions as clauses
from . import views, walking
from .conditions import ALL, ANY, BadListing, Filter

PAGE = 50
# How far is counted: where an index leads, and where every row has to be looked at.
COUNTED = 10_000
LOOKED_AT = 1_000
# What a database can hold as a whole number, with room to spare.
LARGEST = 2**62
# A cursor holds the sort value of a row: up to 255 characters of four bytes, in base 64.
CURSOR = 2000
TABLE, CARDS, KANBAN, CALENDAR = KINDS = ("table", "cards", "kanban", "calendar")
NARROWEST, WIDEST = 60, 800

# Filters that belong to no entity's fields (by key): rooms further out add theirs, such as "came in with that import".
SPECIAL: dict[str, Field] = {}


@dataclass
class Listing:
    """A parsed list; :meth:`page` runs it."""

    entity: Entity
    user: User
    columns: list[Field]
    filters: list[Filter] = field(default_factory=list)
    # Whether all conditions have to hold or any one of them is enough.
    match: str = ALL
    q: str = ""
    sort: Field | None = None
    descending: bool = True
    after: str = ""
    # What may be seen is not always all that is wanted: the part that may be exported, for example.
    limit: ColumnElement[bool] | None = None
    kind: str = TABLE
    # The field whose values are the groups of a table, the columns of a kanban.
    by: Field | None = None
    # The date that places a record in a calendar.
    on: Field | None = None
    dense: bool = False
    # field key → pixels, of the columns that somebody drew wider or narrower.
    widths: dict[str, int] = field(default_factory=dict)
    # Whether the URL or the view names the columns; they are the person's own otherwise.
    names_columns: bool = False
    view: views.Choice | None = None

    @property
    def path(self) -> str:
        """The address of the list's page; a record's is this, a slash and its id."""
        return f"/{self.entity.slug}"

    @property
    def usual_sort(self) -> str:
        """The order when the URL names none."""
        return self.entity.sort

    def reach(self) -> ColumnElement[bool]:
        """The records this list is about: what the person may see."""
        return access.visible(self.entity, self.user)

    def editable(self) -> ColumnElement[bool]:
        """In which rows cells may be changed. Part of the list's own query: asking row by row takes too long."""
        return access.within(self.entity, self.user, "edit")

    def matching(self) -> ColumnElement[bool]:
        """The condition of the search words."""
        return search.matching(self.entity, self.q)

    # Whether the words are looked up in the search index, whose order is that of the ids.
    uses_index: ClassVar[bool] = True

    def sorts_by(self, field: Field) -> bool:
        """Whether the list can be in the order of this field."""
        return field.sortable

    def formatter(self, field: Field, values: Sequence[Any]) -> Formatter:
        """What makes the safe HTML of one column's values; asked once a column."""
        return field.formatter(values)

    @property
    def sort_key(self) -> str:
        """As in the URL: -created_at; -id is the order of creation."""
        return f"{'-' if self.descending else ''}{self.sort.key if self.sort else 'id'}"

    def conditions(self, *, words: bool = True) -> ColumnElement[bool]:
        """Everything the list is limited to, rights first; without `words`, all but the search words."""
        found = [self.reach()]
        if self.limit is not None:
            found.append(self.limit)
        with viewing(self.user):
            found += clauses.sql(self.filters, self.match, self.entity, self.user)
        if self.q and words:
            found.append(self.matching())
        return and_(*found)

    def _select(self, *columns: Any, led: bool) -> Select[Any]:
        """The list's rows. `led` by the search index (only the first are wanted, by id), or with it as a condition."""
        query = select(*columns).where(self.conditions(words=not led))
        return search.led(query, self.entity, self.q) if led else query

    def page(self, size: int = PAGE) -> "Page":
        """Up to `size` rows after the cursor. Raises BadListing."""
        model = self.entity.model
        shown = [f.column(model).label(f"c{i}") for i, f in enumerate(self.columns)]
        shown += [settled.column(model).label(f"s{i}") for i, settled in self.settling().items()]
        shown += [model.version, self.editable().label("editable")]
        rows = self.walk((model.id, self.sort_value(), *shown), self._decode(), size + 1)
        more = len(rows) > size
        rows = rows[:size]
        cursor = self._cursor(rows[-1]) if more else ""
        return Page(self, rows, cursor)

    def settling(self) -> dict[int, Field]:
        """place of a column → the field that, once filled in, settles what the column says is due."""
        found = {i: self.entity.get(f.settings.get("remind_unless", "")) for i, f in enumerate(self.columns)}
        return {i: settled for i, settled in found.items() if settled is not None}

    def walk(
        self, columns: Sequence[Any], place: tuple[Any, int] | None, size: int, *, back: bool = False
    ) -> Sequence[Any]:
        """Up to `size` rows after the given place, from the start for None; `back`: before it, the nearest first.

        Rows with a sort value come in order, then those without one: both parts walk an index, neither sorts.
        """
        down = self.descending != back
        if self.sort is None:
            return self._by_id(columns, place, size, down)
        parts = (False, True) if back else (True, False)
        if walking.lacks_nothing(self):
            parts = (True,)
        if place is not None and (place[0] is not None) != parts[0]:
            parts = parts[1:]
        rows: list[Any] = []
        for valued in parts:
            if len(rows) < size:
                rows += self._part(columns, valued, place, size - len(rows), down)
            # What lies beyond the part of the place is wanted from its start.
            place = None
        return rows

    def _part(
        self, columns: Sequence[Any], valued: bool, place: tuple[Any, int] | None, size: int, down: bool
    ) -> Sequence[Any]:
        """The rows with a sort value, or those without one, ordered by it and by id."""
        assert self.sort is not None
        id, column = self.entity.model.id, self.sort.column(self.entity.model)
        part = [column.is_not(None) if valued else column.is_(None)]
        with viewing(self.user):
            part += [each.sql(self.entity, self.user) for each in walking.of_order(self)]
        if place is not None:
            here = tuple_(column, id) if valued else id
            there = tuple_(literal(self._bound(place[0]), column.type), literal(place[1])) if valued else place[1]
            part.append(here < there if down else here > there)
        return self._walked(self._select(*columns, led=False), part, (column, id) if valued else (id,), down, size)

    def _walked(self, query: Select[Any], part: Sequence[Any], order: Sequence[Any], down: bool, size: int) -> Any:
        """Up to `size` rows of a part of the list, in order."""
        wanted = query.where(*part).order_by(*(each.desc() if down else each for each in order)).limit(size)
        near = walking.nearest(self.entity, wanted, part, order, down, size) if walking.is_quicker(self) else None
        return db.session.execute(wanted).all() if near is None else near

    def _by_id(self, columns: Sequence[Any], place: tuple[Any, int] | None, size: int, down: bool) -> Sequence[Any]:
        led = bool(self.q) and self.uses_index
        query = self._select(*columns, led=led)
        here = search.PLACE if led else self.entity.model.id
        part = []
        if place is not None:
            there = search.row_id(self.entity, place[1]) if led else place[1]
            part.append(here < there if down else here > there)
        return self._walked(query, part, (here,), down, size)

    def _bound(self, stored: Any) -> Any:
        assert self.sort is not None
        return stored if self.sort.custom else self.sort.load(stored)

    def sort_value(self) -> ColumnElement[Any]:
        """What the rows are ordered by, as a column that :meth:`place` reads."""
        model = self.entity.model
        column: ColumnElement[Any] = self.sort.column(model) if self.sort else model.id
        return column.label("sort_value")

    def place(self, row: Any) -> tuple[Any, int]:
        """Where a selected row (`id`, `sort_value`) stands in the order: (its sort value as stored, its id)."""
        value = row.sort_value
        if self.sort is not None and value is not None and not self.sort.custom:
            value = self.sort.dump(value)
        return (value if self.sort else None, row.id)

    def _cursor(self, row: Any) -> str:
        packed = json.dumps(self.place(row), separators=(",", ":"), default=str, ensure_ascii=False)
        return base64.urlsafe_b64encode(packed.encode()).decode().rstrip("=")

    def _decode(self) -> tuple[Any, int] | None:
        if not self.after:
            return None
        try:
            padded = self.after + "=" * (-len(self.after) % 4)
            value, id = json.loads(base64.urlsafe_b64decode(padded.encode()))
            if type(id) is not int or not 0 < id <= LARGEST:
                raise ValueError
            if isinstance(value, str):
                value.encode()
                # Numbers are stored as such: a text of digits may be larger than any. PostgreSQL keeps no NUL.
                if "\0" in value or (self.sort is not None and self.sort.numeric):
                    raise ValueError
            elif value is not None and (type(value) not in (int, float) or not abs(value) <= LARGEST):
                raise ValueError
            if value is not None and self.sort is not None:
                self._bound(value)
        except (ValueError, TypeError, ArithmeticError, binascii.Error, UnicodeError):
            raise BadListing(_("This page of the list no longer exists. Start again from the first page.")) from None
        return value, id

    def count(self, most: int | None = COUNTED) -> tuple[int, bool]:
        """(how many, whether that is exact): counted to `most`, "10,000+" beyond; None counts them all."""
        led = bool(self.q) and self.uses_index and not self.filters
        rows = self._select(self.entity.model.id, led=led)
        if any(each.field is self.sort and each.through is None for each in self.filters):
            # Ordered, it is found through the index of what it is limited by, as the page is.
            rows = rows.order_by(self.sort_value())
        if most is not None:
            rows = rows.limit(most + 1)
        found = db.session.scalar(select(func.count()).select_from(rows.subquery())) or 0
        return (found, True) if most is None else (min(found, most), found <= most)

    def count_with(self, page: "Page", *, exactly: bool = False) -> tuple[int, bool]:
        """As :meth:`count`, as far as it costs no more than `page` did, unless it is wanted `exactly`."""
        if not self.after and not page.cursor:
            return len(page.rows), True
        if exactly:
            return self.count(None)
        return self.count(LOOKED_AT if self.filters or self.q else COUNTED)

    @property
    def column_words(self) -> str:
        """The columns with their widths as in a URL: name:240,level."""
        return ",".join(f"{f.key}:{self.widths[f.key]}" if f.key in self.widths else f.key for f in self.columns)

    def state(self, **changes: Any) -> MultiDict[str, str]:
        """Everything the list shows as URL parameters, with `changes`; None or "" takes one away."""
        found: MultiDict[str, str] = MultiDict()
        for name, value in clauses.parameters(self.filters):
            found.add(name, value)
        plain = {
            "match": self.match if self.match != ALL else "",
            "q": self.q,
            "sort": self.sort_key if self.sort_key != self.usual_sort else "",
            "kind": self.kind if self.kind != TABLE else "",
            "by": self.by.key if self.by else "",
            "on": self.on.key if self.on else "",
            "dense": "1" if self.dense else "",
            "columns": self.column_words if self.names_columns else "",
        }
        for key, value in {**plain, **changes}.items():
            found.poplist(key)
            if value:
                found.setlist(key, list(value) if isinstance(value, (list, tuple)) else [str(value)])
        return found

    def parameters(self, **changes: Any) -> MultiDict[str, str]:
        """The URL parameters that lead to this list with `changes`: its view, and all of its state where that differs.

        None or "" takes a parameter away. `after`, `count` and the like, which are no part of a view, go along.
        """
        found = self.state(**changes)
        if self.view is None:
            return found
        state = {key: found.poplist(key) for key in list(found) if views.states(key)}
        short: MultiDict[str, str] = MultiDict({"view": self.view.key})
        if not self.view.is_stated_by(state):
            short.update(state or {views.EDITED: "1"})
        short.update(found)
        return short

    @property
    def is_edited(self) -> bool:
        """Whether the list shows something else than the view it was opened from."""
        return self.view is not None and len(self.parameters()) > 1


@dataclass
class Page:
    """The rows of one page; `cursor` leads to the next, "" when there is none."""

    listing: Listing
    rows: Sequence[Any]
    cursor: str

    def values(self, index: int) -> list[Any]:
        """The Python values of one column."""
        field_ = self.listing.columns[index]
        return [field_.from_row(row[2 + index]) for row in self.rows]

    def cells(self) -> list[tuple[int, list[str]]]:
        """(record id, safe HTML of every column) of each row; formatters are chosen once a column, not once a cell."""
        columns = []
        for index, field_ in enumerate(self.listing.columns):
            values = self.values(index)
            show = self.listing.formatter(field_, values)
            columns.append([show(value) for value in values])
        for index in self.listing.settling():
            field_, values = self.listing.columns[index], self.values(index)
            for i, row in enumerate(self.rows):
                if row._mapping[f"s{index}"] is not None:
                    columns[index][i] = field_.settled_html(values[i])
        return [(row.id, [column[i] for column in columns]) for i, row in enumerate(self.rows)]


def parse(entity: Entity, user: User, arguments: MultiDict[str, str], columns: Sequence[str] | None = None) -> Listing:
    """The list a URL asks for; `columns` are the person's own choice. Raises BadListing for what does not exist."""
    arguments, view = views.opened(entity, user, arguments)
    readable = {f.key: f for f in access.readable_fields(entity, user)}
    named = [key for part in arguments.getlist("columns") for key in part.split(",") if key]
    listing = Listing(entity, user, [], names_columns=bool(named), view=view)
    for word in named or columns or entity.columns:
        key, _colon, width = word.partition(":")
        if key in readable and readable[key] not in listing.columns:
            listing.columns.append(readable[key])
            if width.isdecimal():
                listing.widths[key] = min(max(int(width[:4]), NARROWEST), WIDEST)
    if entity.title not in listing.columns:
        listing.columns.insert(0, entity.title)
    fill(listing, arguments, readable)
    _parse_shape(listing, arguments, readable)
    return listing


def fill(listing: Listing, arguments: MultiDict[str, str], readable: Mapping[str, Field]) -> None:
    """Take search words, order, filters and page from a URL; only fields in `readable` count. Raises BadListing."""
    listing.q = arguments.get("q", "").strip()[:200]
    _parse_sort(listing, arguments.get("sort", ""), readable)
    listing.match = ANY if arguments.get("match") == ANY else ALL
    for name, values in arguments.lists():
        if clauses.is_name(name) and (found := clauses.parse(name, values, readable, listing.user, SPECIAL)):
            listing.filters.append(found)
    if len(listing.filters) > clauses.MOST:
        raise BadListing(_("A list takes %(most)s conditions at most.", most=clauses.MOST))
    listing.after = arguments.get("after", "")[:CURSOR]


def _parse_shape(listing: Listing, arguments: MultiDict[str, str], readable: Mapping[str, Field]) -> None:
    listing.kind = arguments.get("kind", "") or TABLE
    if listing.kind not in KINDS:
        raise BadListing(_("A list cannot be shown as “%(kind)s”.", kind=listing.kind[:60]))
    listing.dense = arguments.get("dense") == "1"
    for name in ("by", "on"):
        key = arguments.get(name, "")
        if key and key not in readable:
            raise BadListing(_("This list cannot be divided by “%(key)s”.", key=key[:60]))
        setattr(listing, name, readable.get(key))


def _parse_sort(listing: Listing, raw: str, readable: Mapping[str, Field]) -> None:
    raw = raw or listing.usual_sort
    key = raw.removeprefix("-")
    listing.descending = raw.startswith("-")
    if key == "id":
        return
    found = readable.get(key)
    if found is None or not listing.sorts_by(found):
        raise BadListing(_("This list cannot be sorted by “%(key)s”.", key=key[:60]))
    listing.sort = found


def url_encode(parameters: MultiDict[str, str]) -> str:
    """Parameters as a query string."""
    return urlencode(list(parameters.items(multi=True)))


def url_decode(query: str) -> MultiDict[str, str]:
    """The parameters of a query string."""
    return MultiDict(parse_qsl(query))
