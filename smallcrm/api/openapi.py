"""The OpenAPI document, generated from the entities a person may see: a field made a minute ago is in it."""

from typing import Any

from .. import access
from ..entities import Entity, Field, every
from ..users.models import User
from .representation import LARGEST_PAGE, USUAL_PAGE

FORMATS: dict[str, dict[str, Any]] = {
    "integer": {"type": "integer"},
    "decimal": {"type": "number"},
    "percent": {"type": "number"},
    "money": {"type": "number"},
    "boolean": {"type": "boolean"},
    "date": {"type": "string", "format": "date"},
    "datetime": {"type": "string", "format": "date-time"},
    "email": {"type": "string"},
    "user": {"type": "integer", "description": "id of a person; a name or e-mail address is understood when writing"},
    "department": {"type": "integer", "description": "id of a department"},
    "reference": {"type": "integer", "description": "id of the record"},
    "address": {
        "type": "object",
        "properties": {"region": {"type": "string"}, "detail": {"type": "string"}},
        "description": "region: code of the province, city or district; one text is split when writing",
    },
}
ERROR = {
    "type": "object",
    "properties": {
        "error": {
            "type": "object",
            "properties": {
                "status": {"type": "integer"},
                "message": {"type": "string"},
                "fields": {"type": "object", "additionalProperties": True},
            },
            "required": ["status", "message"],
        }
    },
}


def document(user: User) -> dict[str, Any]:
    """OpenAPI 3.1 for what `user` may see."""
    entities = [entity for entity in every() if access.may(user, entity, "view")]
    return {
        "openapi": "3.1.0",
        "info": {"title": "smallcrm", "version": "1"},
        "servers": [{"url": "/api/v1"}],
        "security": [{"token": []}],
        "paths": {path: item for entity in entities for path, item in _paths(entity, user).items()},
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "schemas": {"error": ERROR, **{entity.key: schema(entity, user) for entity in entities}},
        },
    }


def schema(entity: Entity, user: User) -> dict[str, Any]:
    """The JSON schema of one entity's records."""
    properties = {field.key: of_field(field) for field in access.readable_fields(entity, user)}
    required = [field.key for field in access.writable_fields(entity, user) if field.required]
    return {
        "type": "object",
        "title": str(entity.one),
        "properties": {
            "id": {"type": "integer", "readOnly": True},
            "version": {"type": "integer"},
            **properties,
        },
        "required": required,
    }


def of_field(field: Field) -> dict[str, Any]:
    """The JSON schema of one field's values."""
    found = dict(FORMATS.get(field.type, {"type": "string"}))
    if field.multiple:
        found = {"type": "array", "items": {"type": "string"}}
    if field.options:
        values = [option.value for option in field.options]
        (found["items"] if field.multiple else found)["enum"] = values if field.multiple else [*values, None]
    found["title"] = str(field.label)
    if field.readonly:
        found["readOnly"] = True
    if isinstance(found.get("type"), str) and not field.required:
        found["type"] = [found["type"], "null"]
    return found


def _paths(entity: Entity, user: User) -> dict[str, Any]:
    record = {"$ref": f"#/components/schemas/{entity.key}"}
    one = {"description": str(entity.one), "content": {"application/json": {"schema": record}}}
    body = {"required": True, "content": {"application/json": {"schema": record}}}
    listed = {
        "type": "object",
        "properties": {"data": {"type": "array", "items": record}, "next_cursor": {"type": ["string", "null"]}},
    }
    many = {"description": str(entity.label), "content": {"application/json": {"schema": listed}}}
    collection: dict[str, Any] = {
        "get": {
            "summary": f"List {entity.slug}",
            "parameters": _parameters(),
            "responses": {"200": many, **_refusals()},
        }
    }
    single: dict[str, Any] = {
        "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "integer", "minimum": 1}}],
        "get": {"summary": f"Get one of {entity.slug}", "responses": {"200": one, **_refusals()}},
    }
    if access.may(user, entity, "create"):
        collection["post"] = {"summary": "Create", "requestBody": body, "responses": {"201": one, **_refusals()}}
    if access.may(user, entity, "edit"):
        answers = {"200": one, **_refusals()}
        single["patch"] = {"summary": "Change the sent fields", "requestBody": body, "responses": answers}
    if access.may(user, entity, "delete"):
        gone = {"description": "In the recycle bin"}
        single["delete"] = {"summary": "Delete", "responses": {"204": gone, **_refusals()}}
    return {f"/{entity.slug}": collection, f"/{entity.slug}/{{id}}": single}


def _parameters() -> list[dict[str, Any]]:
    text = {"type": "string"}
    return [
        {"name": "q", "in": "query", "schema": text},
        {"name": "filter", "in": "query", "schema": {"type": "array", "items": text}, "explode": True},
        {"name": "sort", "in": "query", "schema": text},
        {
            "name": "limit",
            "in": "query",
            "schema": {"type": "integer", "minimum": 1, "maximum": LARGEST_PAGE, "default": USUAL_PAGE},
        },
        {"name": "cursor", "in": "query", "schema": text},
    ]


def _refusals() -> dict[str, Any]:
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/error"}}}
    words = {
        "400": "Not understood",
        "401": "No good token",
        "403": "Not allowed",
        "404": "Not found",
        "409": "Changed by someone else",
        "415": "Not JSON",
        "422": "Refused values",
        "429": "Too many requests",
    }
    return {status: {"description": text, "content": content} for status, text in words.items()}
