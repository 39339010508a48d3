"""Views of lists: shipped, kept, shared, as tabs, the one that opens first; and that none shows more than one may see."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from smallcrm.core import i18n
from smallcrm.core.db import db, write
from smallcrm.entities import find, modules
from smallcrm.entities import operations as custom_fields
from smallcrm.records import conditions, listing, views
from smallcrm.records.models import View
from smallcrm.users.models import Role


@pytest.fixture
def customers(app):
    return find("customers")


def keep(http, name="重点客户", query="f.level.in=A", **values):
    answer = http.post("/customers/views", {"name": name, "query": query, "shared": "private", **values})
    assert answer.status_code == 303, answer.text
    return parse_qs(urlsplit(answer.headers["Location"]).query)["view"][0]


def named(text):
    """The names of the records in a page of a list."""
    return text.split('<tbody id="rows">')[1].split("</tbody>")[0] if '<tbody id="rows">' in text else ""


def test_everybody_has_the_shipped_views_that_say_something_to_them(customers, cast):
    keys = {user: [each.key for each in views.shipped(customers, user)] for user in (cast.sales, cast.manager)}
    assert [key for key in keys[cast.sales] if key != "favourites"] == [
        "all",
        "mine",
        "due",
        "overdue",
        "neglected",
        "recent",
    ]
    assert keys[cast.manager][:4] == ["all", "mine", "ours", "below"]


def test_shipped_views_find_what_their_names_say(client, cast, make):
    today = i18n.today()
    day = timedelta(days=1)
    make("customers", name="今天要跟进", next_follow_up_at=f"{today} 10:00")
    make("customers", name="昨天该跟进", next_follow_up_at=f"{today - day} 10:00")
    make("customers", name="以后跟进", next_follow_up_at=f"{today + day} 10:00")
    make("customers", name="同事的", by=cast.colleague, next_follow_up_at=f"{today} 11:00")
    http = client.as_(cast.manager)
    found = {key: named(http.get(f"/customers?view={key}").text) for key in ("due", "overdue", "below", "mine", "ours")}
    assert "今天要跟进" in found["due"] and "同事的" in found["due"] and "昨天该跟进" not in found["due"]
    assert "昨天该跟进" in found["overdue"] and "今天要跟进" not in found["overdue"]
    assert "同事的" in found["below"] and "今天要跟进" in found["below"]
    assert found["mine"] == ""
    assert "以后跟进" in found["ours"]


def test_a_module_made_in_the_browser_has_views_too(app, cast):
    modules.add_entity("合同", "file-text", cast.admin)
    custom_fields.add_field("hetong", "date", "到期日", cast.admin, remind="1")
    keys = [each.key for each in views.shipped(find("hetong"), cast.sales)]
    assert {"all", "mine", "due", "overdue", "recent"} <= set(keys)


def test_a_list_is_kept_under_a_name_and_opens_as_it_was(client, cast, make):
    make("customers", name="甲公司", level="A")
    make("customers", name="乙公司", level="B")
    http = client.as_(cast.sales)
    key = keep(http, query="f.level.in=A&sort=name&columns=name:240,level&dense=1&after=xyz")
    text = http.get(f"/customers?view={key}").text
    assert "甲公司" in named(text) and "乙公司" not in named(text)
    assert 'data-width="240"' in text and 'class="list dense"' in text
    assert db.session.get(View, int(key)).query == "f.level.in=A&sort=name&dense=1&columns=name%3A240%2Clevel"
    assert f'href="/customers?view={key}" aria-current="page">重点客户' in text


def test_a_changed_view_says_so_and_is_saved_or_left(client, cast, make):
    make("customers", name="甲公司", level="A")
    http = client.as_(cast.sales)
    key = keep(http)
    assert "保存视图" not in http.get(f"/customers?view={key}").text
    text = http.get(f"/customers?view={key}&f.level.in=B").text
    assert "保存视图" in text and "恢复视图" in text
    # The last condition taken away is another list as well, not the view again.
    assert f"/customers?view={key}&amp;edited=1" in http.get(f"/customers?view={key}").text
    text = http.get(f"/customers?view={key}&edited=1").text
    assert "甲公司" in named(text) and "保存视图" in text
    http.post(f"/customers/views/{key}", {"query": "f.level.in=B"})
    assert db.session.get(View, int(key)).query == "f.level.in=B"


def test_a_shared_view_shows_each_person_what_that_person_may_see(client, cast, make):
    make("customers", name="我的大客户", level="A")
    make("customers", name="别人的大客户", by=cast.stranger, level="A")
    key = keep(client.as_(cast.admin), shared="everybody", pinned="1")
    text = client.as_(cast.sales).get(f"/customers?view={key}").text
    assert "我的大客户" in named(text) and "别人的大客户" not in named(text)
    assert "重点客户" in client.as_(cast.stranger).get("/customers").text


def test_a_view_is_open_to_those_it_is_shared_with(client, cast):
    role = db.session.get(Role, cast.sales.role_id)
    private = keep(client.as_(cast.admin))
    of_role = keep(client.as_(cast.admin), shared=f"role:{role.id}")
    of_department = keep(client.as_(cast.manager), shared=f"department:{cast.manager.department_id}")
    for person, key, open_ in (
        (cast.sales, private, False),
        (cast.owner, private, False),
        (cast.sales, of_role, True),
        (cast.manager, of_role, False),
        (cast.sales, of_department, True),
        (cast.stranger, of_department, False),
    ):
        answer = client.as_(person).get(f"/customers?view={key}")
        assert answer.status_code == (200 if open_ else 400), (person.name, key)
        if not open_:
            assert "没有共享给你" in answer.text and 'href="/customers?view=all"' in answer.text


def test_only_its_owner_or_who_keeps_the_settings_changes_a_shared_view(client, cast):
    key = keep(client.as_(cast.manager), shared=f"department:{cast.manager.department_id}")
    sales = client.as_(cast.sales)
    assert sales.post(f"/customers/views/{key}", {"query": ""}).status_code == 403
    assert sales.post(f"/customers/views/{key}/deletion").status_code == 403
    assert sales.get(f"/customers/views/{key}/edit").status_code == 403
    assert client.as_(cast.stranger).post(f"/customers/views/{key}/deletion").status_code == 404
    assert client.as_(cast.manager).post(f"/customers/views/{key}/deletion").status_code == 303
    assert db.session.get(View, int(key)) is None


def test_nobody_shares_further_than_they_may(client, cast):
    http = client.as_(cast.sales)
    sent = {"name": "x", "query": ""}
    assert http.post("/customers/views", {**sent, "shared": "everybody"}).status_code == 403
    assert http.post("/customers/views", {**sent, "shared": f"role:{cast.sales.role_id}"}).status_code == 403
    assert http.post("/customers/views", {**sent, "shared": "department:999"}).status_code == 403
    assert http.post("/customers/views/first", {"view": "mine", "role": cast.sales.role_id}).status_code == 403


def test_a_view_without_a_name_or_with_a_bad_condition_is_refused_and_keeps_what_was_typed(client, cast):
    http = client.as_(cast.sales)
    answer = http.post("/customers/views", {"name": "  ", "query": "f.level.in=A", "shared": "private", "pinned": "1"})
    assert answer.status_code == 422 and "请给视图起个名字" in answer.text and 'value="f.level.in=A"' in answer.text
    for query in ("f.nothing.in=1", "f.level.in=nonsense", "sort=nothing", "kind=pie", "by=nothing"):
        answer = http.post("/customers/views", {"name": "坏的", "query": query, "shared": "private"})
        assert answer.status_code == 400, query
    assert db.session.query(View).count() == 0


def test_tabs_are_pinned_ordered_and_put_back(client, cast):
    http = client.as_(cast.sales)
    key = keep(http, pinned="1")

    def tabs():
        customers = find("customers")
        return [each.key for each in views.tabs(customers, cast.sales, views.of(customers, cast.sales))]

    assert tabs() == ["all", "mine", "due", "overdue", key]
    http.post("/customers/views/tabs", {"up": key})
    http.post("/customers/views/tabs", {"unpin": "mine"})
    http.post("/customers/views/tabs", {"pin": "recent"})
    http.post("/customers/views/tabs", {"pin": "nonsense"})
    assert tabs() == ["all", "due", key, "overdue", "recent"]
    http.post("/customers/views/tabs", {"reset": "1"})
    assert tabs() == ["all", "mine", "due", "overdue", key]


def test_the_first_view_is_the_persons_else_that_of_the_role(client, cast, make):
    make("customers", name="甲公司", level="A")
    make("customers", name="乙公司", level="B")
    shared = keep(client.as_(cast.admin), shared="everybody")
    assert (
        client.as_(cast.admin).post("/customers/views/first", {"view": shared, "role": cast.sales.role_id}).status_code
        == 303
    )
    sales = client.as_(cast.sales)
    assert "乙公司" not in named(sales.get("/customers").text)
    assert "乙公司" in named(sales.get("/customers?view=all").text)
    assert "乙公司" in named(sales.get("/customers?q=乙公司").text)
    sales.post("/customers/views/first", {"view": "all"})
    assert "乙公司" in named(sales.get("/customers").text)
    # A first view that is gone is no reason to show nothing.
    sales.post("/customers/views/first", {"view": keep(sales)})
    with write():
        db.session.query(View).filter_by(owner_id=cast.sales.id).delete()
    assert "乙公司" in named(sales.get("/customers").text)


def test_columns_have_an_order_and_a_width(client, cast, make):
    make("customers", name="甲公司")
    http = client.as_(cast.sales)
    http.post("/customers/display", {"columns": ["level", "name:300", "phone"], "query": "view=all"})
    head = http.get("/customers").text.split("<thead>")[1].split("</thead>")[0]
    assert head.index("客户级别") < head.index("客户名称") < head.index("电话") and 'data-width="300"' in head
    answer = http.post("/customers/display/width", {"column": "phone", "width": "9999", "query": "view=all"})
    assert answer.text == "/customers?view=all"
    assert 'data-width="800"' in http.get("/customers").text
    # Where the URL names the columns, it keeps their widths.
    answer = http.post("/customers/display/width", {"column": "phone", "width": "120", "query": "columns=name,phone"})
    assert answer.text == "/customers?columns=name%2Cphone%3A120"


def test_the_display_form_leads_to_the_list_it_describes(client, cast):
    http = client.as_(cast.sales)
    form = {"query": "view=mine", "kind": "kanban", "board_by": "status", "by": "level", "sort": "name", "dense": "1"}
    answer = http.post("/customers/display", {**form, "columns": ["name"]})
    query = parse_qs(urlsplit(answer.headers["Location"]).query)
    assert query == {
        "view": ["mine"],
        "f.owner.in": ["me"],
        "sort": ["name"],
        "kind": ["kanban"],
        "by": ["status"],
        "dense": ["1"],
    }


def test_a_sentence_says_what_a_list_is_limited_to(app, cast, customers):
    asked = listing.url_decode("f.level.in=A&g1.owner.in=me&g1.owner.empty=1&f.created_at.period=last_45_days")
    found = listing.parse(customers, cast.sales, asked)
    with app.test_request_context():
        words = conditions.in_words(found.filters, found.match)
    assert words == "客户级别是 A 级 且 ( 负责人是 我 或 负责人为空 ) 且 创建时间是 最近 45 天"


def test_any_and_groups_join_the_other_way(cast, make, customers):
    make("customers", name="甲", level="A", status="won")
    make("customers", name="乙", level="A", status="lost")
    make("customers", name="丙", level="B", status="lost")

    def found(query):
        page = listing.parse(customers, cast.sales, listing.url_decode(query)).page()
        return {row.c0 for row in page.rows}

    assert found("f.level.in=A&f.status.in=lost") == {"乙"}
    assert found("f.level.in=A&f.status.in=lost&match=any") == {"甲", "乙", "丙"}
    assert found("f.level.in=A&g1.status.in=won&g1.status.in=won") == {"甲"}
    assert found("g1.level.in=A&g1.status.in=won&g2.level.in=B&g2.status.in=lost&match=any") == {"甲", "丙"}
    assert found("g1.level.in=B&g1.status.in=won") == {"甲", "丙"}


def test_a_view_keeps_the_columns_it_was_made_with(client, cast, make):
    make("customers", name="甲公司")
    http = client.as_(cast.sales)
    http.post("/customers/display", {"columns": ["phone:200", "name"], "query": "view=all"})
    form = http.get("/customers/views/new?f.level.in=A").text
    assert 'name="query" value="f.level.in=A&amp;columns=phone%3A200%2Cname"' in form
    key = keep(http, query="f.level.in=A&columns=phone:200,name", shared="private")
    http.post("/customers/display", {"reset": "1"})
    head = http.get(f"/customers?view={key}").text.split("<main")[1]
    assert "保存视图" not in head
    assert db.session.get(View, int(key)).query.endswith("columns=phone%3A200%2Cname")
