"""Who may not, and what is not understood: the status, the names of the fields, always JSON."""

import pytest

from smallcrm.api import limits


def test_refused_values_are_422_with_the_names_of_the_fields(program, cast):
    call = program(cast.sales)
    answer = call("POST", "customers", {"phone": "12", "level": "Z", "owner_id": 1, "id": 5})
    assert answer.status_code == 422
    assert set(answer.json["error"]["fields"]) == {"phone", "level", "owner_id", "id"}
    assert set(call("POST", "customers", {}).json["error"]["fields"]) == {"name"}


@pytest.mark.parametrize(
    "body",
    [
        {"name": {"a": 1}},
        {"name": ["a"]},
        {"name": True},
        {"name": float("nan")},
        {"name": "甲", "tags": [1]},
        {"name": "甲", "tags": {"a": "b"}},
        {"name": "甲", "address": {"region": []}},
        {"name": "甲", "next_follow_up_at": "soon"},
        {"name": "甲", "owner": 99_999},
        {"name": "甲", "owner": [1, 2]},
    ],
)
def test_a_value_of_the_wrong_shape_is_422(body, program, cast):
    answer = program(cast.sales)("POST", "customers", body)
    assert answer.status_code == 422
    assert len(answer.json["error"]["fields"]) == 1


def test_nothing_but_the_fields_can_be_set(program, cast, make):
    """SECURITY.md T07: every column of the row and every word of power is refused, and stays as it was."""
    customer = make("customers", name="甲")
    call = program(cast.sales)
    path = f"customers/{customer.id}"
    before = call("GET", path).json
    taken = {"owner_id", "role", "is_admin", "is_owner", "tenant", "entity", "custom", "source_id", "kind"}
    columns = {column.name for column in type(customer).__table__.columns}
    readonly = {"number", "created_at", "created_by", "department", "won_at", "last_follow_up", "last_follow_up_at"}
    for name in (taken | columns | readonly) - set(before) - {"version"} | readonly | {"id"}:
        answer = call("PATCH", path, {name: 1})
        assert (answer.status_code, set(answer.json["error"]["fields"])) == (422, {name})
    assert call("GET", path).json == before


def test_what_is_no_json_object_is_400_or_415(program, cast):
    call = program(cast.sales)
    assert call("POST", "customers", [1]).status_code == 400
    assert call.send("POST", "customers", data="{", content_type="application/json").status_code == 400
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data", None):
        answer = call.send("POST", "customers", data='{"name": "甲"}', content_type=kind)
        assert answer.status_code == 415
        assert answer.json["error"]["message"] == "缺少 Content-Type: application/json 头。"


def test_who_may_not_is_told_so(program, nobody, cast, make):
    foreign = make("customers", by=cast.stranger, name="别人的")
    path = f"customers/{foreign.id}"
    for method, body in (("GET", None), ("PATCH", {"level": "A"}), ("DELETE", None)):
        assert program(cast.sales)(method, path, body).status_code == 404
        assert program(cast.readonly)(method, path, body).status_code == (200 if method == "GET" else 403)
        assert program(cast.stranger, "read")(method, path, body).status_code == (200 if method == "GET" else 403)
        assert nobody(method, path, body).status_code == 401
    assert program(cast.readonly)("POST", "customers", {"name": "甲"}).status_code == 403
    assert program(cast.sales, "read")("POST", "customers", {"name": "甲"}).status_code == 403


def test_hidden_and_missing_records_look_the_same(program, cast, make):
    foreign = make("customers", by=cast.stranger, name="别人的")
    call = program(cast.sales)
    hidden, missing = call("GET", f"customers/{foreign.id}"), call("GET", "customers/999999")
    assert (hidden.status_code, hidden.data) == (missing.status_code, missing.data)
    refused = [call("POST", "contacts", {"name": "张伟", "customer": id}).data for id in (foreign.id, 999_999)]
    assert refused[0] == refused[1]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "nothing", 404),
        ("GET", "nothing/at/all", 404),
        ("GET", "customers/0", 404),
        ("GET", "customers/abc", 404),
        ("GET", "customers/99999999999999999999", 404),
        ("POST", "nothing", 404),
        ("GET", "/customers", 404),
        ("DELETE", "customers", 405),
        ("POST", "customers/1", 405),
        ("TRACE", "customers", 405),
        ("POST", "me", 404),
        ("GET", "", 200),
        ("GET", "customers/", 200),
    ],
)
def test_an_unknown_address_or_method_answers_json(method, path, status, program, cast):
    answer = program(cast.sales)(method, path)
    assert answer.status_code == status
    assert answer.is_json
    if status == 405:
        assert "Allow" in answer.headers


def test_a_request_of_more_than_a_megabyte_is_413(program, cast):
    answer = program(cast.sales)("POST", "customers", {"name": "x" * 1_100_000})
    assert (answer.status_code, answer.json["error"]["status"]) == (413, 413)


def test_too_many_requests_are_429(program, cast):
    call, other = program(cast.sales), program(cast.sales)
    for _ in range(limits.MOST):
        limits.seconds_to_wait(1)
    answer = call("GET", "customers")
    assert answer.status_code == 429
    assert 0 < int(answer.headers["Retry-After"]) <= 60
    assert other("GET", "customers").status_code == 200


def test_every_answer_is_private_and_plain(program, nobody, cast):
    for answer in (program(cast.sales)("GET", "customers"), nobody("GET", "customers"), nobody("GET", "nothing")):
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "Access-Control-Allow-Origin" not in answer.headers
