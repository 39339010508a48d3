"""Custom fields are sorted and filtered through indexes of their own."""

import pytest
from sqlalchemy import text
from werkzeug.datastructures import MultiDict

from smallcrm import entities
from smallcrm.core.db import db, write
from smallcrm.entities import indexing, modules, operations
from smallcrm.records import listing


def plan(statement):
    compiled = statement.compile(db.engine, compile_kwargs={"render_postcompile": True})
    names = [compiled.params[name] for name in (compiled.positiontup or ())]
    connection = db.session.connection()
    # EXPLAIN itself does not notice that another connection changed the schema; a statement that runs does.
    connection.exec_driver_sql("SELECT count(*) FROM customers").all()
    rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {compiled}", tuple(names)).all()
    return " | ".join(row[3] for row in rows)


@pytest.mark.parametrize(
    "kind", ["text", "integer", "money", "date", "datetime", "choice", "user", "reference", "phone"]
)
@pytest.mark.parametrize("where", ["customers", "things"])
def test_custom_fields_are_sorted_and_found_through_their_own_index(app, boss, cast, make, kind, where):
    if where == "things":
        where = modules.add_entity("东西", "box", boss).key
    given = {"choice": {"options": ["甲", "乙"]}, "reference": {"entity": "contacts"}}.get(kind, {})
    operations.add_field(where, kind, "排序", boss, **given)
    entity = entities.find(where)
    field = entity["paixu"]
    name = indexing.name_of(entity, field)
    column = field.column(entity.model)
    ordered = entity.select().where(column.is_not(None)).order_by(column, entity.model.id).limit(50)
    assert name in plan(ordered) and "TEMP B-TREE" not in plan(ordered)
    sample = {"text": "x", "choice": "jia", "date": "2026-11-22", "datetime": "2026-11-22 10:00", "phone": "95588"}
    value = field.bind(field.parse(sample.get(kind, "1")))
    assert name in plan(entity.select().where(column == value))
    found = listing.parse(entity, cast.admin, MultiDict({"sort": "-paixu"}))
    found.page()
    operations.retire_field(where, "paixu", boss)
    assert name not in plan(ordered)
    operations.bring_back_field(where, "paixu", boss)
    assert name in plan(ordered)


def test_indexes_lost_in_a_migration_are_made_again(app, boss):
    operations.add_field("customers", "text", "排序", boss)
    entity = entities.find("customers")
    name = indexing.name_of(entity, entity["paixu"])
    with write():
        db.session.execute(text(f"DROP INDEX {name}"))
        db.session.execute(text("CREATE INDEX cx_left_over ON customers (id)"))
        assert indexing.repair() == 2
        assert indexing.repair() == 0


def test_types_that_are_not_sorted_have_no_index(app, boss):
    for kind in ("long_text", "tags", "image", "address"):
        made = operations.add_field("customers", kind, f"字段 {kind}", boss)
        assert not indexing.wanted(made)
