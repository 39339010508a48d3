"""What a person who may only claim must not read before they have claimed."""

from datetime import timedelta
from io import BytesIO

import pytest
from sqlalchemy import select

from smallcrm.core import clock
from smallcrm.core.db import db, write
from smallcrm.entities import attachments, find, operations
from smallcrm.pool import idle, listing
from smallcrm.pool import operations as pool
from smallcrm.records import operations as records
from smallcrm.users import api_tokens

SECRETS = {
    "phone": "13912345678",
    "other_phone": "057187654321",
    "wechat": "mimi_weixin_88",
    "email": "caigou.wang@secret.example.cn",
    "website": "http://neibu.secret.example.cn",
    "tax_number": "91330108MA27XL0R5C",
    "short_name": "暗号简称",
    "notes": "底价八折",
    "address.detail": "江南大道 4567 号 9 楼",
}
# As they would be found in HTML, JSON and sheets, whole or as the number is grouped.
NEEDLES = [
    *SECRETS.values(),
    "139 1234 5678",
    "1391234",
    "12345678",
    "说过的机密",
    "张秘书",
    "18800001111",
    "自定义机密",
]


@pytest.fixture
def secret(cast, make, released, shared_field):
    """A customer in the pool of which almost nothing may be known; was the salesperson's."""
    with write():
        customer = records.create(
            find("customers"),
            {
                **{key: value for key, value in SECRETS.items() if "." not in key},
                "name": "公海机密测试公司",
                "address": {"region": "330108", "detail": SECRETS["address.detail"]},
                "status": "following",
                shared_field: "自定义机密",
            },
            cast.sales,
        )
    make("contacts", name="张秘书", phone="18800001111", customer=customer.id)
    make("follow_ups", content="说过的机密", customer=customer.id, kind="phone")
    return released(customer, cast.sales, note="可以再试")


@pytest.fixture
def shared_field(app, cast):
    """The key of a text field that the company made."""
    with write():
        return operations.add_field("customers", "text", "内部备注", cast.admin).key


def leaks(text):
    return [needle for needle in NEEDLES if needle in text]


def test_no_page_tells_more_of_what_is_in_the_pool_than_who_it_is(client, cast, secret):
    http = client.as_(cast.stranger)
    base = f"/customers/{secret.id}"
    for path in (
        "/pool/customers",
        "/pool/customers?q=机密",
        "/pool/customers?sort=name",
        "/pool/customers?f.status.in=following",
        f"/pool/customers/{secret.id}",
        base,
        f"{base}/history",
        f"{base}/edit",
        f"{base}/fields/phone",
        "/customers",
        "/customers?columns=name,phone,notes",
        "/contacts",
        "/follow-ups",
        "/search?q=公海机密测试公司",
        "/pickers/records/customers?q=公海机密测试公司",
        "/customers/duplicates?name=公海机密测试公司",
        "/today",
        "/today?scope=team",
        "/notifications",
        "/reports",
        "/recycle-bin",
    ):
        for htmx in (False, True):
            answer = http.get(path, htmx=htmx)
            assert not leaks(answer.text), path
            assert answer.status_code in ((404,) if path.startswith(base) else (200, 404)), path


def test_these_tests_would_notice_a_field_that_is_shown(client, cast, secret, monkeypatch):
    """A negative control: what must not be read would be found if it were there."""
    monkeypatch.setattr(listing, "is_open", lambda field: True)
    found = leaks(client.as_(cast.stranger).get(f"/pool/customers/{secret.id}").text)
    assert {"139 1234 5678", "底价八折", "自定义机密", "mimi_weixin_88"} <= set(found)


def test_what_is_masked_is_shown_masked_and_the_rest_as_it_is(client, cast, secret):
    text = client.as_(cast.stranger).get(f"/pool/customers/{secret.id}").text
    for shown in ("139****5678", "跟进中", "暂无需求", "可以再试", "王芳", "浙江省杭州市滨江区", "1 次"):
        assert shown in text, shown
    text = client.as_(cast.stranger).get("/pool/customers").text
    for shown in ("公海机密测试公司", "139****5678", "跟进中", "暂无需求", "王芳"):
        assert shown in text, shown


@pytest.mark.parametrize("typed", ["1391234", "5678", "mimi_weixin", "底价", "暗号", "张秘书", "说过", "91330108"])
def test_no_search_finds_it_by_what_is_masked(client, cast, secret, typed):
    http = client.as_(cast.stranger)
    for path in ("/pool/customers?q=", "/customers?q=", "/search?q=", "/pickers/records/customers?q=", "/contacts?q="):
        answer = http.get(path + typed)
        assert "公海机密" not in answer.text and not leaks(answer.text.replace(typed, "")), path


@pytest.mark.parametrize(
    "query",
    [
        "f.phone.contains=139",
        "f.phone.eq=13912345678",
        "f.phone.starts=1391",
        "f.wechat.contains=mimi",
        "f.notes.contains=底价",
        "f.address.within=33",
        "f.email.filled=1",
        "sort=phone",
        "sort=-wechat",
        "sort=nothing",
        "f.nothing.eq=1",
        "f.owner_id.in=1",
    ],
)
def test_the_pool_is_neither_filtered_nor_sorted_by_what_is_masked(client, cast, secret, query):
    assert client.as_(cast.stranger).get(f"/pool/customers?{query}").status_code == 400


def test_columns_cannot_be_asked_for(client, cast, secret):
    assert not leaks(client.as_(cast.stranger).get("/pool/customers?columns=name,wechat,notes,phone").text)


def test_a_page_further_on_tells_no_more_than_the_first(client, cast, secret, make, released):
    for number in range(51):
        released(make("customers", name=f"另一家{number}", phone="13912345678"), cast.sales)
    http = client.as_(cast.stranger)
    first = http.get("/pool/customers")
    after = first.text.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
    second = http.get(after)
    assert "公海机密测试公司" in second.text and not leaks(first.text + second.text)


def test_no_file_of_what_is_in_the_pool_is_given_out(client, cast, secret):
    row = attachments.store(BytesIO(b"secret"), "报价.txt", cast.owner.id)
    with write() as session:
        session.add(row)
    with write():
        follow_up = db.session.scalars(select(find("follow_ups").model)).first()
        records.change(follow_up, {"files": [row.token]}, cast.owner)
    assert client.as_(cast.stranger).get(f"/files/{row.token}").status_code == 404
    assert client.as_(cast.owner).get(f"/files/{row.token}").status_code == 200


def test_neither_an_export_nor_the_api_has_what_is_in_the_pool(app, client, cast, secret, make):
    mine = make("customers", by=cast.stranger, name="自己的客户")
    http = client.as_(cast.stranger)
    text = http.get("/exports/customers.csv").get_data().decode("utf-8", "replace")
    assert "自己的客户" in text and "公海机密" not in text and not leaks(text)
    with write():
        token = api_tokens.create(cast.stranger, "test", "read,write", by=cast.stranger)
    plain = app.test_client()
    headers = {"Authorization": f"Bearer {token}"}
    listed = plain.get("/api/v1/customers", headers=headers)
    assert [row["id"] for row in listed.json["data"]] == [mine.id]
    for path in ("customers?q=公海机密测试公司", "contacts", "follow-ups"):
        assert plain.get(f"/api/v1/{path}", headers=headers).json["data"] == [], path
    assert plain.get(f"/api/v1/customers/{secret.id}", headers=headers).status_code == 404


def test_the_one_who_had_it_reads_no_more_than_others(client, cast, secret):
    http = client.as_(cast.sales)
    assert http.get(f"/customers/{secret.id}").status_code == 404
    assert not leaks(http.get(f"/pool/customers/{secret.id}").text)
    assert not leaks(http.get("/customers").text + http.get("/contacts").text + http.get("/follow-ups").text)


def test_what_the_program_tells_when_it_takes_a_customer_is_its_name_alone(client, cast, secret, automatic):
    with write():
        pool.claim(find("customers"), secret.id, cast.sales)
    automatic()
    for days in (40, 44):
        with clock.shifted(timedelta(days=days)):
            idle.look()
    assert secret.owner_id is None
    text = client.as_(cast.sales).get("/notifications").text
    assert "公海机密测试公司" in text and not leaks(text)


def test_claiming_shows_everything(client, cast, secret):
    http = client.as_(cast.stranger)
    http.post(f"/pool/customers/{secret.id}/claim")
    text = http.get(f"/customers/{secret.id}").text
    for needle in ("139 1234 5678", "mimi_weixin_88", "底价八折", "说过的机密", "张秘书", "自定义机密"):
        assert needle in text, needle
