"""The OpenAPI document, generated from the entities a person may see: a field made a minute ago is in it."""

from typing import Any

from flask_babel import gettext as _

from .. import __version__, access
from ..entities import Entity, every
from ..users.models import User
from . import schemas
from .questions import LARGEST_PAGE, USUAL_PAGE

Part = dict[str, Any]

ERROR: Part = {
    "type": "object",
    "properties": {
        "error": {
            "type": "object",
            "properties": {
                "status": {"type": "integer"},
                "message": {"type": "string"},
                "fields": {
                    "type": "object",
                    "description": "By field: what is wrong (422), or both values (409).",
                    "additionalProperties": {
                        "anyOf": [
                            {"type": "string"},
                            {
                                "type": "object",
                                "properties": {"yours": {}, "theirs": {}},
                                "required": ["yours", "theirs"],
                            },
                        ]
                    },
                },
                "version": {"type": "integer", "description": "With 409: the version to send next."},
            },
            "required": ["status", "message"],
        }
    },
    "required": ["error"],
}
ME: Part = {
    "type": "object",
    "properties": {
        "id": schemas.ID,
        "name": {"type": "string"},
        "email": {"type": "string"},
        "role": {"type": "string"},
        "token": {
            "type": "object",
            "properties": {
                "name": {"type": "string"},
                "scopes": {"type": "array", "items": {"enum": ["read", "write"]}},
                "expires_at": {"type": "string", "format": "date-time"},
            },
            "required": ["name", "scopes", "expires_at"],
        },
    },
    "required": ["id", "name", "email", "role", "token"],
}
PERSON: Part = {
    "type": "object",
    "properties": {"id": schemas.ID, "name": {"type": "string"}, "active": {"type": "boolean"}},
    "required": ["id", "name", "active"],
}
MODULE: Part = {
    "type": "object",
    "properties": {"name": {"type": "string"}, "label": {"type": "string"}, "href": {"type": "string"}},
    "required": ["name", "label", "href"],
}


def document(user: User) -> Part:
    """OpenAPI 3.1 for what `user` may see and do."""
    entities = [entity for entity in every() if access.may(user, entity, "view")]
    paths = {path: item for entity in entities for path, item in _paths(entity, user).items()}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "smallcrm",
            "version": __version__,
            "description": _("Every module of the company. What is missing here, this person may not see."),
        },
        "servers": [{"url": "/api/v1"}],
        "security": [{"token": []}],
        "paths": {**_fixed_paths(), **paths},
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer", "bearerFormat": "scrm_…"}},
            "parameters": _parameters(),
            "responses": _refusals(),
            "schemas": {"error": ERROR, "me": ME, "user": PERSON, "module": MODULE, **_schemas(entities, user)},
        },
    }


def _schemas(entities: list[Entity], user: User) -> Part:
    found: Part = {}
    for entity in entities:
        found[f"{entity.key}.record"] = schemas.record(entity, user)
        if access.may(user, entity, "create"):
            found[f"{entity.key}.new"] = schemas.new(entity, user)
        if access.may(user, entity, "edit"):
            found[f"{entity.key}.changes"] = schemas.changes(entity, user)
    return found


def _fixed_paths() -> Part:
    return {
        "/": {"get": _operation("modules", "smallcrm", _("The modules"), _list(_ref("schemas", "module")), ())},
        "/me": {"get": _operation("me", "smallcrm", _("Whose token this is"), _one(_ref("schemas", "me")), ())},
        "/users": {"get": _operation("users", "smallcrm", _("The people"), _list(_ref("schemas", "user")), ())},
    }


def _paths(entity: Entity, user: User) -> Part:
    """The addresses of one entity, with what `user` may do there."""
    key, tag = entity.key, str(entity.label)
    record = _ref("schemas", f"{key}.record")
    collection: Part = {
        "get": {
            **_operation(f"{key}.list", tag, _("List"), _list(record), (400, 403)),
            "parameters": [_ref("parameters", name) for name in ("q", "filter", "sort", "limit", "cursor", "names")],
        }
    }
    if access.may(user, entity, "create"):
        made = _operation(f"{key}.create", tag, _("Create"), _one(record), (400, 403, 413, 415, 422), "201")
        made["parameters"] = [_ref("parameters", "idempotency_key")]
        made["responses"]["201"]["headers"] = {"Location": {"schema": {"type": "string"}}}
        collection["post"] = {**made, "requestBody": _body(f"{key}.new")}
    single: Part = {
        "parameters": [_ref("parameters", "id")],
        "get": {
            **_operation(f"{key}.get", tag, _("Read"), _one(record), (400, 404)),
            "parameters": [_ref("parameters", "names")],
        },
    }
    if access.may(user, entity, "edit"):
        for method in ("patch", "put"):
            changed = _operation(
                f"{key}.{method}",
                tag,
                _("Change the fields that are sent"),
                _one(record),
                (400, 403, 404, 409, 413, 415, 422),
            )
            single[method] = {**changed, "requestBody": _body(f"{key}.changes")}
    if access.may(user, entity, "delete"):
        gone = {"description": _("It is in the recycle bin.")}
        single["delete"] = _operation(f"{key}.delete", tag, _("Delete"), gone, (403, 404, 409), "204")
    return {f"/{entity.slug}": collection, f"/{entity.slug}/{{id}}": single}


def _operation(id: str, tag: str, summary: str, answer: Part, refusals: tuple[int, ...], status: str = "200") -> Part:
    responses = {status: answer, **{str(code): _ref("responses", str(code)) for code in (*refusals, 401, 429)}}
    return {"operationId": id, "tags": [tag], "summary": summary, "responses": responses}


def _ref(kind: str, name: str) -> Part:
    return {"$ref": f"#/components/{kind}/{name}"}


def _json(schema: Part) -> Part:
    return {"application/json": {"schema": schema}}


def _one(schema: Part) -> Part:
    return {"description": "OK", "content": _json(schema)}


def _list(schema: Part) -> Part:
    properties = {"data": {"type": "array", "items": schema}, "next_cursor": {"type": ["string", "null"]}}
    return _one({"type": "object", "properties": properties, "required": ["data", "next_cursor"]})


def _body(name: str) -> Part:
    return {"required": True, "content": _json(_ref("schemas", name))}


def _parameters() -> Part:
    text: Part = {"type": "string"}
    size = {"type": "integer", "minimum": 1, "maximum": LARGEST_PAGE, "default": USUAL_PAGE}
    return {
        "id": {"name": "id", "in": "path", "required": True, "schema": schemas.ID},
        "q": _query("q", text, _("Search words: any two Chinese characters, four digits of a phone number.")),
        "filter": _query(
            "filter", {"type": "array", "items": text}, _("field:operator:value, repeated for further conditions.")
        ),
        "sort": _query("sort", text, _("A field, or id; with a minus in front the largest comes first.")),
        "limit": _query("limit", size, _("Records on one page.")),
        "cursor": _query("cursor", text, _("next_cursor of the page before.")),
        "names": _query("names", {"type": "boolean", "default": False}, _("Also the names that ids stand for.")),
        "idempotency_key": {
            "name": "Idempotency-Key",
            "in": "header",
            "schema": text,
            "description": _("The same key within 24 hours never makes a second record."),
        },
    }


def _query(name: str, schema: Part, description: str) -> Part:
    return {"name": name, "in": "query", "schema": schema, "description": description}


def refusals() -> dict[int, str]:
    """HTTP status → what it means, for every way in which a request is refused."""
    return {
        400: _("The request cannot be understood: a parameter or the JSON is wrong."),
        401: _("There is no token, or it is wrong, expired, revoked, or its person may not sign in."),
        403: _("The token's scope or the person's role does not allow it."),
        404: _("It does not exist, or this person does not see it."),
        405: _("This address does not take this method."),
        409: _("Somebody else changed the same fields since you read them; both values are in fields."),
        413: _("The request is larger than 1 MB."),
        415: _("The header Content-Type: application/json is missing."),
        422: _("Values were refused; fields says which and why. Nothing was saved."),
        429: _("Too many requests. Wait as many seconds as the header Retry-After says."),
    }


def _refusals() -> Part:
    return {
        str(status): {"description": words, "content": _json(_ref("schemas", "error"))}
        for status, words in refusals().items()
    }
