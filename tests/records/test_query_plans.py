"""No list reads a whole large table, whatever it is sorted by and whoever looks at it.

SQLite is told that there are a million customers, and asked how it would answer.
"""

import re

import pytest

from smallcrm import entities
from smallcrm.core.db import db, write
from smallcrm.entities import operations as shaping
from smallcrm.records import walking

from .asking import big_tables, offered, pages

ROWS = 1_000_000
# How many of a million records share a value of a column; of other columns each has its own.
SHARED = {"owner_id": 50_000, "department_id": 60_000, "customer_id": 3, "created_by_id": 50_000, "contact_id": 5}
CHOICES = 150_000
CONDITION = re.compile(r"\b[fg][1-9]?\.")
SORTS = "USE TEMP B-TREE FOR ORDER BY"
ROLES = ("sales", "manager", "owner")


@pytest.fixture
def million(cast, boss, make, monkeypatch):
    """A few records with the statistics of a large company, and in every entity a field of its own to sort by."""
    for number in range(4):
        customer = make("customers", name=f"公司{number}", level="A", next_follow_up_at="2020-01-01 09:00")
        make("contacts", name=f"联系人{number}", customer=customer.id)
        make("follow_ups", customer=customer.id, content="谈过了")
        make("tasks", title=f"任务{number}", record=f"customers:{customer.id}", due_at="2020-01-01 09:00")
    # So that a page is looked for both along the order and among all that fits.
    monkeypatch.setattr(walking, "LOOKED_AT", 1)
    for entity in list(entities.every()):
        shaping.add_field(entity.key, "integer", "年采购额", boss)
    with write() as session:
        connection = session.connection()
        connection.exec_driver_sql("ANALYZE")
        connection.exec_driver_sql("DELETE FROM sqlite_stat1")
        for entity in entities.every():
            for name, columns in _indexes(connection, entity):
                stat = " ".join([str(ROWS), *_shares(entity, columns)])
                values = (entity.model.__tablename__, name, stat)
                connection.exec_driver_sql("INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES (?, ?, ?)", values)
    # Statistics are read when a connection is opened.
    db.session.rollback()
    db.engine.dispose()


def _indexes(connection, entity):
    for _seq, name, *_rest in connection.exec_driver_sql(f"PRAGMA index_list({entity.model.__tablename__})").all():
        columns = [row[2] or "" for row in connection.exec_driver_sql(f"PRAGMA index_info({name})").all()]
        yield name, columns


def _shares(entity, columns):
    choices = {field.attribute for field in entity.fields if field.has_options}
    left, shares = ROWS, []
    for column in columns:
        left = min(left, SHARED.get(column, CHOICES if column in choices else 1))
        shares.append(str(left))
    return shares


@pytest.fixture
def boss(cast):
    return cast.admin


def plan(statement, parameters):
    rows = db.session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()
    return [row[3] for row in rows]


def faults(query, statement, lines):
    """What reads a whole table.

    To walk one in the order of its ids or of an index is right where the page is soon full: nothing is sorted, the rows
    are limited, and conditions either leave most of them or are asked only of the first rows (walking.py).
    """
    walks = [line for line in lines if re.match(rf"SCAN ({'|'.join(big_tables())})\b", line)]
    limited = "LIMIT" in statement and SORTS not in lines
    # Where the first rows of the order end is asked without any condition of the list.
    near = "CASE WHEN" in statement or ("sort_value" not in statement and "count(" not in statement)
    return [] if limited and (near or not CONDITION.search(query)) else walks


@pytest.mark.parametrize("key", ["customers", "contacts", "follow_ups", "tasks"])
@pytest.mark.parametrize("role", ROLES)
def test_every_sort_view_and_choice_is_answered_through_an_index(million, cast, role, key):
    user, known, wrong = getattr(cast, role), set(), []
    for query in offered(entities.find(key), user):
        for asked in pages(entities.find(key), user, query):
            for statement, parameters in asked:
                if statement in known or not statement.startswith("SELECT"):
                    continue
                known.add(statement)
                lines = plan(statement, parameters)
                wrong += [(query, statement, line) for line in faults(query, statement, lines)]
    assert wrong == []
