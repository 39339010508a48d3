"""Which column is which field, which row is which record, and what becomes of it."""

import pytest
from sqlalchemy import select

from smallcrm.core.db import db, write
from smallcrm.core.errors import Refused
from smallcrm.core.sheets.reading import Column
from smallcrm.entities import find
from smallcrm.records import operations
from smallcrm.transfer import mapping, options

from .conftest import Bringing, sheet, text


def columns(*labels, samples=()):
    return [Column(place, chr(65 + place), label, tuple(samples)) for place, label in enumerate(labels)]


def suggested(entity, user, *labels, samples=()):
    found = mapping.suggest(find(entity), user, columns(*labels, samples=samples))
    return [found.get(str(place)) for place in range(len(labels))]


@pytest.mark.parametrize(
    "entity, label, key",
    [
        ("customers", "客户名称", "name"),
        ("customers", " 公司名称 （必填）", "name"),
        ("customers", "企业名称*", "name"),
        ("customers", "公司名稱", "name"),
        ("customers", "Company", "name"),
        ("customers", "移动电话", "phone"),
        ("customers", "聯系電話", None),
        ("customers", "负责人", "owner"),
        ("customers", "Customer name", "name"),
        ("customers", "tax_number", "tax_number"),
        ("customers", "统一社会信用代码", "tax_number"),
        ("customers", "公司注册地址", "address"),
        ("customers", "客户编号", "number"),
        ("customers", "创建时间", None),
        ("customers", "图片", None),
        ("contacts", "联系人", "name"),
        ("contacts", "公司名称", "customer"),
        ("contacts", "手机", "phone"),
        ("follow_ups", "跟进时间", "happened_at"),
        ("follow_ups", "下次跟进时间", "next_follow_up_at"),
        ("tasks", "截止日期", "due_at"),
    ],
)
def test_a_column_goes_to_the_field_it_names(cast, entity, label, key):
    assert suggested(entity, cast.sales, label) == [key]


def test_each_field_is_taken_once_and_by_the_better_label(cast):
    assert suggested("customers", cast.sales, "公司", "客户名称", "电话", "手机") == [
        None,
        "name",
        "phone",
        "other_phone",
    ]


def test_a_column_whose_values_do_not_fit_goes_nowhere(cast):
    assert suggested("customers", cast.sales, "行业", samples=("02", "17", "农业")) == [None]
    assert suggested("customers", cast.sales, "下次跟进时间", samples=("2026-11-22", "11月")) == ["next_follow_up_at"]
    assert suggested("customers", cast.sales, "客户名称", samples=(None,)) == ["name"]


def test_a_label_that_was_changed_is_still_understood(cast):
    from smallcrm.entities import schema
    from smallcrm.entities.models import FieldRow

    with write() as session:
        session.add(FieldRow(entity="customers", key="name", built_in=True, label="单位抬头", settings={}))
        schema.touch()
    assert suggested("customers", cast.sales, "单位抬头") == ["name"]
    assert suggested("customers", cast.sales, "客户名称") == ["name"]


def test_companies_are_compared_without_being_asked_and_other_things_are_not(app):
    assert options.defaults(find("customers")) == {"match": "similar", "mode": "create"}
    assert options.defaults(find("follow_ups")) == {"match": "", "mode": "create"}


COMPANIES = "公司名称,电话,级别\n杭州鑫源科技有限公司,13800138000,A\n"


def counts(brought):
    row = brought.row
    assert row.counts == row.trial
    assert sum(row.counts.values()) == row.total
    return row.counts


@pytest.mark.parametrize(
    "lines, expected",
    [
        ("杭州鑫源科技（集团）股份有限公司,,\n", {"duplicate": 1}),
        ("别的公司,0086 138-0013-8000,\n", {"duplicate": 1}),
        ("上海鑫源科技有限公司,,\n", {"created": 1}),
        ("新月,13911112222,\n新月有限公司,,\n另一家,139 1111 2222,\n", {"created": 1, "duplicate": 2}),
    ],
)
def test_what_is_there_or_stands_twice_in_the_file_is_skipped(bring, make, lines, expected):
    make("customers", name="杭州鑫源科技有限公司", phone="13800138000")
    assert counts(bring("customers", text(f"公司名称,电话,级别\n{lines}"))) == expected


def test_a_faulty_row_does_not_make_the_next_one_a_duplicate(bring):
    lines = "公司名称,电话,邮箱\n甲公司,13911112222,没有\n甲公司,13911112222,a@b.cn\n"
    brought = bring("customers", text(lines), mapping={"0": "name", "1": "phone", "2": "email"})
    assert counts(brought) == {"faulty": 1, "created": 1}


def test_updating_changes_what_differs_and_keeps_what_the_file_leaves_empty(bring, make):
    record = make("customers", name="杭州鑫源科技有限公司", phone="13800138000", notes="老客户", level="B")
    lines = f"{COMPANIES}新公司,13911112222,B\n新公司,13911112222,C\n新公司,13911112222,C\n"
    brought = bring("customers", text(lines), mode="upsert")
    assert brought.row.counts == {"updated": 2, "created": 1, "unchanged": 1}
    db.session.rollback()
    record = db.session.get(type(record), record.id)
    assert (record.level, record.notes, record.phone) == ("A", "老客户", "13800138000")
    again = bring("customers", text(COMPANIES), mode="upsert")
    assert counts(again) == {"unchanged": 1}


def test_updating_only_says_which_rows_have_no_record(bring, make):
    make("customers", name="杭州鑫源科技有限公司")
    brought = bring("customers", text(f"{COMPANIES}新公司,,B\n"), mode="update")
    assert counts(brought) == {"updated": 1, "faulty": 1}
    assert brought.problems()[1][-1] == "没有找到与这一行对应的数据。"


def test_two_records_for_one_row_are_not_guessed_between(bring, make):
    make("customers", name="东方贸易公司", phone="13800138000")
    make("customers", name="西方贸易公司", phone="13911112222")
    brought = bring("customers", text("公司名称,电话\n东方贸易,13911112222\n"), mode="upsert")
    assert counts(brought) == {"faulty": 1}


def test_adding_all_the_same_adds(bring, make):
    make("customers", name="杭州鑫源科技有限公司")
    assert counts(bring("customers", text(COMPANIES), mode="anyway")) == {"created": 1}


def test_a_strangers_record_is_neither_changed_nor_shown(bring, make, cast):
    theirs = make("customers", by=cast.stranger, name="杭州鑫源科技有限公司", phone="13800138000")
    skipped = bring("customers", text(COMPANIES))
    assert counts(skipped) == {"duplicate": 1}
    refused = bring("customers", text(COMPANIES), mode="upsert")
    assert counts(refused) == {"faulty": 1}
    reason = refused.problems()[1][-1]
    assert "韩梅" in reason and "鑫源科技" not in reason
    db.session.rollback()
    assert db.session.get(type(theirs), theirs.id).level is None


def test_the_number_of_an_export_finds_the_record_again(bring, make):
    record = make("customers", name="甲公司")
    brought = bring(
        "customers", text(f"客户编号,客户名称\n{record.number},改名后的公司\n"), mode="update", match="number"
    )
    assert counts(brought) == {"updated": 1}
    db.session.rollback()
    assert db.session.get(type(record), record.id).name == "改名后的公司"


def test_people_of_the_same_name_are_the_same_only_at_the_same_company(bring, make):
    first, second = make("customers", name="东方贸易公司"), make("customers", name="西方贸易有限公司")
    make("contacts", name="张伟", customer=str(first.id))
    lines = (
        "联系人,公司名称,手机\n张伟,东方贸易公司,\n张伟,西方贸易有限公司,\n张伟,西方贸易,13800138000\n李娜,南方贸易,\n"
    )
    brought = bring("contacts", text(lines))
    assert counts(brought) == {"duplicate": 2, "created": 1, "faulty": 1}
    assert "没有" in brought.problems()[1][-1]
    contact = db.session.scalars(select(find("contacts").model).order_by(find("contacts").model.id.desc())).first()
    assert contact.customer_id == second.id and contact.is_primary


def test_a_company_called_by_a_number_is_not_taken_for_an_id(bring, make):
    make("customers", name="甲公司")
    called = make("customers", name="1")
    brought = bring("contacts", text("联系人,公司名称\n张伟,1\n李娜,2\n"))
    assert counts(brought) == {"created": 1, "faulty": 1}
    assert db.session.scalars(select(find("contacts").model)).one().customer_id == called.id


def test_a_rule_that_says_no_half_way_takes_back_only_its_own_row(bring, monkeypatch):
    from smallcrm.customers.models import Customer

    def refuse(self, changes, by):
        if self.name == "不行":
            raise Refused("这家公司不收")

    monkeypatch.setattr(Customer, "after_save", refuse)
    brought = bring("customers", text("公司名称\n甲公司\n不行\n乙公司\n"))
    assert brought.row.counts == {"created": 2, "faulty": 1}
    assert brought.problems()[1][-1] == "这家公司不收"
    assert sorted(db.session.scalars(select(Customer.name))) == ["乙公司", "甲公司"]


def test_a_bug_stops_the_import_where_it_is_and_it_can_go_on(client, cast, monkeypatch):
    from smallcrm.customers.models import Customer

    http = client.as_(cast.sales)
    lines = "".join(f"第{i}家公司\n" for i in range(250))
    brought = Bringing(http).upload("customers", text(f"公司名称\n{lines}")).check()
    with monkeypatch.context() as patched:
        patched.setattr(Customer, "after_save", lambda self, changes, by: 1 / (self.name != "第180家公司"))
        with pytest.raises(ZeroDivisionError):
            brought.run()
    row = brought.row
    assert row.state == "failed"
    assert 0 < row.counts["created"] == row.last_row - 1 < 180
    assert "可以继续" in brought.page().text
    brought.run()
    assert brought.row.counts == {"created": 250}
    assert len(set(db.session.scalars(select(Customer.name)))) == 250


def test_unique_values_are_guarded_within_a_file(bring, cast):
    from smallcrm.entities import schema
    from smallcrm.entities.models import FieldRow

    with write() as session:
        session.add(FieldRow(entity="customers", key="tax_number", built_in=True, unique=True, settings={}))
        schema.touch()
    lines = "公司名称,税号\n甲公司,911\n乙公司,911\n丙公司,912\n"
    brought = bring("customers", text(lines), match="")
    assert counts(brought) == {"created": 2, "faulty": 1}


def test_an_import_stops_when_the_right_is_taken_away(client, cast, queued):
    from smallcrm.users.models import RoleRight

    lines = "".join(f"第{i}家公司\n" for i in range(400))
    brought = Bringing(client.as_(cast.sales)).upload("customers", text(f"公司名称\n{lines}")).check()
    queued()
    brought.run()
    with write() as session:
        session.get(RoleRight, (cast.sales.role_id, "*", "import")).scope = "none"
    queued()
    assert brought.row.state == "failed" and brought.row.counts == {}
    assert db.session.scalars(find("customers").select()).all() == []


def test_imports_take_turns_and_small_ones_do_not_wait(client, cast, queued, monkeypatch):
    from smallcrm.core import lane
    from smallcrm.transfer.models import Import

    monkeypatch.setattr(lane, "TURN", 0.0)
    http = client.as_(cast.sales)
    large = [
        Bringing(http)
        .upload("customers", text("公司名称\n" + "".join(f"{mark}{i}号公司\n" for i in range(400))))
        .check()
        for mark in ("东", "西")
    ]
    queued()
    for each in large:
        each.run()
    small = Bringing(http).upload("customers", text("公司名称\n小公司\n")).check().run()
    first, second, third = (each.row.id for each in (*large, small))
    assert lane.claim(Import, first, ("running",))
    assert lane.claim(Import, second, ("running",)) is None
    assert lane.claim(Import, third, ("running",), alone=False)
    with write():
        for id in (first, third):
            lane.leave(db.session.get(Import, id))
    assert queued() > 3
    assert [each.row.counts for each in (*large, small)] == [{"created": 400}, {"created": 400}, {"created": 1}]


def test_work_that_nobody_does_is_found(client, cast, queued, app):
    from smallcrm.transfer import tasks

    lines = "".join(f"第{i}家公司\n" for i in range(400))
    brought = Bringing(client.as_(cast.sales)).upload("customers", text(f"公司名称\n{lines}")).check()
    app.extensions["smallcrm.jobs"].flush()
    tasks.sweep.run()
    queued()
    assert brought.row.trial == {"created": 400}


def test_what_was_never_started_is_forgotten_after_a_week(client, cast):
    from datetime import timedelta

    from smallcrm.core import clock
    from smallcrm.transfer import tasks
    from smallcrm.transfer.models import Import

    http = client.as_(cast.sales)
    old, started = (Bringing(http).upload("customers", text("公司名称\n甲公司\n")) for _i in range(2))
    started.check().run()
    path = old.row.path
    with write() as session:
        for row in session.scalars(select(Import)):
            row.created_at = clock.now() - timedelta(days=8)
    tasks.tidy.run()
    assert not path.exists() and started.row.path.exists()
    assert http.get(f"/imports/{old.token}").status_code == 404


def test_one_door(bring, make, cast):
    """What is made by an import has what a form would have given it."""
    brought = bring("customers", sheet(["公司名称", "负责人"], [["甲公司", "李雷"], ["乙公司", None]]))
    assert counts(brought) == {"created": 2}
    first, second = db.session.scalars(find("customers").select().order_by(find("customers").model.id))
    with write():
        third = operations.create(find("customers"), {"name": "丙公司", "owner": "李雷"}, cast.sales)
    assert (first.owner_id, first.department_id, first.status) == (third.owner_id, third.department_id, third.status)
    assert (second.owner_id, second.owner_since is not None) == (cast.sales.id, True)
    assert int(third.number[-4:]) == int(second.number[-4:]) + 1 == int(first.number[-4:]) + 2
