"""Fields of every type, and what they make of an input."""

import pytest
from hypothesis import HealthCheck, settings

from smallcrm.entities import Entity, FieldError
from smallcrm.entities.types import TYPES

OPTIONS = [
    {"value": "a", "label": "甲类", "colour": "red"},
    {"value": "b", "label": "B 类", "colour": "blue"},
    {"value": "old", "label": "旧", "retired": True},
]
quick = settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])


def field(kind, **given):
    """A field of a type, as an administrator would have made it."""
    if kind in ("choice", "multi_choice"):
        given.setdefault("options", OPTIONS)
    if kind == "reference":
        given.setdefault("entity", "customers")
    made = TYPES[kind]("字段", **given)
    made.key, made.custom = "f", True
    made.entity = Entity("things", "东西", "东西", "box", 1, None, "name", ("name",))
    return made


def understood(kind, raw, **given):
    found = field(kind, **given)
    value = found.parse(raw)
    if value is not None:
        found.check(value)
    return value


def refused(kind, raw, **given):
    with pytest.raises(FieldError) as caught:
        understood(kind, raw, **given)
    assert len(str(caught.value)) > 4
    return str(caught.value)
