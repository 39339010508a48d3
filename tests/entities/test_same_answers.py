"""A value answers alike from a column of a shipped entity and from the custom JSON."""

import pytest
from sqlalchemy import select

from smallcrm import entities
from smallcrm.core.db import db
from smallcrm.entities import FieldError
from smallcrm.entities import operations as fields

PAIRS = {
    "text": ("wechat", ["b", "A", "", "%_", "10", "9", "字" * 60]),
    "choice": ("source", ["referral", "wechat", ""]),
    "datetime": ("next_follow_up_at", ["2026-01-01", "2025-12-31 23:59", "", "2026-01-01 00:00:01"]),
    "tags": ("tags", ["甲", "甲、乙", "", "乙"]),
    "phone": ("other_phone", ["13800138000", "95588", ""]),
    "address": ("address", ["杭州市滨江区一路", "上海市浦东新区", ""]),
}


@pytest.mark.parametrize("kind", PAIRS)
def test_a_custom_field_answers_as_a_column_does(app, cast, make, kind):
    shipped, samples = PAIRS[kind]
    options = {"options": ["a"]} if kind == "choice" else {}
    fields.add_field("customers", kind, "镜子", cast.admin, **options)
    customers = entities.find("customers")
    if kind == "choice":
        same = [{"label": o.value} for o in customers["source"].options]
        fields.set_options("customers", "jingzi", same, cast.admin)
    for i, raw in enumerate(samples):
        make("customers", name=f"客户{i}", **{shipped: raw, "jingzi": raw})
    customers = entities.find("customers")
    one, other = customers[shipped], customers["jingzi"]
    ids = select(customers.model.id)
    for op in one.operators:
        for raw in (*samples, "today", "33", "31"):
            answers = []
            for field in (one, other):
                try:
                    answers.append(set(db.session.scalars(ids.where(field.condition(customers.model, op, [raw])))))
                except FieldError:
                    answers.append(None)
            assert answers[0] == answers[1], (op, raw)
    if one.sortable:
        in_order = [
            db.session.scalars(ids.order_by(f.column(customers.model), customers.model.id)).all() for f in (one, other)
        ]
        assert in_order[0] == in_order[1]
