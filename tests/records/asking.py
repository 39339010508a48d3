"""Every list that people are offered, with the statements it asks the database."""

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import parse_qsl, quote

from sqlalchemy import event
from werkzeug.datastructures import MultiDict

from smallcrm import access, entities
from smallcrm.core.db import db
from smallcrm.records import listing, views


def offered(entity, user) -> Iterator[str]:
    """The query strings of an entity's lists: plain, every sort both ways, shipped views, filters by one choice."""
    yield ""
    readable = access.readable_fields(entity, user)
    for field in readable:
        if field.sortable:
            yield from (f"sort={field.key}", f"sort=-{field.key}")
    yield from (choice.query for choice in views.shipped(entity, user) if choice.query)
    for field in readable:
        if field.has_options and field.sortable:
            yield f"f.{field.key}.in={quote(field.options[0].value)}"


def pages(entity, user, query: str) -> list[list[tuple[str, object]]]:
    """The statements of the first page, its count, and a further page."""
    asked = listing.parse(entity, user, MultiDict(parse_qsl(query)))
    found = []
    with statements() as first:
        page = asked.page(1)
    with statements() as count:
        asked.count_with(page)
    found += [first, count]
    if page.cursor:
        asked.after = page.cursor
        with statements() as second:
            asked.page(1)
        found.append(second)
    return found


@contextmanager
def statements():
    """The (statement, parameters) that the database is asked while the block runs."""
    found: list = []

    def note(_connection, _cursor, statement, parameters, _context, _many):
        found.append((statement, parameters))

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(db.engine, "before_cursor_execute", note)


def big_tables() -> set[str]:
    """The tables that grow with the number of customers."""
    return {entity.model.__tablename__ for entity in entities.every()}
