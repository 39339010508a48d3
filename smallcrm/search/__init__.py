"""Search: any two Chinese characters, pinyin, any digits of a phone, parts of words, instantly at a million records.

The index has one row a record, with the tokens of its searchable fields (tokens.py), in the database itself (stores.py)
and kept in the transaction of the change. PERFORMANCE.md measured it against trigrams, which find no two Chinese
characters.
"""

from collections.abc import Iterable
from typing import Any

from flask import Flask
from sqlalchemy import ColumnElement, Select, and_, false, or_, select

from ..entities import Entity, of
from . import rebuilding, stores
from .entries import SPAN, entry, row_id
from .stores import INDEX, put
from .tokens import TITLE, by_sound, normal, typed, wanted

# The index's own order; within one entity that of the ids.
PLACE = INDEX.c.rowid
# SQLite's table, for those who make a database without the migrations.
(CREATE,) = stores.Sqlite.create


def index(record: Any) -> None:
    """Put a record (with its id) into the index, or bring its row up to date; inside write()."""
    index_all([record])


def index_all(records: Iterable[Any]) -> None:
    """As :func:`index`, for many records with one statement; inside write()."""
    stores.put([_entry(record) for record in records])


def _entry(record: Any) -> dict[str, Any]:
    return entry(of(record), record.id, lambda field: field.get(record))


def forget(record: Any) -> None:
    """Take a record out of the index; inside write()."""
    forget_all(of(record), [record.id])


def forget_all(entity: Entity, ids: Iterable[int]) -> None:
    """Take records of an entity out of the index; inside write()."""
    stores.drop([row_id(entity, id) for id in ids])


def match(query: str) -> str | None:
    """What the database is asked for a query, in its own language; None when nothing can be searched for."""
    asked = wanted(query)
    return stores.store().expression(asked) if asked else None


def matching_ids(entity: Entity, query: str) -> Select[Any] | None:
    """The ids of `entity`'s records that hold every word of `query`; None when it holds nothing to search for."""
    asked = wanted(query)
    return _ids(entity, stores.store().holds(asked)) if asked else None


def _ids(entity: Entity, condition: ColumnElement[bool]) -> Select[Any]:
    return select((PLACE - entity.number * SPAN).label("id")).where(condition, _within(entity))


def _within(entity: Entity) -> ColumnElement[bool]:
    """The rows of one entity."""
    return PLACE.between(row_id(entity, 0), row_id(entity, SPAN - 1))


def matching(entity: Entity, query: str) -> ColumnElement[bool]:
    """The condition that a record of `entity` holds every word of `query`."""
    ids = matching_ids(entity, query)
    return false() if ids is None else and_(entity.model.id.in_(ids))


def named(entity: Entity, query: str) -> ColumnElement[bool]:
    """The condition that the *title* of a record holds every word of `query`, as written or by its sound.

    For people who may not read the other fields: what cannot be read cannot be guessed at by searching. The index,
    which knows all fields, only makes it quick: 50,000 names were read one by one in half a second.
    """
    title: Any = entity.title.column(entity.model)
    found = [matching(entity, query)]
    for word in typed(query):
        ways: list[ColumnElement[bool]] = [title.icontains(text, autoescape=True) for text in (word, normal(word))]
        if sounds := by_sound(word, TITLE):
            ways.append(entity.model.id.in_(_ids(entity, stores.store().holds([sounds]))))
        found.append(or_(*ways))
    return and_(*found)


def led(query: Select[Any], entity: Entity, wanted_words: str) -> Select[Any]:
    """`query` over `entity`'s records, limited to those that hold every word and led by the index.

    The index knows its rows in the order of ids: ordered by :data:`PLACE`, the first page of a word that everybody has
    ends after fifty rows (100,000 customers: 0.1 ms instead of 21). With a condition that few of the found fulfil,
    :func:`matching` is quicker for all of them.
    """
    asked = wanted(wanted_words)
    query = query.join(INDEX, entity.model.id == PLACE - entity.number * SPAN)
    if not asked:
        return query.where(false())
    return query.where(stores.store().holds(asked), _within(entity))


def init_app(app: Flask) -> None:
    """The index's table is made by the migrations (it is no model); what is missing in it, by a job."""
    rebuilding.init_app(app)


__all__ = [
    "CREATE",
    "PLACE",
    "SPAN",
    "entry",
    "forget",
    "forget_all",
    "index",
    "index_all",
    "init_app",
    "led",
    "match",
    "matching",
    "matching_ids",
    "named",
    "put",
    "row_id",
]
