"""The search's page and its box: what is shown of what was found, to whom, and what can be done there."""

import re

import pytest

from smallcrm.core.db import db, write
from smallcrm.entities import find, modules
from smallcrm.records import favourites, operations
from smallcrm.users.models import User


def hits(response):
    """(address, text) of every line, in order."""
    lines = re.findall(r'<a class="s-hit[^"]*" href="([^"]*)">(.*?)</a>', response.text, re.DOTALL)
    return [(href, re.sub(r"<[^>]+>", "", html)) for href, html in lines]


def commands(response):
    """The names of the commands offered."""
    return re.findall(r'class="s-hit s-hit-command".*?<span class="s-hit-name">(.*?)</span>', response.text, re.DOTALL)


def test_what_was_found_is_grouped_and_marked_even_where_it_was_typed_in_pinyin(client, cast, make):
    customer = make("customers", name="杭州鑫源科技", phone="13800138000")
    make("contacts", name="张伟", customer=str(customer.id))
    http = client.as_(cast.sales)
    page = http.get("/search?q=zhangwei", htmx=True)
    assert "<h2>联系人</h2>" in page.text and "<h2>客户</h2>" not in page.text and "<html" not in page.text
    assert "<mark>张伟</mark>" in page.text
    page = http.get("/search?q=hzxy")
    assert "<h2>客户</h2>" in page.text and "<mark>杭州鑫源</mark>科技" in page.text and "<h1" in page.text


def test_a_record_found_by_another_field_says_which(client, cast, make):
    make("customers", name="杭州鑫源", other_phone="0571-88886666", short_name="老鑫")
    http = client.as_(cast.sales)
    assert "备用电话 0571-8888<mark>6666</mark>" in http.get("/search?q=6666").text
    assert "简称 <mark>老鑫</mark>" in http.get("/search?q=laoxin").text


def test_names_that_begin_so_come_first_and_a_link_leads_to_all(client, cast, make):
    for name in (
        "海天贸易",
        "杭州海天一号",
        "杭州海天二号",
        "杭州海天三号",
        "杭州海天四号",
        "杭州海天五号",
        "杭州海天六号",
    ):
        make("customers", name=name)
    page = client.as_(cast.sales).get("/search?q=海天")
    assert [text for _href, text in hits(page)][0].startswith("海天贸易") and len(hits(page)) == 5
    assert "/customers?q=%E6%B5%B7%E5%A4%A9" in page.text and "查看全部" in page.text


def test_nobody_finds_what_they_may_not_see(client, cast, make):
    make("customers", name="别人的客户", phone="13800138000", by=cast.stranger)
    for typed in ("别人", "bieren", "brdkh", "8000"):
        assert hits(client.as_(cast.sales).get(f"/search?q={typed}")) == [], typed
        assert len(hits(client.as_(cast.stranger).get(f"/search?q={typed}"))) == 1, typed


@pytest.mark.parametrize("who", ["colleague", "stranger"])
def test_what_lies_in_the_pool_is_found_there_by_name_alone(client, cast, make, who):
    with write():
        raw = {"name": "公海里的公司", "phone": "13912345678"}
        operations.create(find("customers"), raw, cast.owner, owner=None)
    http = client.as_(getattr(cast, who))
    for typed in ("公海里", "gonghaili", "ghl"):
        assert "公海里的公司" in http.get(f"/pool/customers?q={typed}").text, typed
        assert hits(http.get(f"/search?q={typed}")) == []
    assert "公海里的公司" not in http.get("/pool/customers?q=5678").text


def test_a_field_that_may_not_be_read_is_not_shown_as_the_reason(client, cast, make, monkeypatch):
    from smallcrm import access

    make("customers", name="杭州鑫源", short_name="秘密")
    every = access.readable_fields
    monkeypatch.setattr(
        access, "readable_fields", lambda entity, user: [f for f in every(entity, user) if f.key != "short_name"]
    )
    assert "秘密" not in client.as_(cast.sales).get("/search?q=鑫源").text


def test_commands_are_found_by_chinese_english_and_pinyin(client, cast):
    http = client.as_(cast.owner)
    for typed in ("新建客户", "xinjiankehu", "xjkh", "new customer", "new cust"):
        assert "新建客户" in [re.sub("<[^>]+>", "", one) for one in commands(http.get(f"/search?q={typed}"))], typed
    for typed, name in (
        ("报表", "报表"),
        ("baobiao", "报表"),
        ("reports", "报表"),
        ("s", "设置"),
        ("dark", "切换为深色"),
    ):
        assert name in [re.sub("<[^>]+>", "", one) for one in commands(http.get(f"/search?q={typed}"))], typed
    assert commands(http.get("/search?q=没有这样的命令")) == []


def test_commands_are_only_those_that_a_person_may_do(client, cast):
    names = commands(client.as_(cast.readonly).get("/search"))
    assert "新建客户" not in names and "设置" not in names and "报表" in names
    assert commands(client.as_(cast.readonly).get("/search?q=新建")) == []
    assert commands(client.as_(cast.sales).get("/search?q=员工")) == []


def test_a_module_of_the_companys_own_gets_its_commands(client, cast):
    modules.add_entity("设备", "box", cast.admin)
    http = client.as_(cast.sales)
    assert "新建<mark>设备</mark>" in commands(http.get("/search?q=设备"))
    assert "<mark>设备</mark>" in commands(http.get("/search?q=shebei"))


def test_before_anything_is_typed_there_is_what_was_seen_and_starred(client, cast, make):
    seen, starred = make("customers", name="刚看过的"), make("customers", name="收藏了的")
    with write():
        favourites.put(cast.sales, starred, True)
    http = client.as_(cast.sales)
    http.get(f"/customers/{seen.id}")
    page = http.get("/search")
    assert "最近看过" in page.text and "刚看过的" in page.text
    assert "我收藏的" in page.text and "收藏了的" in page.text
    assert "新建客户" in commands(page)


def test_the_look_is_changed_by_a_command_and_the_page_stays(client, cast):
    http = client.as_(cast.sales)
    answer = http.post("/profile/look", {"theme": "dark"}, headers={"Referer": "http://localhost/customers"})
    assert answer.status_code == 303 and answer.location == "/customers"
    http.post("/profile/look", {"language": "en"})
    person = db.session.get(User, cast.sales.id)
    assert (person.theme, person.language) == ("dark", "en")
    for bad in ({}, {"theme": "pink"}, {"language": "xx"}, {"name": "x"}):
        assert http.post("/profile/look", bad).status_code == 422
    assert "Light appearance" in commands(http.get("/search?q=appearance light"))[0].replace("<mark>", "").replace(
        "</mark>", ""
    )


@pytest.mark.parametrize(
    "typed", ["%00", "%ff%fe", "%ED%A0%80", '"', "*" * 200, "张" * 10_000, "a%20" * 3_000, "🐲", "<b>"]
)
def test_whatever_is_typed_gets_an_answer(client, cast, make, typed):
    make("customers", name="杭州鑫源")
    for path in ("/search?q=", "/customers?q=", "/pickers/records/customers?q=", "/pool/customers?q="):
        answer = client.as_(cast.sales).get(path + typed)
        assert answer.status_code in (200, 404), path
    assert "<b>" not in client.as_(cast.sales).get("/search?q=" + typed, htmx=True).text
