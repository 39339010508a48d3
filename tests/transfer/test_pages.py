"""A file from upload to result, through the pages; other people's real files."""

import io
from datetime import date

import openpyxl
import pytest
from sqlalchemy import func, select

from smallcrm.core.db import db
from smallcrm.entities import find
from smallcrm.notifications.models import Notification

from .conftest import Bringing, sheet, text

TPEX = "1-companies/tpex_上櫃公司.csv"


def records(key):
    db.session.rollback()
    return db.session.scalars(find(key).select().order_by(find(key).model.id)).all()


def total(counts):
    return sum(counts.values())


def test_a_company_list_of_39_columns_comes_in_and_every_row_is_accounted_for(shared, bring):
    file = (shared / "data" / TPEX).read_bytes(), "上櫃公司.csv"
    brought = bring("customers", file)
    row = brought.row
    assert row.state == "finished"
    assert total(row.counts) == 828 == row.total
    assert row.counts == row.trial
    assert row.counts["created"] == len(records("customers")) > 780
    first = next(one for one in records("customers") if one.name == "茂生農經股份有限公司")
    assert (first.tax_number, first.phone, first.short_name) == ("18795706", "02-23671162", "茂生農經")
    lines = brought.problems()
    assert len(lines[0]) == 40 and lines[0][-1] == "原因"
    assert len(lines) == 1 + row.counts["faulty"]
    assert all(line[-1] for line in lines[1:])
    assert "828" in brought.page().text


def test_the_same_list_again_brings_nothing_in_twice(shared, bring):
    file = (shared / "data" / TPEX).read_bytes(), "上櫃公司.csv"
    first = bring("customers", file).row.counts
    again = bring("customers", file).row.counts
    assert again == {"duplicate": first["created"] + first["duplicate"], "faulty": first["faulty"]}
    updated = bring("customers", file, mode="upsert", match="tax_number").row.counts
    assert updated == {"unchanged": first["created"], "faulty": first["faulty"], "created": first["duplicate"]} or (
        updated["unchanged"] >= first["created"] - 5
    )


def test_the_corrected_rows_come_in(shared, bring):
    file = (shared / "data" / TPEX).read_bytes(), "上櫃公司.csv"
    brought = bring("customers", file)
    faulty = brought.row.counts["faulty"]
    labels, *lines = brought.problems()
    place = {label: index for index, label in enumerate(labels)}
    for line in lines:
        line[place["電子郵件信箱"]] = line[place["公司網址"]] = line[place["總機電話"]] = None
    corrected = bring("customers", sheet(labels, lines))
    assert total(corrected.row.counts) == faulty
    assert "faulty" not in corrected.row.counts


@pytest.mark.parametrize("name", ["derived-transcoded/tpex_上櫃公司.big5.csv", TPEX])
def test_the_encoding_is_found_out(shared, client, cast, name):
    file = (shared / "data" / name).read_bytes(), "list.csv"
    brought = Bringing(client.as_(cast.sales)).upload("customers", file)
    assert "茂生農經股份有限公司" in brought.page("/columns").text
    assert brought.row.mapping["1"] == "name"


def test_utf16_and_english_labels_come_in(shared, bring):
    file = (shared / "data/derived-transcoded/crmopps_accounts.utf16.csv").read_bytes(), "accounts.csv"
    row = bring("customers", file).row
    assert row.encoding == "utf-16-le"
    assert total(row.counts) == 97
    assert row.counts["created"] == len(records("customers"))


def test_contacts_find_their_company_by_name_and_take_its_owner(shared, bring, cast, make):
    file = (shared / "data/2-crm-exports/atomiccrm_contacts.csv").read_bytes(), "contacts.csv"
    make("customers", name="Gottlieb and Sons", by=cast.sales)
    row = bring("contacts", file, mapping={"2": "name", "14": "customer", "21": "phone"}).row
    assert total(row.counts) == 500
    made = records("contacts")
    assert row.counts["created"] == len(made) > 0
    assert {one.customer_id for one in made} == {records("customers")[0].id}
    assert {one.owner_id for one in made} == {cast.sales.id}


def test_cells_become_what_the_fields_hold(bring, cast):
    labels = ["客户名称", "联系电话", "座机", "级别", "负责人", "下次联系日期", "标签", "备注", "税号"]
    rows = [
        [
            "甲公司",
            "１３８００１３８０００",
            "0571-88886666",
            "A",
            "李雷",
            date(2027, 3, 1),
            "重点、展会",
            "=1+1",
            "0012345",
        ],
        ["乙公司", 13900139000, "021 5555 6666转802", "B 级", "王芳", "2027年3月2日", "", "@SUM(A1)", 91330100],
        ["丙公司", "+86 137-0013-7000", None, None, None, None, None, None, None],
    ]
    row = bring("customers", sheet(labels, rows)).row
    assert row.counts == {"created": 3}, row.trial
    first, second, third = records("customers")
    assert (first.phone, first.other_phone, first.level) == ("13800138000", "0571-88886666", "A")
    assert (first.owner_id, first.tags, first.notes, first.tax_number) == (
        cast.colleague.id,
        ["重点", "展会"],
        "=1+1",
        "0012345",
    )
    assert first.next_follow_up_at.isoformat().startswith("2027-02-28T16:00")
    assert (second.phone, second.level, second.owner_id) == ("13900139000", "B", cast.sales.id)
    assert (third.phone, third.owner_id, third.status) == ("13700137000", cast.sales.id, "new")


def test_what_is_wrong_is_said_for_every_row_before_anything_is_written(client, cast):
    file = sheet(
        ["公司名称", "手机", "级别", "邮箱"],
        [["甲公司", "12", "特级", "没有"], [None, "13800138000", None, None], ["乙公司", None, "A", None]],
    )
    mapping = {"0": "name", "1": "phone", "2": "level", "3": "email"}
    brought = Bringing(client.as_(cast.sales)).upload("customers", file).check(mapping)
    assert brought.row.trial == {"faulty": 2, "created": 1}
    html = brought.page().text
    assert "没有“特级”这个选项" in html and "例如 name@example.cn" in html
    assert records("customers") == []
    reasons = [line[-1] for line in brought.problems()[1:]]
    assert len(reasons[0].splitlines()) == 3
    assert reasons[1].startswith("客户名称")


def test_another_sheet_another_row_of_labels_another_encoding(client, cast):
    from smallcrm.core.sheets.writing import Column, SheetOut, write_xlsx

    out = io.BytesIO()
    first = SheetOut("说明", [Column("怎么填")], [["看第二页"]])
    second = SheetOut(
        "名单", [Column("2026 年客户名单"), Column("")], [["公司名称", "电话"], ["甲公司", "13800138000"]]
    )
    write_xlsx(out, [first, second])
    http = client.as_(cast.sales)
    brought = Bringing(http).upload("customers", (out.getvalue(), "a.xlsx"))
    assert http.post(f"/imports/{brought.token}/source", {"sheet": "名单"}).status_code == 303
    assert http.post(f"/imports/{brought.token}/source", {"header_row": "2"}).status_code == 303
    assert brought.row.mapping == {"0": "name", "1": "phone"}
    assert brought.check().run().row.counts == {"created": 1}
    latin = Bringing(http).upload("customers", text("公司名称,电话\n测试公司,13900139000\n", encoding="gb18030"))
    http.post(f"/imports/{latin.token}/source", {"encoding": "big5"})
    assert "公司名称" not in latin.page("/columns").text
    http.post(f"/imports/{latin.token}/source", {"encoding": "gb18030"})
    assert "测试公司" in latin.page("/columns").text


@pytest.mark.parametrize(
    "chosen, words",
    [
        ({}, "请至少为一列选择"),
        ({"column-1": "phone"}, "客户名称"),
        ({"column-0": "name", "column-1": "name"}, "有两列都对应到了"),
        ({"column-0": "name", "column-1": "created_at"}, "created_at"),
        ({"column-0": "name", "mode": "upsert", "match": ""}, "请先选择怎样算已经存在"),
        ({"column-0": "name", "mode": "upsert", "match": "phone"}, "没有列对应到"),
        ({"column-0": "name", "mode": "all"}, "请选择一种"),
    ],
)
def test_a_mapping_that_cannot_be_is_answered_with_the_page(client, cast, chosen, words):
    http = client.as_(cast.sales)
    brought = Bringing(http).upload("customers", text("公司名称,电话\n甲公司,13800138000\n"))
    answer = http.post(f"/imports/{brought.token}/columns", chosen)
    assert answer.status_code == 422
    assert words in answer.text
    assert brought.row.state == "draft"


@pytest.mark.parametrize(
    "content, name, words",
    [
        (b"\x89PNG\r\n\x1a\n" + b"0" * 200, "a.xlsx", "这不是"),
        (b"", "a.csv", "文件是空的"),
        (b"PK\x03\x04 broken", "a.xlsx", ""),
        ("公司名称,电话\n".encode(), "a.csv", "没有数据"),
        (b"a,b\n1,2\n", "a.exe", "这不是"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_in_words_and_not_kept(client, cast, app, content, name, words):
    from smallcrm.transfer.models import Import, folder

    answer = client.as_(cast.sales).post("/imports", {"entity": "customers", "file": (io.BytesIO(content), name)})
    assert answer.status_code == 422
    assert words in answer.text
    assert list(folder("imports").glob("*")) == [] or all(
        not path.name.endswith(name.rpartition(".")[2]) or path.stat().st_size for path in folder("imports").iterdir()
    )
    assert db.session.scalar(select(func.count()).select_from(Import)) == 0


def test_an_import_in_the_background_is_watched_stopped_and_goes_on(client, cast, queued):
    lines = "".join(f"第{i}家公司,139{i:08}\n" for i in range(700))
    http = client.as_(cast.sales)
    brought = Bringing(http).upload("customers", text(f"公司名称,电话\n{lines}")).check()
    page = brought.page().text
    assert 'hx-get="/imports/' in page and "<progress" in page and "http-equiv" in page
    queued()
    assert brought.row.trial == {"created": 700}
    brought.run()
    assert "<progress" in brought.page().text
    http.post(f"/imports/{brought.token}/cancellation")
    queued()
    assert brought.row.state == "cancelled" and brought.row.counts == {}
    assert "700" in brought.page().text
    brought.run()
    queued()
    assert brought.row.counts == {"created": 700} and brought.row.state == "finished"
    assert len(records("customers")) == 700
    lines = db.session.scalars(select(Notification).where(Notification.user_id == cast.sales.id)).all()
    assert [line.kind for line in lines] == ["import_finished"]
    assert "新增 700" in http.get("/notifications").text


def test_the_imported_records_are_a_list_that_can_be_exported(client, cast, bring, make):
    make("customers", name="早就有的公司")
    brought = bring("customers", text("公司名称\n甲公司\n乙公司\n"))
    http = client.as_(cast.sales)
    html = http.get(f"/customers?f.brought_by.eq={brought.token}").text
    assert "甲公司" in html and "乙公司" in html and "早就有的公司" not in html
    book = openpyxl.load_workbook(io.BytesIO(http.get(f"/exports/customers.xlsx?f.brought_by.eq={brought.token}").data))
    assert book.active.max_row == 3
    assert http.get("/customers?f.brought_by.eq=nothing").status_code == 200


def test_an_upload_that_was_not_started_can_be_deleted(client, cast):
    http = client.as_(cast.sales)
    brought = Bringing(http).upload("customers", text("公司名称\n甲公司\n"))
    path = brought.row.path
    assert path.exists()
    assert http.post(f"/imports/{brought.token}/deletion").status_code == 303
    assert not path.exists()
    assert http.get(f"/imports/{brought.token}").status_code == 404


def test_history_says_which_import_it_was(client, cast, bring):
    from smallcrm.activity.models import Activity

    brought = bring("customers", text("公司名称\n甲公司\n"))
    line = db.session.scalars(select(Activity).where(Activity.entity == "customers")).one()
    assert (line.source, line.batch, line.actor_id) == ("import", brought.row.batch, cast.sales.id)


def test_the_way_to_import_stands_once_on_the_page(client, cast, bring):
    http = client.as_(cast.sales)
    assert http.get("/imports").text.count('href="/imports/new"') == 1
    bring("customers", sheet(["客户名称"], [["杭州鑫源"]]))
    assert http.get("/imports").text.count('href="/imports/new"') == 1
