"""The pages of merging: what is suspected, the comparison, the merge and its undoing, each as a person meets them."""

import re

import pytest
from sqlalchemy import select

from smallcrm.core.db import db, write
from smallcrm.entities import find
from smallcrm.records import operations
from smallcrm.records.duplicates import DuplicateKey
from smallcrm.records.merging import models, suspects, tasks


@pytest.fixture
def pair(cast, make):
    one = make("customers", name="杭州鑫源网络科技有限公司", phone="13800138000")
    two = make("customers", name="鑫源网路科技（杭州）有限公司", phone="13800138000", email="a@example.cn")
    return one, two


def names(entity, user, kind):
    return [{entity.name_of(r) for r in group.records} for group in suspects.groups(entity, user, kind).groups]


def form(http, ids, into=None, **more):
    """What the comparison's form sends when nobody touches it, with `more` fields chosen otherwise."""
    html = http.get(f"/customers/merging/compare?ids={ids}" + (f"&into={into}" if into else "")).text
    html = html[html.index('<form class="s-merge') :].split("</form>")[0]
    hidden = re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', html)
    chosen = re.findall(r'type="radio" name="([^"]+)" value="([^"]+)" checked', html)
    sent = {name: [value for n, value in (*hidden, *chosen) if n == name] for name, _value in (*hidden, *chosen)}
    return {**sent, **{f"f.{key}": value for key, value in more.items()}}


def test_suspects_are_shown_with_what_they_share_and_lead_to_the_comparison(client, cast, pair):
    http = client.as_(cast.sales)
    page = http.get("/customers/merging").text
    assert all(one.name in page for one in pair)
    assert "电话相同" in page and "名称相似" in page
    assert f"/customers/merging/compare?ids={pair[0].id},{pair[1].id}" in page
    assert "查重" in http.get("/customers").text


def test_nobody_sees_suspects_among_records_that_are_not_theirs(client, cast, make, pair):
    theirs = make("customers", name="别家", phone="13800138000", by=cast.stranger)
    assert theirs.name not in client.as_(cast.sales).get("/customers/merging?kind=phone").text
    page = client.as_(cast.stranger).get("/customers/merging?kind=phone").text
    assert theirs.name not in page and pair[0].name not in page
    ids = f"{theirs.id},{pair[0].id}"
    for path in ("compare?ids=", "distinction?ids=", "suspicion?ids="):
        send = client.as_(cast.sales).get if path.startswith("compare") else client.as_(cast.sales).post
        assert send(f"/customers/merging/{path}{ids}").status_code == 404
    answer = client.as_(cast.sales).post("/customers/merging", {"ids": ids, "into": str(pair[0].id)})
    assert answer.status_code == 404 and theirs.deleted_at is None


@pytest.mark.parametrize(
    "one, two, kind",
    [
        ("杭州鑫源科技有限公司", "杭州鑫源科技股份有限公司", "company"),
        ("杭州鑫源科技有限公司", "浙江省杭州市鑫源科技有限公司", "alike"),
        ("鑫源科技（杭州）有限公司", "杭州市余杭区鑫源科技有限责任公司", "alike"),
        ("杭州鑫源网络科技有限公司", "杭州鑫源网路科技有限公司", "alike"),
        ("杭州鑫源科技有限公司", "杭州新源科技有限公司", "alike"),
        ("Siemens Ltd.", "ＳＩＭＥＮＳ", "alike"),
    ],
)
def test_names_that_a_person_would_take_for_one_another_are_suspected(cast, make, one, two, kind):
    for name in (one, two):
        make("customers", name=name)
    assert names(find("customers"), cast.sales, kind) == [{one, two}]


@pytest.mark.parametrize(
    "one, two",
    [
        ("杭州鑫源科技有限公司", "上海鑫源科技有限公司"),
        ("杭州启远电器有限公司", "杭州博舟电器有限公司"),
        ("张三", "张三丰"),
    ],
)
def test_names_of_different_companies_are_not(cast, make, one, two):
    for name in (one, two):
        make("customers", name=name)
    assert not any(names(find("customers"), cast.sales, kind) for kind in ("company", "alike"))


def test_people_of_one_name_are_suspected_where_they_work_together(cast, make):
    here, there = make("customers", name="杭州鑫源"), make("customers", name="宁波远航")
    for name, host in (("张伟", here), ("张 伟", here), ("张伟", there)):
        make("contacts", name=name, customer=str(host.id))
    contacts = find("contacts")
    assert names(contacts, cast.sales, "namesake") == [{"张伟", "张 伟"}]
    with write():  # the third one changes sides
        last = db.session.scalars(contacts.select().order_by(contacts.model.id.desc())).first()
        operations.change(last, {"customer": str(here.id)}, cast.sales)
    assert len(suspects.groups(contacts, cast.sales, "namesake").groups[0].records) == 3


def test_what_is_no_duplicate_is_not_asked_about_again_until_somebody_takes_that_back(client, cast, pair):
    http, ids = client.as_(cast.sales), f"{pair[0].id},{pair[1].id}"
    http.post("/customers/merging/distinction", {"ids": ids, "kind": "phone"})
    assert pair[0].name not in http.get("/customers/merging?kind=phone").text
    assert suspects.of_record(pair[0], cast.sales) == []
    http.post(f"/customers/merging/suspicion?ids={ids}")
    assert pair[0].name in http.get("/customers/merging?kind=phone").text


def test_the_walk_goes_on_from_page_to_page_and_from_stretch_to_stretch(cast, make, monkeypatch):
    monkeypatch.setattr(suspects, "WALKED", 5)
    monkeypatch.setattr(suspects, "PAGE", 2)
    for number in range(12):
        for letter in "甲乙":
            make("customers", name=f"{letter}{number}", phone=f"138001380{number:02}")
    found, after, pages = [], "", 0
    while pages < 40:
        page = suspects.groups(find("customers"), cast.sales, "phone", after)
        found += [group.records[0].phone for group in page.groups]
        after, pages = page.after, pages + 1
        if not after:
            break
    assert found == [f"138001380{number:02}" for number in range(12)]


def test_merging_sends_to_the_record_that_stays_and_offers_to_take_it_back(client, cast, pair):
    http, (stays, goes) = client.as_(cast.sales), pair
    answer = http.post("/customers/merging", form(http, f"{stays.id},{goes.id}", name=str(goes.id)))
    assert answer.headers["Location"] == f"/customers/{stays.id}"
    page = http.get(f"/customers/{stays.id}").text
    assert "已把 1 条记录合并到" in page and f'action="/customers/{stays.id}/unmerging"' in page
    assert (stays.name, stays.email, stays.deleted_at) == (goes.name, "a@example.cn", None)
    led = http.get(f"/customers/{goes.id}")
    assert (led.status_code, led.headers["Location"]) == (303, f"/customers/{stays.id}")
    assert "该记录已合并到" in http.get(f"/customers/{stays.id}").text
    assert client.as_(cast.stranger).get(f"/customers/{goes.id}").status_code == 404
    assert f"已合并到“{stays.name}”" in http.get("/recycle-bin").text
    http.post(f"/customers/{stays.id}/unmerging")
    assert "已撤销合并" in http.get(f"/customers/{stays.id}").text
    assert goes.deleted_at is None and http.get(f"/customers/{goes.id}").status_code == 200


def test_sending_the_form_twice_merges_once(client, cast, pair):
    http, (stays, goes) = client.as_(cast.sales), pair
    sent = form(http, f"{stays.id},{goes.id}")
    assert [http.post("/customers/merging", sent).headers["Location"] for _twice in "ab"] == [
        f"/customers/{stays.id}"
    ] * 2
    assert len(db.session.scalars(select(models.Merge)).all()) == 1


def test_a_change_since_the_comparison_shows_it_again_with_what_was_chosen(client, cast, pair):
    http, (stays, goes) = client.as_(cast.sales), pair
    sent = form(http, f"{stays.id},{goes.id}", name=str(goes.id))
    with write():
        operations.change(goes, {"level": "A"}, cast.sales)
    answer = http.post("/customers/merging", sent)
    assert answer.status_code == 409 and "有记录刚刚被改过" in answer.text
    assert re.search(rf'name="f.name" value="{goes.id}" checked', answer.text)
    assert goes.deleted_at is None


def test_the_other_one_can_be_the_one_that_stays(client, cast, pair):
    http, (one, two) = client.as_(cast.sales), pair
    http.post("/customers/merging", form(http, f"{one.id},{two.id}", into=two.id))
    assert (one.deleted_at is None, two.deleted_at is None) == (False, True)


def test_who_may_not_delete_the_other_is_told_so_and_gets_no_button(client, cast, make, pair):
    page = client.as_(cast.support).get(f"/customers/merging/compare?ids={pair[0].id},{pair[1].id}").text
    assert "合并需要能编辑其中一条" in page and "合并这 2 条" not in page
    for key in ("support", "readonly"):
        sent = {"ids": [str(one.id) for one in pair], "into": str(pair[0].id)}
        sent |= {f"version.{one.id}": str(one.version) for one in pair}
        assert client.as_(getattr(cast, key)).post("/customers/merging", sent).status_code == 403
    assert pair[1].deleted_at is None
    page = client.as_(cast.readonly).get("/customers/merging").text
    assert "对比合并" not in page and "不是重复" not in page


def test_only_what_one_may_see_is_counted_among_what_moves(client, cast, make, pair):
    make("contacts", name="张伟", customer=str(pair[1].id))
    make("tasks", title="寄样品", record=f"customers:{pair[1].id}", owner=str(cast.stranger.id), by=cast.owner)
    path = f"/customers/merging/compare?ids={pair[0].id},{pair[1].id}"
    mine, all_ = (client.as_(who).get(path).text for who in (cast.sales, cast.owner))
    assert "联系人 1 条" in mine and "任务 1 条" not in mine
    assert "任务 1 条" in all_


def test_a_record_offers_its_suspects_and_a_search_for_others(client, cast, pair):
    http = client.as_(cast.sales)
    assert f'href="/customers/{pair[0].id}/merging"' in http.get(f"/customers/{pair[0].id}").text
    page = http.get(f"/customers/{pair[0].id}/merging").text
    assert pair[1].name in page and 'data-src="/pickers/records/customers"' in page
    answer = http.get(f"/customers/merging/compare?ids={pair[0].id}&ids={pair[1].id}")
    assert answer.status_code == 200


@pytest.mark.parametrize(
    "ids", ["", "1", "1,1", "x,y", "1,2,3,4,5,6", "1,99999999999999999999", "٣,٤", "1;2", "-1,2", "1,2,"]
)
def test_bad_addresses_are_refused_in_a_sentence(client, cast, pair, ids):
    for send in ("get", "post"):
        path = "/customers/merging/compare" if send == "get" else "/customers/merging/distinction"
        answer = getattr(client.as_(cast.sales), send)(path, query_string={"ids": ids})
        assert answer.status_code in (200, 303) if ids == "1,2," else answer.status_code in (400, 404, 409)
    for text in ("after=" + "x" * 5000, "kind=nonsense", "after=%00", "kind=phone&after='"):
        # The place in the walk counts for a kind alone.
        status = 400 if text.startswith("kind=phone") else 200
        assert client.as_(cast.sales).get(f"/customers/merging?{text}").status_code == status


def test_records_of_an_older_version_get_their_keys_in_the_background(cast, pair):
    with write() as session:
        session.execute(DuplicateKey.__table__.delete())
    assert names(find("customers"), cast.sales, "phone") == []
    tasks.renew.run()
    assert names(find("customers"), cast.sales, "phone") == [{pair[0].name, pair[1].name}]
    with write() as session:
        session.execute(DuplicateKey.__table__.delete())
    tasks.renew.run()  # done already
    assert names(find("customers"), cast.sales, "phone") == []
