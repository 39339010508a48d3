"""The pages of the settings: each once as it should go, and once refused."""

import re
from datetime import date

import pytest

from smallcrm import entities
from smallcrm.core import settings
from smallcrm.entities import field_rules, modules, operations
from smallcrm.entities.types import TYPES
from smallcrm.entities.types.periods import period


@pytest.fixture
def boss(client, cast):
    return client.as_(cast.admin)


PLACES = (
    "/settings",
    "/settings/company",
    "/settings/entities",
    "/settings/entities/new",
    "/settings/entities/customers/edit",
    "/settings/entities/follow-ups/fields",
    "/settings/entities/customers/fields",
    "/settings/entities/customers/fields/new",
    "/settings/entities/customers/fields/name/edit",
    "/settings/entities/customers/fields/status/edit",
    "/settings/entities/customers/fields/status/options",
    "/settings/entities/customers/fields/owner/edit",
    "/settings/entities/customers/fields/number/edit",
    "/settings/entities/contacts/fields/customer/edit",
)


@pytest.mark.parametrize("path", PLACES)
@pytest.mark.parametrize("who, status", [("admin", 200), ("owner", 200), ("manager", 403), ("sales", 403), (None, 303)])
def test_who_may_open_the_settings(client, cast, path, who, status):
    assert client.as_(getattr(cast, who) if who else None).get(path).status_code == status


@pytest.mark.parametrize(
    "path",
    [
        "/settings/entities/nothing/fields",
        "/settings/entities/customers/fields/nothing/edit",
        "/settings/entities/customers/fields/name/options",
    ],
)
def test_what_is_not_there(boss, path):
    assert boss.get(path).status_code == 404


def test_the_company_is_renamed(boss):
    assert boss.post("/settings/company", {"name": " 新 名字 ", "timezone": "Asia/Urumqi"}).status_code == 303
    assert settings.company() == "新 名字" and str(settings.zone()) == "Asia/Urumqi"
    refused = boss.post("/settings/company", {"name": "", "timezone": "Mars/Olympus"})
    assert refused.status_code == 422 and refused.text.count("s-note-error") == 2
    assert settings.company() == "新 名字"


@pytest.mark.parametrize("kind", [key for key, cls in TYPES.items() if cls.creatable])
def test_a_field_of_every_type_is_added_in_the_browser(boss, kind, cast):
    path = "/settings/entities/customers/fields"
    form = boss.get(f"{path}/new?type={kind}")
    assert form.status_code == 200
    sent = {name: "" for name in re.findall(r'name="([a-z_]+)"', form.text)}
    sent |= {"type": kind, "label": "新的字段", "entity": "contacts", "pattern": "X{000}", "help": "帮一下"}
    for name in ("unique", "required", "up", "down", "add", "csrf_token", "viewport", "q"):
        sent.pop(name, None)
    if TYPES[kind].has_options:
        sent |= {"option": ["", ""], "option_label": ["甲", "乙"], "option_colour": ["red", "blue"]}
    added = boss.post(path, sent)
    assert added.status_code == 303, added.text
    field = entities.find("customers")["xindeziduan"]
    assert (field.type, field.help, field.required) == (kind, "帮一下", False)
    edit = boss.get(f"{path}/xindeziduan/edit")
    assert edit.status_code == 200 and "新的字段" in edit.text
    assert boss.get(path).status_code == 200
    assert "新的字段" in boss.get("/customers/new").text or field.readonly


def test_what_was_typed_comes_back_with_the_errors(boss):
    sent = {"type": "integer", "label": "客户名称", "min": "5", "max": "x", "default": "多", "required": "1"}
    answer = boss.post("/settings/entities/customers/fields", sent)
    assert answer.status_code == 422
    assert 'value="客户名称"' in answer.text and 'value="x"' in answer.text and answer.text.count("s-note-error") >= 2
    assert boss.post("/settings/entities/customers/fields", {"type": "nothing"}).status_code == 400


def test_a_field_is_changed_moved_retired_and_brought_back(boss, cast, make):
    operations.add_field("customers", "text", "暗号", cast.admin)
    make("customers", name="甲", anhao="芝麻")
    path = "/settings/entities/customers/fields/anhao"
    changed = {"label": "口令", "help": "小声说", "required": "1", "default": "开门", "longest": "20"}
    assert boss.post(path, changed).status_code == 303
    field = entities.find("customers")["anhao"]
    assert (field.label, field.help, field.required, field.default, field.settings["longest"]) == (
        "口令",
        "小声说",
        True,
        "开门",
        20,
    )
    last = entities.find("customers").fields.index(field)
    assert boss.post(f"{path}/position", {"to": "up"}).status_code == 303
    assert [f.key for f in entities.find("customers").fields].index("anhao") == last - 1
    assert "1 条" in boss.get(f"{path}/edit").text
    assert boss.post(f"{path}/retirement").status_code == 303
    assert boss.post(f"{path}/position", {"to": "up"}).status_code == 404
    assert f'action="{path}/return"' in boss.get("/settings/entities/customers/fields").text
    assert boss.post(f"{path}/return").status_code == 303
    assert entities.find("customers").get("anhao")
    assert boss.post("/settings/entities/customers/fields/name/retirement").status_code == 409


def test_shipped_fields_out_of_use_are_gone_from_every_page(boss, cast, make):
    customer = make("customers", name="甲", level="A", wechat="weixin123")
    for entity in entities.every():
        for field in entity.fields:
            if field_rules.why_not_retire(field) is None:
                operations.retire_field(entity.key, field.key, cast.admin)
    assert entities.find("customers").get("level") is None
    for path in (
        "/today",
        "/customers",
        f"/customers/{customer.id}",
        f"/customers/{customer.id}/edit",
        "/customers/new",
    ):
        page = boss.get(path)
        assert page.status_code == 200 and "weixin123" not in page.text, path
    for path in (
        "/contacts",
        "/contacts/new",
        "/follow-ups",
        "/follow-ups/new",
        "/tasks",
        "/tasks/new",
        "/search?q=甲",
    ):
        assert boss.get(path).status_code == 200, path


def test_the_default_of_a_date_is_the_day_of_creation(boss, cast):
    operations.add_field("customers", "date", "签约日", cast.admin)
    path = "/settings/entities/customers/fields/qianyueri"
    boss.post(path, {"label": "签约日", "default": "now"})
    assert callable(entities.find("customers")["qianyueri"].default)
    assert '<option value="now" selected>' in boss.get(f"{path}/edit").text
    assert "签约日" in boss.get("/customers/new").text
    boss.post(path, {"label": "签约日", "default": ""})
    assert entities.find("customers")["qianyueri"].default is None


def test_a_required_field_of_the_program_stays_required(boss):
    boss.post("/settings/entities/customers/fields/name", {"label": "名称", "required": "1"})
    assert entities.find("customers").title.label == "名称" and entities.find("customers").title.required


def options(*rows, **more):
    """The lines of an option list as a browser sends them: (value, label, colour)."""
    names = ("option", "option_label", "option_colour")
    return {**{name: [row[i] for row in rows] for i, name in enumerate(names)}, **more}


def test_options_are_edited_without_javascript(boss):
    path = "/settings/entities/customers/fields/level/options"
    rows = [("A", "一级", "red"), ("B", "B", "blue"), ("C", "C", "grey"), ("D", "D", "grey"), ("", "特级", "purple")]
    shown = boss.post(path, options(*rows, up="4"))
    assert shown.status_code == 200 and "一级" in shown.text
    assert [o.value for o in entities.find("customers")["level"].options] == ["A", "B", "C", "D"]
    labels = re.findall(r'name="option_label" value="([^"]*)"', shown.text)
    assert labels == ["一级", "B", "C", "特级", "D"]
    more = boss.post(path, options(*rows, add="1"))
    assert re.findall(r'name="option_label" value="([^"]*)"', more.text) == [r[1] for r in rows] + [""] * 3
    assert boss.post(path, options(*rows, option_retired=["2"])).status_code == 303
    kept = [(o.value, str(o.label), o.retired) for o in entities.find("customers")["level"].options]
    assert kept == [
        ("A", "一级", False),
        ("B", "B", False),
        ("C", "C", True),
        ("D", "D", False),
        ("teji", "特级", False),
    ]


def test_a_wrong_option_list_comes_back_as_it_was_typed(boss):
    path = "/settings/entities/customers/fields/level/options"
    refused = boss.post(path, options(("A", "同", "red"), ("B", "同", "blue")))
    assert refused.status_code == 422 and refused.text.count('value="同"') == 2
    assert boss.post(path, options(("Z", "外来", "red"))).status_code == 422
    assert boss.post(path, options(("A", "甲", "javascript:"))).status_code == 422


def test_a_fragment_is_the_form_alone(boss):
    path = "/settings/entities/customers/fields/level/options"
    rows = options(("A", "A", "red"), ("B", "B", "blue"), down="0")
    assert "<html" not in boss.post(path, rows, htmx=True).text


def test_a_module_is_made_used_ordered_renamed_retired_and_brought_back(boss, cast):
    made = boss.post("/settings/entities", {"label": "设备", "title": "设备名称", "icon": "tools"})
    assert made.status_code == 303 and made.location.endswith("/settings/entities/shebei/fields")
    assert boss.get(made.location).status_code == 200
    assert boss.post("/shebei", {"name": "车床"}).status_code == 303
    assert "车床" in boss.get("/shebei").text
    assert 'href="/shebei"' in boss.get("/settings/entities").text
    assert boss.post("/settings/entities/shebei", {"label": "机器", "icon": "box"}).status_code == 303
    assert boss.post("/settings/entities/shebei/position", {"to": "up"}).status_code == 303
    assert [e.label for e in entities.every()].index("机器") == len(entities.every()) - 2
    assert boss.post("/settings/entities/shebei/retirement").status_code == 303
    assert boss.get("/shebei").status_code == 404
    assert "机器" in boss.get("/settings/entities").text
    assert boss.post("/settings/entities/shebei/return").status_code == 303
    assert "车床" in boss.get("/shebei").text
    assert boss.post("/settings/entities/customers/retirement").status_code == 409
    refused = boss.post("/settings/entities", {"label": "", "title": "", "icon": "nothing"})
    assert refused.status_code == 422 and refused.text.count("s-note-error") == 2


def test_a_new_field_is_everywhere_at_once(boss, cast, make):
    modules.add_entity("设备", "tools", cast.admin)
    record = make("shebei", by=cast.admin, name="车床")
    operations.add_field("shebei", "choice", "状况", cast.admin, options=["在用", "报废"])
    boss.post(f"/shebei/{record.id}", {"name": "车床", "zhuangkuang": "baofei", "version": "1"})
    for path in ("/shebei", f"/shebei/{record.id}", f"/shebei/{record.id}/edit", f"/shebei/{record.id}/history"):
        assert "报废" in boss.get(path).text, path
    assert "车床" in boss.get("/shebei?f.zhuangkuang.in=baofei").text
    assert "车床" not in boss.get("/shebei?f.zhuangkuang.in=zaiyong").text


def test_the_overview_shows_only_what_a_role_may_do(client, cast, boss):
    from smallcrm.core.db import write
    from smallcrm.users.models import RolePower

    with write() as session:
        session.add(RolePower(role_id=cast.manager.role_id, power="manage_fields"))
    text = client.as_(cast.manager).get("/settings").text
    assert "/settings/entities" in text and "/settings/company" not in text and "/users" not in text
    assert client.as_(cast.manager).get("/settings/company").status_code == 403
    assert client.as_(cast.manager).get("/settings/entities").status_code == 200


def test_the_fiscal_year_begins_with_the_month_the_company_chose(client, cast):
    boss = client.as_(cast.owner)
    assert '<option value="1" selected>一月</option>' in boss.get("/settings/company").text
    form = {"name": "新名字", "timezone": "Asia/Shanghai"}
    assert boss.post("/settings/company", {**form, "fiscal_month": "13"}).status_code == 422
    assert boss.post("/settings/company", {**form, "fiscal_month": "4"}).status_code == 303
    assert '<option value="4" selected>四月</option>' in boss.get("/settings/company").text
    assert period("this_fiscal_year", date(2026, 3, 31)) == (date(2025, 4, 1), date(2026, 4, 1))
    assert period("last_fiscal_year", date(2026, 4, 1)) == (date(2025, 4, 1), date(2026, 4, 1))
