"""The acid test: an entity that exists only as rows made at run time gets everything, with no line of code about it."""

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from smallcrm import access, activity, entities, search
from smallcrm.core import clock, i18n
from smallcrm.core.db import db, write
from smallcrm.core.errors import Conflict, Invalid
from smallcrm.entities import FieldError, modules
from smallcrm.entities import operations as fields
from smallcrm.entities.types import TYPES
from smallcrm.records import duplicates, operations

LABELS = {
    "text": "型号",
    "long_text": "说明",
    "integer": "台数",
    "decimal": "重量",
    "percent": "折旧",
    "money": "价格",
    "boolean": "进口",
    "date": "购买日",
    "datetime": "检修时间",
    "choice": "状况",
    "multi_choice": "用途",
    "tags": "标记",
    "phone": "报修电话",
    "email": "邮箱",
    "url": "手册",
    "user": "保管人",
    "department": "所在部门",
    "reference": "所属客户",
    "address": "位置",
    "image": "照片",
    "attachment": "文件",
    "auto_number": "设备编号",
}


@pytest.fixture
def made(app, cast, make):
    """The entity 设备 with a field of every type, and the keys of its fields by type."""
    entity = modules.add_entity("设备", "tools", cast.admin, title="设备名称")
    given = {
        "choice": {"options": ["在用", "维修", "报废"]},
        "multi_choice": {"options": ["车削", "铣削", "磨削"]},
        "reference": {"entity": "customers"},
        "auto_number": {"pattern": "SB{YYYY}-{000}"},
        "text": {"unique": True},
    }
    keys = {
        kind: fields.add_field(entity.key, kind, label, cast.admin, **given.get(kind, {})).key
        for kind, label in LABELS.items()
    }
    assert set(keys) == {kind for kind, cls in TYPES.items() if cls.creatable}, "a new type needs a line in LABELS"
    return keys


@pytest.fixture
def machine(made, make, cast):
    """machine(**values by type): a record of 设备."""

    def create(name, by=None, **values):
        return make("shebei", by=by, name=name, **{made[kind]: value for kind, value in values.items()})

    return create


def entity():
    return entities.find("shebei")


def value(record, key):
    return entity()[key].get(record)


def found(who, *conditions):
    titles = select(entity().title.column(entity().model)).where(access.visible(entity(), who), *conditions)
    return set(db.session.scalars(titles))


def test_a_value_of_every_type_goes_in_and_comes_out(machine, made, cast, make):
    customer = make("customers", name="杭州鑫源科技有限公司")
    record = machine(
        "车床",
        text="C6140",
        long_text="一\n二",
        integer="3",
        decimal="1.25",
        percent="12.5%",
        money="1.2万",
        boolean="是",
        date="2026年11月22日",
        datetime="2026-11-22 15:04",
        choice="维修",
        multi_choice="车削、磨削",
        tags="重点，进口",
        phone="+86 138 0013 8000",
        email="a@b.cn",
        url="www.example.cn",
        user="李雷",
        department="销售一部",
        reference="杭州鑫源科技有限公司",
        address="浙江省杭州市滨江区江南大道1号",
    )
    db.session.expire_all()
    shown = {kind: entity()[key].text(value(record, key)) for kind, key in made.items()}
    year = i18n.today().year
    assert shown == {
        "text": "C6140",
        "long_text": "一\n二",
        "integer": "3",
        "decimal": "1.25",
        "percent": "12.5%",
        "money": "¥12,000.00",
        "boolean": "是",
        "date": "2026-11-22",
        "datetime": "2026-11-22 15:04",
        "choice": "维修",
        "multi_choice": "车削、磨削",
        "tags": "重点、进口",
        "phone": "13800138000",
        "email": "a@b.cn",
        "url": "http://www.example.cn",
        "user": "李雷",
        "department": "销售一部",
        "reference": "杭州鑫源科技有限公司",
        "address": "浙江省杭州市滨江区江南大道1号",
        "image": "",
        "attachment": "",
        "auto_number": f"SB{year}-001",
    }
    assert value(record, made["money"]) == Decimal("12000.00")
    assert value(record, made["reference"]) == customer.id
    # The same through a SELECT of the columns, as lists read them.
    for key in made.values():
        field = entity()[key]
        row = db.session.execute(select(field.column(entity().model)).where(entity().rows())).one()
        assert field.from_row(row[0]) == value(record, key), key


def test_owner_department_number_and_history(machine, made, cast):
    record = machine("车床", integer="3")
    assert (record.owner_id, record.department_id) == (cast.sales.id, cast.sales.department_id)
    assert value(machine("铣床"), made["auto_number"]).endswith("-002")
    with write():
        operations.change(record, {made["integer"]: "5", "name": "大车床"}, cast.sales)
    last = activity.last_change("shebei", record.id)
    assert last.changes == {made["integer"]: [3, 5], "name": ["车床", "大车床"]}
    with write():
        operations.undo(record, cast.sales)
    assert (value(record, made["integer"]), entity().name_of(record)) == (3, "车床")


def test_two_people_at_once(machine, made, cast):
    record = machine("车床", integer="3", choice="在用")
    version = record.version
    with write():
        operations.change(record, {made["integer"]: "5"}, cast.manager, version=version)
    with write():
        operations.change(record, {made["choice"]: "报废", made["integer"]: "3"}, cast.sales, version=version)
    assert (value(record, made["integer"]), entity()[made["choice"]].text(value(record, made["choice"]))) == (5, "报废")
    with pytest.raises(Conflict), write():
        operations.change(record, {made["integer"]: "7"}, cast.sales, version=version)


def test_required_and_unique(machine, made, cast):
    machine("车床", text="C6140")
    with pytest.raises(Invalid) as caught:
        machine("铣床", text="C6140")
    assert set(caught.value.errors) == {made["text"]}
    fields.change_field("shebei", made["choice"], cast.admin, required=True)
    with pytest.raises(Invalid) as caught:
        machine("铣床")
    assert set(caught.value.errors) == {made["choice"]}
    with pytest.raises(Invalid):
        machine("")


def test_search_by_two_characters_four_digits_and_parts(machine, made, cast):
    record = machine("数控车床", phone="138 0013 8000", text="C6140-A", long_text="放在三号车间", tags="进口设备")
    machine("钻床")
    for query in ("车床", "数控", "8000", "138001", "6140", "三号", "进口", "数控 8000"):
        assert found(cast.sales, search.matching(entity(), query)) == {"数控车床"}, query
    with write():
        operations.change(record, {made["phone"]: "13900139000"}, cast.sales)
    assert found(cast.sales, search.matching(entity(), "8000")) == set()


def test_duplicates_by_phone_across_entities(machine, made, make, cast):
    machine("车床", phone="+86-138-0013-8000")
    make("customers", name="甲公司", phone="138 0013 8000")
    like = duplicates.like(entity(), {made["phone"]: "0086 13800138000"}, cast.sales)
    assert {(d.entity.key, d.name) for d in like} == {("shebei", "车床"), ("customers", "甲公司")}
    (hidden,) = [d for d in duplicates.like(entity(), {made["phone"]: "13800138000"}, cast.stranger) if d.entity.custom]
    assert not hidden.visible and hidden.name != "车床" and hidden.owner == "王芳"


def test_recycle_bin(machine, made, cast):
    record = machine("车床", text="C6140", phone="13800138000")
    with write():
        assert operations.delete(record, cast.sales) == 1
    assert found(cast.sales) == set()
    assert found(cast.sales, search.matching(entity(), "车床")) == set()
    assert duplicates.like(entity(), {made["phone"]: "13800138000"}, cast.sales) == []
    bin_ = select(entity().model.id).where(access.deleted(entity(), cast.sales))
    assert db.session.scalars(bin_).all() == [record.id]
    other = machine("铣床", text="C6140")
    with write(), pytest.raises(Invalid):
        operations.restore(record, cast.sales)
    with write():
        operations.change(other, {made["text"]: "X1"}, cast.sales)
    with write():
        operations.restore(record, cast.sales)
    assert found(cast.sales, search.matching(entity(), "车床")) == {"车床"}


def test_rights(machine, cast):
    record = machine("车床")
    seen = {who for who in vars(cast) if access.visible_by_key("shebei", record.id, getattr(cast, who)) is not None}
    assert seen == {"owner", "admin", "manager", "sales", "support", "readonly", "disabled"} - {"disabled"}
    for who in ("colleague", "stranger", "support", "readonly"):
        with pytest.raises(access.Forbidden), write():
            operations.change(record, {"name": "别的"}, getattr(cast, who))
    with pytest.raises(access.Forbidden):
        machine("铣床", by=cast.readonly)


def test_two_entities_in_one_table_do_not_mix(machine, made, make, cast):
    modules.add_entity("库存", "box", cast.admin)
    fields.add_field("kucun", "phone", "电话", cast.admin)
    record = machine("车床", phone="13800138000")
    stock = make("kucun", name="车床配件", dianhua="95588")
    assert found(cast.sales) == {"车床"}
    assert found(cast.sales, search.matching(entity(), "车床")) == {"车床"}
    assert access.visible_by_key("kucun", record.id, cast.sales) is None
    assert access.visible_by_key("kucun", stock.id, cast.sales) is not None
    assert entities.of(stock).key == "kucun" and entities.of(record).key == "shebei"


# --- filters, executed against real rows -------------------------------------------------------------------------------


@pytest.fixture
def three(machine, make, cast, company):
    """空 has no values; 小 and 大 have different ones."""
    small = make("customers", name="小公司")
    make("customers", name="大公司")
    today = i18n.today()
    machine("空")
    machine(
        "小",
        text="abc",
        long_text="第一行\n含 50%_折扣",
        integer="3",
        decimal="0.5",
        percent="5",
        money="100",
        boolean="否",
        date=today.isoformat(),
        datetime=f"{today} 08:00",
        choice="在用",
        multi_choice="车削",
        tags="红",
        phone="13800138000",
        email="small@b.cn",
        url="small.cn",
        user="王芳",
        department="销售一部",
        reference=str(small.id),
        address="浙江省杭州市滨江区江南大道",
    )
    machine(
        "大",
        text="ABD",
        long_text="第二行",
        integer="10",
        decimal="20",
        percent="50",
        money="2万",
        boolean="是",
        date=(today + timedelta(days=40)).isoformat(),
        datetime=f"{today + timedelta(days=40)} 23:30",
        choice="报废",
        multi_choice="车削、磨削",
        tags="红、蓝",
        phone="0571-88886666",
        email="large@b.cn",
        url="large.cn",
        user="李雷",
        department="销售二部",
        reference="大公司",
        address="上海市浦东新区世纪大道",
    )
    return today


def dept(company, name):
    return str(company.ids[name])


# The first customer of the fixture has the id 1; titles are no filter, they would tell of records one does not see.
FILTERS = [
    ("text", "contains", ["AB"], "小大"),
    ("text", "contains", ["%"], ""),
    ("text", "eq", ["abc"], "小"),
    ("text", "ne", ["abc"], "空大"),
    ("text", "starts", ["ab"], "小大"),
    ("text", "lacks", ["bc"], "空大"),
    ("long_text", "contains", ["50%_"], "小"),
    ("long_text", "lacks", ["50%_"], "空大"),
    ("integer", "eq", ["3"], "小"),
    ("integer", "gte", ["4"], "大"),
    ("integer", "lte", ["９"], "小"),
    ("integer", "ne", ["3"], "空大"),
    ("integer", "gt", ["3"], "大"),
    ("integer", "lt", ["10"], "小"),
    ("integer", "between", ["3", "10"], "小大"),
    ("integer", "between", ["10", "3"], "小大"),
    ("decimal", "gte", ["0.50"], "小大"),
    ("decimal", "lte", ["0.4999"], ""),
    ("percent", "gte", ["50%"], "大"),
    ("money", "gte", ["1.5万"], "大"),
    ("money", "eq", ["100.00"], "小"),
    ("boolean", "eq", ["1"], "大"),
    ("boolean", "eq", ["否"], "小"),
    ("date", "eq", ["今天"], "小"),
    ("date", "period", ["today"], "小"),
    ("date", "period", ["future"], "大"),
    ("date", "period", ["past"], ""),
    ("date", "gte", ["今天"], "小大"),
    ("date", "lte", ["明天"], "小"),
    ("date", "gt", ["today"], "大"),
    ("date", "lt", ["+1d"], "小"),
    ("date", "lt", ["-1w"], ""),
    ("date", "between", ["-1d", "+1d"], "小"),
    ("date", "between", ["today", "+2m"], "小大"),
    ("date", "period", ["next_30_days"], "小"),
    ("date", "period", ["next_41_days"], "小大"),
    ("datetime", "period", ["today"], "小"),
    ("datetime", "eq", ["今天"], "小"),
    ("datetime", "gte", ["明天"], "大"),
    ("datetime", "lte", ["今天"], "小"),
    ("datetime", "lte", ["今天 07:59"], ""),
    ("datetime", "gt", ["today"], "大"),
    ("datetime", "gt", ["今天 07:59"], "小大"),
    ("datetime", "lt", ["today"], ""),
    ("datetime", "lt", ["+1d"], "小"),
    ("datetime", "between", ["today", "today"], "小"),
    ("datetime", "period", ["last_7_days"], "小"),
    ("choice", "in", ["zaiyong", "weixiu"], "小"),
    ("choice", "in", ["报废"], "大"),
    ("choice", "ne", ["zaiyong"], "空大"),
    ("multi_choice", "in", ["moxue"], "大"),
    ("multi_choice", "in", ["车削"], "小大"),
    ("multi_choice", "all", ["chexiao", "moxue"], "大"),
    ("multi_choice", "ne", ["moxue"], "空小"),
    ("tags", "in", ["蓝"], "大"),
    ("tags", "all", ["红", "蓝"], "大"),
    ("tags", "ne", ["蓝"], "空小"),
    ("phone", "contains", ["8000"], "小"),
    ("email", "starts", ["LARGE"], "大"),
    ("url", "contains", ["small"], "小"),
    ("user", "in", ["王芳"], "小"),
    ("user", "ne", ["王芳"], "空大"),
    ("department", "in", ["销售二部"], "大"),
    ("reference", "in", ["1"], "小"),
    ("reference", "ne", ["1"], "空大"),
    ("address", "within", ["33"], "小"),
    ("address", "within", ["330108"], "小"),
    ("address", "within", ["31", "33"], "小大"),
    ("address", "contains", ["世纪"], "大"),
    ("auto_number", "contains", ["-00"], "空小大"),
    ("auto_number", "starts", ["SB"], "空小大"),
]


def test_every_operator_of_every_type_finds_the_right_rows(three, made, cast):
    for kind, op, raws, names in FILTERS:
        field = entity()[made[kind]]
        assert found(cast.sales, field.condition(entity().model, op, raws)) == set(names), (kind, op, raws)
    for kind, key in made.items():
        field = entity()[key]
        filled = "空小大" if kind == "auto_number" else "" if kind in ("image", "attachment") else "小大"
        if "empty" in field.operators:
            assert found(cast.sales, field.condition(entity().model, "empty", [])) == set("空小大") - set(filled), kind
        if "filled" in field.operators:
            assert found(cast.sales, field.condition(entity().model, "filled", [])) == set(filled), kind
        with pytest.raises(FieldError):
            field.condition(entity().model, "like", ["x"])


def test_every_operator_is_in_the_table_of_filters(made):
    # Types that inherit their comparisons are tried with one of them.
    own = set(made) - {"phone", "email", "url", "decimal", "percent", "money", "auto_number", "department", "reference"}
    tried = {(kind, op) for kind, op, _raws, _names in FILTERS}
    wanted = {(kind, op) for kind in own for op in entity()[made[kind]].operators if op not in ("empty", "filled")}
    assert wanted <= tried


def test_every_sortable_type_sorts_by_value(three, made, cast):
    model = entity().model
    for kind, key in made.items():
        field = entity()[key]
        if not field.sortable or kind in ("auto_number", "user", "department", "reference", "choice", "url", "email"):
            continue
        column = field.column(model)
        titles = select(entity().title.column(model)).where(entity().rows(), column.is_not(None)).order_by(column)
        wanted = ["大", "小"] if kind in ("phone", "text") else ["小", "大"]
        assert db.session.scalars(titles).all() == wanted, kind


def test_reminders_can_see_which_dates_to_watch(app, cast):
    modules.add_entity("合同", "file-text", cast.admin)
    fields.add_field("hetong", "date", "到期日", cast.admin, remind="1")
    watched = [(e.key, f.key) for e in entities.every() for f in e.fields if f.settings.get("remind")]
    assert ("hetong", "daoqiri") in watched and ("customers", "next_follow_up_at") in watched


def test_a_default_of_now_is_asked_for_at_creation(app, cast, make):
    modules.add_entity("合同", "file-text", cast.admin)
    fields.add_field("hetong", "date", "签约日", cast.admin, default="now")
    with clock.shifted(timedelta(days=5)):
        record = make("hetong", name="一号")
        assert entities.find("hetong")["qianyueri"].get(record) == i18n.today()
