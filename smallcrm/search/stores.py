"""Where the index lives: a contentless FTS5 table of SQLite, or a table with a tsvector in PostgreSQL.

Both have one row a record, `rowid` → tokens in order, and answer which rows hold a phrase. Both take the same tokens.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Connection, column, func, literal_column, table, text

from ..core.db import db
from .tokens import Phrase, Word

INDEX = table("search_index", column("rowid", BigInteger))

FORGET = text("DELETE FROM search_index WHERE rowid = :id")


def _joined(words: Sequence[Word], phrase: Callable[[Phrase], str], all_of: str, any_of: str) -> str:
    """Every word in any one of its ways, of which all phrases."""
    found = []
    for word in words:
        ways = [f"({all_of.join(phrase(one) for one in way)})" for way in word]
        found.append(f"({any_of.join(ways)})")
    return all_of.join(found)


class Sqlite:
    """FTS5. Contentless: what it says about a record is never needed, only that it says it."""

    create = (
        "CREATE VIRTUAL TABLE IF NOT EXISTS search_index USING fts5("
        "body, content='', contentless_delete=1, tokenize='ascii', detail=full)",
    )
    replace = text("INSERT OR REPLACE INTO search_index (rowid, body) VALUES (:id, :body)")

    def expression(self, words: Sequence[Word]) -> str:
        """The words as an FTS5 query; tokens are ASCII letters and digits, so nothing needs quoting away."""
        return _joined(words, self._phrase, " AND ", " OR ")

    def _phrase(self, phrase: Phrase) -> str:
        return f'"{" ".join(phrase.tokens)}"{"*" if phrase.begins else ""}'

    def holds(self, words: Sequence[Word]) -> ColumnElement[bool]:
        """The condition that a row of the index holds the words."""
        return literal_column("search_index").op("MATCH", is_comparison=True)(self.expression(words))


class Postgresql:
    """A tsvector with a GIN index; the configuration simple leaves tokens as they are."""

    create = (
        "CREATE TABLE IF NOT EXISTS search_index (rowid BIGINT PRIMARY KEY, body TSVECTOR NOT NULL)",
        "CREATE INDEX IF NOT EXISTS ix_search_index_body ON search_index USING gin (body) WITH (fastupdate = off)",
    )
    replace = text(
        "INSERT INTO search_index (rowid, body) VALUES (:id, to_tsvector('simple', :body))"
        " ON CONFLICT (rowid) DO UPDATE SET body = excluded.body"
    )

    def expression(self, words: Sequence[Word]) -> str:
        """The words as a tsquery."""
        return _joined(words, self._phrase, " & ", " | ")

    def _phrase(self, phrase: Phrase) -> str:
        return f"({' <-> '.join(phrase.tokens)}{':*' if phrase.begins else ''})"

    def holds(self, words: Sequence[Word]) -> ColumnElement[bool]:
        """The condition that a row of the index holds the words."""
        query = func.to_tsquery(literal_column("'simple'"), self.expression(words))
        return literal_column("search_index.body").op("@@", is_comparison=True)(query)


STORES = {"sqlite": Sqlite(), "postgresql": Postgresql()}


def store() -> Sqlite | Postgresql:
    """That of the database in use."""
    return STORES[db.engine.dialect.name]


def create(connection: Connection) -> None:
    """Make the index's table where there is none."""
    for statement in STORES[connection.dialect.name].create:
        connection.execute(text(statement))


def put(rows: Sequence[Mapping[str, Any]]) -> None:
    """Write rows (id, body), instead of what was there; inside write()."""
    if rows:
        db.session.connection().execute(store().replace, rows)


def drop(ids: Sequence[int]) -> None:
    """Take rows out by their row ids; inside write()."""
    if ids:
        db.session.connection().execute(FORGET, [{"id": id} for id in ids])
