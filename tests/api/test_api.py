"""The API: the same rights, validation and history as the pages, for programs."""

import json

import pytest

from smallcrm.api import limits
from smallcrm.core import clock
from smallcrm.core.db import db, write
from smallcrm.users import api_tokens


@pytest.fixture(autouse=True)
def fresh_limits():
    limits._seen.clear()


class Program:
    """Sends JSON with a token."""

    def __init__(self, app, token):
        self.app, self.token = app, token

    def __call__(self, method, path, body=None, **headers):
        from contextvars import Context

        db.session.rollback()
        if self.token:
            headers.setdefault("Authorization", f"Bearer {self.token}")
        options = {"data": json.dumps(body), "content_type": "application/json"} if body is not None else {}
        http = self.app.test_client()
        answer = Context().run(lambda: http.open(f"/api/v1/{path}", method=method, headers=headers, **options))
        db.session.rollback()
        return answer


@pytest.fixture
def program(app):
    def signed_in(user, scopes="read,write"):
        with write():
            token = api_tokens.create(user, "test", scopes)
        return Program(app, token)

    return signed_in


def test_a_customer_is_made_read_changed_and_deleted(program, cast):
    call = program(cast.sales)
    made = call("POST", "customers", {"name": "杭州鑫源", "phone": "138 0013 8000", "level": "A", "tags": ["重点"]})
    assert made.status_code == 201
    record = made.json
    assert (record["name"], record["phone"], record["owner"], record["version"]) == (
        "杭州鑫源",
        "13800138000",
        cast.sales.id,
        1,
    )
    path = f"customers/{record['id']}"
    assert made.headers["Location"] == f"/api/v1/{path}"
    assert call("GET", path).json == record
    changed = call("PATCH", path, {"level": "B", "next_follow_up_at": "2026-12-01T01:00:00Z", "version": 1})
    assert changed.status_code == 200
    assert (changed.json["level"], changed.json["version"]) == ("B", 2)
    assert changed.json["next_follow_up_at"] == "2026-12-01T01:00:00Z"
    assert call("PATCH", path, {"notes": None}).json["notes"] is None
    assert call("DELETE", path).status_code == 204
    assert call("GET", path).status_code == 404


def test_contacts_follow_ups_and_tasks_have_the_names_to_rely_on(program, cast):
    call = program(cast.sales)
    customer = call("POST", "customers", {"name": "杭州鑫源"}).json["id"]
    contact = call("POST", "contacts", {"name": "张伟", "phone": "13900139000", "customer": customer})
    assert contact.json["customer"] == customer
    said = call(
        "POST",
        "follow-ups",
        {"customer": customer, "kind": "visit", "content": "看了样品", "next_follow_up_at": "2027-01-05T01:00:00Z"},
    )
    assert (said.status_code, said.json["kind"]) == (201, "visit")
    assert call("GET", f"customers/{customer}").json["next_follow_up_at"] == "2027-01-05T01:00:00Z"
    task = call("POST", "tasks", {"title": "寄样品", "due_at": "2027-01-05 10:00", "owner": cast.colleague.id})
    assert (task.json["owner"], task.json["due_at"]) == (cast.colleague.id, "2027-01-05T02:00:00Z")


def test_a_list_is_filtered_sorted_searched_and_paged(program, cast, make):
    for i in range(7):
        make("customers", name=f"客户{i}", level="AB"[i % 2], phone=f"1380013000{i}")
    make("customers", by=cast.stranger, name="客户别人的")
    call = program(cast.sales)
    names = lambda answer: [row["name"] for row in answer.json["data"]]  # noqa: E731
    assert names(call("GET", "customers?filter=level:in:A&sort=name")) == ["客户0", "客户2", "客户4", "客户6"]
    assert names(call("GET", "customers?filter=level:A&filter=name:contains:4")) == ["客户4"]
    assert names(call("GET", "customers?q=130003")) == ["客户3"]
    seen, cursor = [], ""
    while cursor is not None:
        answer = call("GET", f"customers?limit=3&sort=-name&cursor={cursor}")
        seen += names(answer)
        cursor = answer.json["next_cursor"]
    assert seen == [f"客户{i}" for i in range(6, -1, -1)]


def test_the_list_and_the_record_say_the_same(program, cast, make):
    make(
        "customers",
        name="甲",
        level="A",
        tags="重点",
        address="浙江省杭州市滨江区江南大道1号",
        next_follow_up_at="2026-12-01 09:00",
    )
    call = program(cast.sales)
    row = call("GET", "customers").json["data"][0]
    assert row == call("GET", f"customers/{row['id']}").json
    assert row["address"] == {"region": "330108", "detail": "江南大道1号"}


@pytest.mark.parametrize(
    "query",
    [
        "sort=password",
        "filter=nothing:1",
        "filter=level",
        "limit=0",
        "limit=9999",
        "limit=x",
        "cursor=%%%",
        "page=2",
        "filter=created_at:gte:whenever",
    ],
)
def test_a_question_that_makes_no_sense_is_400(query, program, cast, make):
    make("customers", name="甲")
    answer = program(cast.sales)("GET", f"customers?{query}")
    assert answer.status_code == 400
    assert answer.json["error"]["message"]


def test_refused_values_are_422_with_the_names_of_the_fields(program, cast):
    call = program(cast.sales)
    answer = call("POST", "customers", {"phone": "12", "level": "Z", "owner_id": 1, "id": 5})
    assert answer.status_code == 422
    assert set(answer.json["error"]["fields"]) == {"phone", "level", "owner_id", "id"}
    for body in (
        {"name": {"a": 1}},
        {"name": ["a"]},
        {"name": "甲", "tags": [1]},
        {"name": "甲", "address": {"region": []}},
    ):
        assert call("POST", "customers", body).status_code == 422, body


def test_what_is_no_json_object_is_400_or_415(program, app, cast):
    call = program(cast.sales)
    assert call("POST", "customers", [1]).status_code == 400
    http = app.test_client()
    headers = {"Authorization": f"Bearer {call.token}"}
    assert http.post("/api/v1/customers", data="{", headers=headers, content_type="application/json").status_code == 400
    assert http.post("/api/v1/customers", data="name=x", headers=headers).status_code == 415
    deep = "[" * 50_000
    assert (
        http.post("/api/v1/customers", data=deep, headers=headers, content_type="application/json").status_code == 400
    )


def test_two_programs_changing_the_same_field_get_409_with_the_other_value(program, cast, make):
    customer = make("customers", name="甲", level="A")
    call = program(cast.sales)
    assert call("PATCH", f"customers/{customer.id}", {"level": "B", "version": 1}).status_code == 200
    clash = call("PATCH", f"customers/{customer.id}", {"level": "C", "version": 1})
    assert clash.status_code == 409
    assert (clash.json["error"]["fields"], clash.json["error"]["version"]) == ({"level": "B"}, 2)
    merged = call("PATCH", f"customers/{customer.id}", {"notes": "别的字段", "version": 1})
    assert (merged.status_code, merged.json["level"]) == (200, "B")


def test_who_may_not_is_told_so(program, cast, make, app):
    foreign = make("customers", by=cast.stranger, name="别人的")
    assert program(cast.sales)("GET", f"customers/{foreign.id}").status_code == 404
    assert program(cast.readonly)("PATCH", f"customers/{foreign.id}", {"level": "A"}).status_code == 403
    assert program(cast.readonly)("POST", "customers", {"name": "甲"}).status_code == 403
    assert program(cast.sales, "read")("POST", "customers", {"name": "甲"}).status_code == 403
    assert program(cast.sales)("GET", "nothing").status_code == 404
    assert Program(app, None)("GET", "customers").status_code == 401
    assert Program(app, "scrm_" + "x" * 59)("GET", "customers").status_code == 401


def test_a_token_dies_with_its_person_its_date_and_its_revocation(program, cast, app):
    from datetime import timedelta

    from smallcrm.users import operations as people

    call = program(cast.sales)
    with clock.shifted(timedelta(days=366)):
        assert call("GET", "customers").status_code == 401
    people.disable(cast.sales.id, cast.owner)
    assert call("GET", "customers").status_code == 401
    other = program(cast.colleague)
    with write():
        assert api_tokens.revoke(cast.colleague, api_tokens.living(cast.colleague)[0].id)
    assert other("GET", "customers").status_code == 401


def test_a_token_opens_no_page_and_a_cookie_no_api(program, client, cast):
    token = program(cast.sales).token
    assert client.get("/customers", headers={"Authorization": f"Bearer {token}"}).status_code == 303
    assert client.as_(cast.sales).get("/api/v1/customers").status_code == 401
    assert client.get(f"/api/v1/customers?token={token}").status_code == 401


def test_no_secret_is_kept(program, cast, company):
    token = program(cast.sales).token
    assert token[14:57].encode() not in company.path.read_bytes()


def test_the_same_idempotency_key_makes_one_record(program, cast):
    call = program(cast.sales)
    headers = {"Idempotency-Key": "order-17"}
    first, second = (call("POST", "customers", {"name": "甲"}, **headers) for _ in range(2))
    assert first.json["id"] == second.json["id"]


def test_too_many_requests_are_429(program, cast):
    call = program(cast.sales)
    call("GET", "customers")
    for window, _count in list(limits._seen.values()):
        for key in limits._seen:
            limits._seen[key] = (window, limits.MOST)
    answer = call("GET", "customers")
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) > 0


def test_the_description_knows_every_entity_and_field(program, cast):
    found = program(cast.sales)("GET", "openapi.json").json
    assert found["openapi"].startswith("3.1")
    assert {"/customers", "/customers/{id}", "/follow-ups", "/tasks", "/contacts"} <= set(found["paths"])
    customer = found["components"]["schemas"]["customers"]
    assert customer["properties"]["level"]["enum"][:2] == ["A", "B"]
    assert "name" in customer["required"]
    assert "post" not in program(cast.readonly)("GET", "openapi.json").json["paths"]["/customers"]


def test_history_says_that_a_program_did_it(program, cast):
    from sqlalchemy import select

    from smallcrm.activity.models import Activity

    program(cast.sales)("POST", "customers", {"name": "甲"})
    line = db.session.scalars(select(Activity)).one()
    assert (line.source, line.actor_id) == ("api", cast.sales.id)


def test_tokens_are_made_on_the_page_and_shown_once(client, cast):
    http = client.as_(cast.sales)
    made = http.post("/api/tokens", {"name": "网站表单", "scope": ["read", "write"]})
    token = made.text.split('id="fresh-token">')[1].split("<")[0]
    assert token.startswith("scrm_")
    assert token not in http.get("/api/tokens").text
    assert "网站表单" in http.get("/api/tokens").text
    assert http.post("/api/tokens", {"name": "", "scope": ["read"]}).status_code == 422
    assert http.get("/api").status_code == 200
    assert http.get("/api?entity=tasks").status_code == 200
    id = http.get("/api/tokens").text.split("/api/tokens/")[1].split("/")[0]
    assert http.post(f"/api/tokens/{id}/revocation").status_code == 303
    assert client.as_(cast.colleague).post(f"/api/tokens/{id}/revocation").status_code == 404
