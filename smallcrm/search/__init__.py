"""Search: any two Chinese characters, any digits of a phone, parts of words, instantly at a million records.

One contentless FTS5 table; tokens are the hex of every two-character window plus the last character, a separator
between fields; a query of two or more characters is a phrase, of one character a prefix (PERFORMANCE.md measured it
against trigram, which finds no two Chinese characters). Rows are kept in the transaction of the change.
"""

import unicodedata
from collections.abc import Iterable
from typing import Any

from flask import Flask
from sqlalchemy import BigInteger, ColumnElement, Select, and_, column, false, literal, select, table, text
from sqlalchemy.engine import Connection

from ..core.db import db
from ..entities import Entity, of

# Row ids of the index are entity number × 2^40 + record id: no second table is needed to find the record again.
SPAN = 1 << 40
LONGEST_QUERY = 60
LONGEST_FIELD = 500

INDEX = table("search_index", column("rowid", BigInteger), column("search_index"))
# The index's own order; within one entity that of the ids.
PLACE = INDEX.c.rowid

CREATE = (
    "CREATE VIRTUAL TABLE IF NOT EXISTS search_index USING fts5("
    "body, content='', contentless_delete=1, tokenize='ascii', detail=full)"
)
REPLACE = text("INSERT OR REPLACE INTO search_index (rowid, body) VALUES (:id, :body)")


def normal(raw: str) -> str:
    """Text as it is compared: full width to half width, lower case, only letters and digits."""
    folded = unicodedata.normalize("NFKC", raw).casefold()
    return "".join(c for c in folded if c.isalnum())


def tokens(raw: str) -> list[str]:
    """The tokens of one field: hex of every two-character window, then of the last character alone."""
    codes = [f"{ord(c):05x}" for c in normal(raw)[:LONGEST_FIELD]]
    # Not strict: a text of punctuation alone has no tokens.
    return [f"x{first}{second}" for first, second in zip(codes, [*codes[1:], ""], strict=False)]


def _hex(window: str) -> str:
    return "x" + "".join(f"{ord(c):05x}" for c in window)


def body(texts: Iterable[str]) -> str:
    """The indexed text of a record: the tokens of its fields, a separator between."""
    return " sep ".join(" ".join(tokens(text)) for text in texts if text)


def match(query: str) -> str | None:
    """The FTS5 query for what a person typed: each word must be there; None when nothing can be searched for."""
    phrases = []
    for word in query[:LONGEST_QUERY].split():
        flat = normal(word)
        if len(flat) == 1:
            phrases.append(f'"{_hex(flat)}"*')
        elif flat:
            phrases.append('"' + " ".join(_hex(flat[i : i + 2]) for i in range(len(flat) - 1)) + '"')
    return " AND ".join(phrases) or None


def row_id(entity: Entity, id: int) -> int:
    """The index's row id of a record."""
    return entity.number * SPAN + id


def index(record: Any) -> None:
    """Put a record (with its id) into the index, or bring its row up to date; inside write()."""
    index_all([record])


def index_all(records: Iterable[Any]) -> None:
    """As :func:`index`, for many records with one statement; inside write()."""
    rows = []
    for record in records:
        entity = of(record)
        texts = (field.text(field.get(record)) for field in entity.searchable())
        rows.append({"id": row_id(entity, record.id), "body": body(texts)})
    if rows:
        db.session.connection().execute(REPLACE, rows)


def forget(record: Any) -> None:
    """Take a record out of the index; inside write()."""
    db.session.execute(text("DELETE FROM search_index WHERE rowid = :id"), {"id": row_id(of(record), record.id)})


def replace(connection: Connection, id: int, content: str) -> None:
    """Write one row of the index."""
    connection.execute(REPLACE, {"id": id, "body": content})


def matching_ids(entity: Entity, query: str) -> Select[Any] | None:
    """The ids of `entity`'s records that hold every word of `query`; None when it holds nothing to search for."""
    wanted = match(query)
    if wanted is None:
        return None
    first = entity.number * SPAN
    return select((INDEX.c.rowid - first).label("id")).where(
        text("search_index MATCH :wanted").bindparams(wanted=wanted),
        INDEX.c.rowid.between(literal(first), literal(first + SPAN - 1)),
    )


def matching(entity: Entity, query: str) -> ColumnElement[bool]:
    """The condition that a record of `entity` holds every word of `query`."""
    ids = matching_ids(entity, query)
    if ids is None:
        return false()
    return and_(entity.model.id.in_(ids))


def led(query: Select[Any], entity: Entity, wanted: str) -> Select[Any]:
    """`query` over `entity`'s records, limited to those that hold every word of `wanted` and led by the index.

    The index knows its rows in the order of ids: ordered by :data:`PLACE`, the first page of a word that everybody has
    ends after fifty rows (100,000 customers: 0.1 ms instead of 21). With a condition that few of the found fulfil,
    :func:`matching` is quicker for all of them.
    """
    words, first = match(wanted), entity.number * SPAN
    query = query.join(INDEX, entity.model.id == PLACE - first)
    if words is None:
        return query.where(false())
    return query.where(
        text("search_index MATCH :wanted").bindparams(wanted=words),
        PLACE.between(literal(first), literal(first + SPAN - 1)),
    )


def rebuild(entity: Entity) -> int:
    """Index every live record of `entity` again; inside write(). Returns how many."""
    count = 0
    for record in db.session.scalars(entity.select().execution_options(yield_per=500)):
        index(record)
        count += 1
    return count


def init_app(app: Flask) -> None:
    """The index table is made by the migrations (it is no model)."""
