"""JSON schemas of records: of what is read, of a new record, of changes."""

from typing import Any

from .. import access
from ..entities import Entity, Field
from ..users.models import User

Schema = dict[str, Any]

ID: Schema = {"type": "integer", "minimum": 1, "maximum": 2**63 - 1}
# What is read, by type of field; whatever is not here is a string.
READ: dict[str, Schema] = {
    "integer": {"type": "integer"},
    "decimal": {"type": "number"},
    "percent": {"type": "number", "description": "12.5 means 12.5 %"},
    "money": {"type": "number", "description": "yuan"},
    "boolean": {"type": "boolean"},
    "date": {"type": "string", "format": "date"},
    "datetime": {"type": "string", "format": "date-time", "description": "UTC"},
    "user": {"type": "integer", "description": "id of a person, see /users"},
    "department": {"type": "integer", "description": "id of a department"},
    "reference": {"type": "integer", "description": "id of a record"},
    "record_link": {"type": "string", "description": "any record, such as customers:7"},
    "address": {
        "type": "object",
        "properties": {"region": {"type": "string"}, "detail": {"type": "string"}},
        "required": ["region", "detail"],
        "description": "region: code of the province, city or district",
    },
    "attachment": {"description": "files; they are added in the browser"},
    "image": {"description": "pictures; they are added in the browser"},
}
# What is taken besides that when writing.
WRITTEN: dict[str, Schema] = {
    "date": {"type": "string", "description": "2026-11-22"},
    "datetime": {
        "type": "string",
        "description": "2026-11-22T15:00:00Z; without an offset it is the company's time zone",
    },
    "user": {
        "type": ["integer", "string"],
        "description": "id, name, e-mail address or mobile number of a person, or me",
    },
    "department": {"type": ["integer", "string"], "description": "id or name of a department"},
    "reference": {"type": ["integer", "string"], "description": "id of a record, or its name if only one has it"},
    "address": {"type": ["object", "string"], "description": "region and detail; a text is split into the two"},
}


def record(entity: Entity, user: User) -> Schema:
    """One record as it is read: every field is there, null when empty."""
    fields = access.readable_fields(entity, user)
    properties = {field.key: {**_read(field), **({"readOnly": True} if field.readonly else {})} for field in fields}
    version = {"type": "integer", "minimum": 1, "description": "Grows with every change."}
    names = {
        "type": "object",
        "additionalProperties": {"type": ["string", "null"]},
        "description": "With names=true: what ids point to, by field.",
    }
    return {
        "type": "object",
        "title": str(entity.one),
        "properties": {"id": ID, "version": version, **properties, "names": names},
        "required": ["id", "version", *properties],
    }


def new(entity: Entity, user: User) -> Schema:
    """What is sent to make a record."""
    fields = access.writable_fields(entity, user)
    required = [field.key for field in fields if field.required and field.default is None]
    return {**_sent(entity, fields), "required": required} if required else _sent(entity, fields)


def changes(entity: Entity, user: User) -> Schema:
    """What is sent to change a record: any of its fields, and the version it was read with."""
    found = _sent(entity, access.writable_fields(entity, user))
    version = {
        "type": ["integer", "null"],
        "minimum": 1,
        "description": "As it was read; without it, the last one wins.",
    }
    return {**found, "properties": {"version": version, **found["properties"]}}


def _sent(entity: Entity, fields: list[Field]) -> Schema:
    return {
        "type": "object",
        "title": str(entity.one),
        "properties": {field.key: _write(field) for field in fields},
        "additionalProperties": False,
    }


def _read(field: Field) -> Schema:
    return _nullable(_typed(field, READ.get(field.type, {}), retired=True))


def _write(field: Field) -> Schema:
    found = _typed(field, WRITTEN.get(field.type, READ.get(field.type, {})), retired=False)
    return found if field.required else _nullable(found)


def _typed(field: Field, base: Schema, *, retired: bool) -> Schema:
    item: Schema = {"type": "string"}
    if field.has_options:
        item["enum"] = [option.value for option in field.options if retired or not option.retired]
    found = {"type": "array", "items": item, **base} if field.multiple else {**item, **base}
    return {"title": str(field.label), **found}


def _nullable(schema: Schema) -> Schema:
    kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    found = {**schema, "type": [*kinds, "null"]}
    if "enum" in schema:
        found["enum"] = [*schema["enum"], None]
    return found
