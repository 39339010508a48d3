"""The API: the same rights, validation and history as the pages, for programs."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from smallcrm.activity.models import Activity
from smallcrm.core.db import db, sqlite_module
from smallcrm.entities import modules, operations


def test_a_customer_is_made_read_changed_and_deleted(program, cast):
    call = program(cast.sales)
    made = call("POST", "customers", {"name": "杭州鑫源", "phone": "138 0013 8000", "level": "A", "tags": ["重点"]})
    assert made.status_code == 201
    record = made.json
    expected = ("杭州鑫源", "13800138000", cast.sales.id, 1)
    assert (record["name"], record["phone"], record["owner"], record["version"]) == expected
    path = f"customers/{record['id']}"
    assert made.headers["Location"] == f"/api/v1/{path}"
    assert call("GET", path).json == record
    changed = call("PATCH", path, {"level": "B", "next_follow_up_at": "2026-12-01T01:00:00Z", "version": 1})
    assert changed.status_code == 200
    assert (changed.json["level"], changed.json["version"]) == ("B", 2)
    assert changed.json["next_follow_up_at"] == "2026-12-01T01:00:00Z"
    assert call("PUT", path, {"notes": None}).json["notes"] is None
    deleted = call("DELETE", path)
    assert (deleted.status_code, deleted.data) == (204, b"")
    assert call("GET", path).status_code == 404


def test_the_names_to_rely_on(program, cast):
    call = program(cast.sales)
    names = "name phone level source industry status owner next_follow_up_at".split()
    customer = call("POST", "customers", {"name": "杭州鑫源"}).json
    assert {"id", "version", *names} <= set(customer)
    contact = call("POST", "contacts", {"name": "张伟", "phone": "13900139000", "customer": customer["id"]})
    assert contact.json["customer"] == customer["id"]
    said = call(
        "POST",
        "follow-ups",
        {"customer": "杭州鑫源", "kind": "visit", "content": "看了样品", "next_follow_up_at": "2027-01-05T01:00:00Z"},
    )
    assert (said.status_code, said.json["kind"], said.json["customer"]) == (201, "visit", customer["id"])
    assert call("GET", f"customers/{customer['id']}").json["next_follow_up_at"] == "2027-01-05T01:00:00Z"
    task = call("POST", "tasks", {"title": "寄样品", "due_at": "2027-01-05 10:00", "owner": cast.colleague.id})
    assert (task.json["owner"], task.json["due_at"]) == (cast.colleague.id, "2027-01-05T02:00:00Z")


@pytest.mark.parametrize("who", ["李雷", "colleague@example.cn", "6", "COLLEAGUE@example.cn"])
def test_a_person_is_named_by_id_name_or_address(who, program, cast, company):
    who = str(company.ids["colleague"]) if who == "6" else who
    task = program(cast.manager)("POST", "tasks", {"title": "寄样品", "owner": who})
    assert task.json["owner"] == cast.colleague.id
    assert program(cast.sales)("POST", "tasks", {"title": "寄样品", "owner": "没有的人"}).status_code == 422


def test_ids_come_with_names_if_asked(program, cast, make):
    customer = make("customers", name="杭州鑫源")
    make("contacts", name="张伟", customer=customer.id)
    call = program(cast.sales)
    row = call("GET", "contacts?names=true").json["data"][0]
    names = {key: row["names"][key] for key in ("customer", "owner", "department", "updated_by")}
    assert names == {"customer": "杭州鑫源", "owner": "王芳", "department": "销售一部", "updated_by": "王芳"}
    assert call("GET", f"contacts/{row['id']}?names=1").json == row
    assert "names" not in call("GET", f"contacts/{row['id']}").json
    assert {"id": cast.disabled.id, "name": "走了", "active": False} in call("GET", "users").json["data"]


def test_fields_and_modules_made_at_run_time_are_there_at_once(program, cast):
    operations.add_field("customers", "integer", "质保期", cast.admin)
    key = modules.add_entity("设备", "box", cast.admin).key
    operations.add_field(key, "choice", "状态", cast.admin, options=["完好", "报废"])
    call = program(cast.sales)
    assert call("POST", "customers", {"name": "甲", "zhibaoqi": 24}).json["zhibaoqi"] == 24
    slug = key.replace("_", "-")
    made = call("POST", slug, {"name": "车床", "zhuangtai": "wanhao"})
    assert (made.status_code, made.json["zhuangtai"], made.json["version"]) == (201, "wanhao", 1)
    assert call("GET", f"{slug}?filter=zhuangtai:in:wanhao").json["data"] == [made.json]
    assert f"/{slug}" in call("GET", "openapi.json").json["paths"]
    assert slug in [module["name"] for module in call("GET", "").json["data"]]


def test_the_list_and_the_record_say_the_same(program, cast, make):
    place = "浙江省杭州市滨江区江南大道1号"
    make("customers", name="甲", level="A", tags="重点", address=place, next_follow_up_at="2026-12-01 09:00")
    call = program(cast.sales)
    row = call("GET", "customers").json["data"][0]
    assert row == call("GET", f"customers/{row['id']}").json
    assert row["address"] == {"region": "330108", "detail": "江南大道1号"}


def test_an_answer_reads_as_it_was_written(program, cast, make):
    make("customers", name="杭州鑫源")
    text = program(cast.sales)("GET", "customers").text
    assert "杭州鑫源" in text
    assert text.startswith('{"data":[{"id":1,"version":1,"name":')


def test_two_programs_changing_the_same_field_get_409_with_both_values(program, cast, make):
    customer = make("customers", name="甲", level="A")
    call = program(cast.sales)
    path = f"customers/{customer.id}"
    assert call("PATCH", path, {"level": "B", "version": 1}).status_code == 200
    clash = call("PATCH", path, {"level": "C", "version": 1})
    assert clash.status_code == 409
    error = clash.json["error"]
    assert (error["status"], error["version"]) == (409, 2)
    assert error["fields"] == {"level": {"yours": "C", "theirs": "B"}}
    assert call("GET", path).json["level"] == "B"
    merged = call("PATCH", path, {"notes": "别的字段", "version": 1})
    assert (merged.status_code, merged.json["level"]) == (200, "B")
    assert call("PATCH", path, {"level": "C", "version": 3}).json["level"] == "C"


@pytest.mark.parametrize("version", [0, -1, 2, 10**30, "1", 1.0, True, [1]])
def test_a_version_that_never_was_is_refused(version, program, cast, make):
    customer = make("customers", name="甲")
    answer = program(cast.sales)("PATCH", f"customers/{customer.id}", {"level": "A", "version": version})
    assert (answer.status_code, set(answer.json["error"]["fields"])) == (422, {"version"})


def test_the_same_idempotency_key_makes_one_record(program, cast):
    call = program(cast.sales)
    key = {"Idempotency-Key": "a key of more than forty characters, of which the last one counts: 1"}
    first, second = (call("POST", "customers", {"name": "甲"}, **key) for _ in range(2))
    assert (first.json, second.status_code) == (second.json, 201)
    other = {"Idempotency-Key": key["Idempotency-Key"][:-1] + "2"}
    assert call("POST", "customers", {"name": "甲"}, **other).json["id"] != first.json["id"]
    assert program(cast.colleague)("POST", "customers", {"name": "甲"}, **key).json["id"] != first.json["id"]


def test_twenty_retries_at_once_make_one_record(app, program, cast):
    """SECURITY.md R20."""
    call = program(cast.sales)
    headers = {"Authorization": f"Bearer {call.token}", "Idempotency-Key": "order-16"}

    def send(_number):
        return app.test_client().post("/api/v1/customers", json={"name": "甲"}, headers=headers).json["id"]

    with ThreadPoolExecutor(8) as pool:
        ids = set(pool.map(send, range(20)))
    assert ids == {row["id"] for row in call("GET", "customers").json["data"]}
    assert len(ids) == 1


def test_an_idempotency_key_belongs_to_what_was_sent_with_it(program, cast):
    call = program(cast.sales)
    key = {"Idempotency-Key": "order-17"}
    call("POST", "customers", {"name": "甲"}, **key)
    for slug, body in (("customers", {"name": "乙"}), ("tasks", {"title": "甲"})):
        refused = call("POST", slug, body, **key)
        assert (refused.status_code, set(refused.json["error"]["fields"])) == (422, {"Idempotency-Key"})
    assert len(call("GET", "customers").json["data"]) == 1


def test_a_refused_request_does_not_use_its_key_up(program, cast):
    call = program(cast.sales)
    key = {"Idempotency-Key": "order-18"}
    assert call("POST", "customers", {"name": ""}, **key).status_code == 422
    assert call("POST", "customers", {"name": "甲"}, **key).status_code == 201


def test_a_retry_tells_no_more_than_may_be_seen_by_now(program, cast, make):
    call = program(cast.sales)
    key = {"Idempotency-Key": "order-19"}
    body = {"name": "甲", "owner": cast.stranger.id}
    first = call("POST", "customers", body, **key)
    program(cast.stranger)("PATCH", f"customers/{first.json['id']}", {"notes": "秘密"})
    assert call("POST", "customers", body, **key).json == {"id": first.json["id"], "version": 2}


def test_history_says_that_a_program_did_it(program, cast):
    program(cast.sales)("POST", "customers", {"name": "甲"})
    line = db.session.scalars(select(Activity)).one()
    assert (line.source, line.actor_id) == ("api", cast.sales.id)


def test_reading_writes_nothing(program, cast, make, company):
    customer = make("customers", name="甲")
    call = program(cast.sales)
    call("GET", "customers")  # notes that the token is in use
    watching = sqlite_module().connect(str(company.path))
    version = lambda: watching.execute("PRAGMA data_version").fetchone()[0]  # noqa: E731
    before = version()
    for path in ("", "me", "users", "openapi.json", "customers?names=1", f"customers/{customer.id}", "nothing"):
        for method in ("GET", "HEAD", "OPTIONS"):
            call(method, path)
    assert version() == before
    watching.close()
