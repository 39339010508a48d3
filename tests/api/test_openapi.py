"""The OpenAPI document: well formed, complete, and true of what the API really answers."""

import re

import pytest

from smallcrm.entities import every, modules

METHODS = {"get", "post", "patch", "put", "delete"}
KINDS = {
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "array": list,
    "object": dict,
    "null": type(None),
}


@pytest.fixture
def document(program, cast):
    return program(cast.sales)("GET", "openapi.json").json


def parts(node, path=""):
    yield path, node
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in items:
        yield from parts(value, f"{path}/{key}")


def resolve(document, schema):
    while "$ref" in schema:
        found = document
        for name in schema["$ref"].removeprefix("#/").split("/"):
            found = found[name]
        schema = found
    return schema


def problems(document, schema, value, where=""):
    """What of `value` is not as its JSON schema says; the part of the standard that this document uses."""
    schema = resolve(document, schema)
    if "anyOf" in schema and all(list(problems(document, one, value)) for one in schema["anyOf"]):
        yield f"{where}: none of anyOf"
    kinds = schema.get("type", [])
    kinds = [kinds] if isinstance(kinds, str) else kinds
    if kinds and not any(isinstance(value, KINDS[kind]) for kind in kinds):
        yield f"{where}: {value!r} is no {kinds}"
    if isinstance(value, bool) and kinds and "boolean" not in kinds:
        yield f"{where}: {value!r} is no {kinds}"
    if "enum" in schema and value not in schema["enum"]:
        yield f"{where}: {value!r} is not in {schema['enum']}"
    if isinstance(value, dict):
        yield from (f"{where}: {key} is missing" for key in schema.get("required", ()) if key not in value)
        for key, one in value.items():
            inner = schema.get("properties", {}).get(key, schema.get("additionalProperties", {}))
            if inner is False or (not inner and "properties" in schema and key not in schema["properties"]):
                yield f"{where}: {key} is not described"
            elif isinstance(inner, dict):
                yield from problems(document, inner, one, f"{where}/{key}")
    if isinstance(value, list):
        for place, one in enumerate(value):
            yield from problems(document, schema.get("items", {}), one, f"{where}/{place}")


def test_it_is_well_formed(document):
    assert document["openapi"] == "3.1.0"
    assert document["info"]["title"] and document["info"]["version"]
    for path, node in parts(document):
        if isinstance(node, dict) and "$ref" in node:
            assert resolve(document, node), path
        if isinstance(node, dict) and isinstance(node.get("type"), (str, list)) and "properties" not in path[-11:]:
            kinds = [node["type"]] if isinstance(node["type"], str) else node["type"]
            if not path.startswith("/components/securitySchemes"):
                assert set(kinds) <= set(KINDS), path
    assert all(re.fullmatch(r"[\w.-]+", name) for kind in document["components"].values() for name in kind)


def test_every_operation_is_described(document):
    ids = []
    for path, item in document["paths"].items():
        assert path.startswith("/")
        declared = {resolve(document, one)["name"] for one in item.get("parameters", ())}
        assert set(re.findall(r"{(\w+)}", path)) == declared, path
        for method in METHODS & set(item):
            operation = item[method]
            ids.append(operation["operationId"])
            assert operation["summary"] and operation["tags"]
            assert {"401", "429"} < set(operation["responses"])
            for response in operation["responses"].values():
                assert resolve(document, response)["description"]
            assert ("requestBody" in operation) == (method in ("post", "patch", "put"))
    assert len(ids) == len(set(ids))


def test_it_holds_every_address_of_the_api(app, document):
    described = {
        (path.replace("{id}", "1"), method)
        for path, item in document["paths"].items()
        for method in METHODS & set(item)
    }
    rules = [rule for rule in app.url_map.iter_rules() if rule.endpoint.startswith("api.")]
    for rule in rules:
        if rule.endpoint == "api.describe":
            continue
        path = rule.rule.removeprefix("/api/v1").replace("<slug>", "customers").replace("<int:id>", "1")
        for method in rule.methods - {"HEAD", "OPTIONS"}:
            assert (path, method.lower()) in described, (path, method)
    assert {f"/{entity.slug}" for entity in every()} <= set(document["paths"])


def test_answers_are_as_described(program, cast, make, document):
    customer = make(
        "customers", name="甲", level="A", tags="重点", address="浙江省杭州市滨江区江南大道1号", owner=cast.sales.id
    )
    make("contacts", name="张伟", customer=customer.id, birthday="1990-01-01")
    make("follow_ups", content="说了", customer=customer.id)
    make("tasks", title="寄样品", due_at="2026-12-01 10:00")
    call = program(cast.sales)
    for path in ("/", "/me", "/users", *(f"/{entity.slug}" for entity in every())):
        answer = call("GET", f"{path[1:]}?names=1&limit=5" if len(path) > 6 else path[1:])
        schema = document["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
        assert list(problems(document, schema, answer.json)) == [], path


def test_refusals_are_as_described(program, nobody, cast, make, document):
    customer = make("customers", name="甲", level="A")
    call = program(cast.sales)
    path = f"customers/{customer.id}"
    call("PATCH", path, {"level": "B"})
    answers = [
        call("GET", "customers?page=1"),
        nobody("GET", path),
        program(cast.readonly)("POST", "customers", {}),
        call("GET", "customers/999"),
        call("PATCH", path, {"level": "C", "version": 1}),
        call.send("POST", "customers", data="x"),
        call("POST", "customers", {}),
    ]
    assert [answer.status_code for answer in answers] == [400, 401, 403, 404, 409, 415, 422]
    for answer in answers:
        assert list(problems(document, {"$ref": "#/components/schemas/error"}, answer.json)) == []


def test_it_holds_what_a_person_may_do_and_no_more(program, cast):
    paths = program(cast.readonly)("GET", "openapi.json").json["paths"]
    assert set(paths["/customers"]) == {"get"}
    assert set(paths["/customers/{id}"]) == {"parameters", "get"}


def test_what_is_made_in_the_browser_is_described_at_once(program, cast):
    key = modules.add_entity("设备", "box", cast.admin).key
    found = program(cast.sales)("GET", "openapi.json").json
    assert found["components"]["schemas"][f"{key}.new"]["required"] == ["name"]
    customers = found["components"]["schemas"]["customers.new"]
    assert customers["properties"]["level"]["enum"] == ["A", "B", "C", "D", None]
    assert customers["additionalProperties"] is False
    assert "number" not in customers["properties"]
