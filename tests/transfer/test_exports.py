"""What an export holds: the rows of the list, in typed cells, none of them ever a formula."""

import io
from datetime import datetime

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from smallcrm.core.db import db, write
from smallcrm.core.sheets.writing import Column, SheetOut, write_xlsx
from smallcrm.entities import find
from smallcrm.records import operations
from smallcrm.transfer import exports
from smallcrm.transfer.models import Export


def book(response):
    assert response.status_code == 200, response.text
    return openpyxl.load_workbook(io.BytesIO(response.data)).active


def values(sheet):
    return [[cell.value for cell in row] for row in sheet.iter_rows()]


def test_an_export_has_the_rows_columns_and_order_of_the_list(client, cast, make):
    for name, level in (("甲公司", "A"), ("乙公司", "B"), ("丙公司", "A")):
        make("customers", name=name, level=level)
    sheet = book(client.as_(cast.sales).get("/exports/customers.xlsx?f.level.in=A&sort=name&columns=name,level,owner"))
    assert values(sheet) == [["客户名称", "客户级别", "负责人"], ["丙公司", "A 级", "王芳"], ["甲公司", "A 级", "王芳"]]
    assert sheet.freeze_panes == "A2"
    log = db.session.scalars(select(Export)).one()
    assert (log.user_id, log.entity, log.rows, log.columns) == (
        cast.sales.id,
        "customers",
        2,
        ["name", "level", "owner"],
    )
    assert "f.level.in=A" in log.query and log.stored_as is None


def test_the_name_of_the_file_is_chinese(client, cast):
    before = set(exports.folder("exports").iterdir())
    answer = client.as_(cast.sales).get("/exports/customers.xlsx")
    assert "filename*=UTF-8''%E5%AE%A2%E6%88%B7%20" in answer.headers["Content-Disposition"]
    assert set(exports.folder("exports").iterdir()) == before


def test_cells_are_typed(client, cast, make):
    customer = make(
        "customers",
        name="=HYPERLINK(1)",
        phone="010-66668888",
        tags="重点,展会",
        next_follow_up_at="2027-03-01 10:30",
        address="浙江省杭州市滨江区江南大道1号",
    )
    make("contacts", name="张伟", customer=str(customer.id), birthday="1990-02-03", is_primary="1")
    http = client.as_(cast.sales)
    sheet = book(http.get("/exports/customers.xlsx?all=1"))
    cells = {head.value: cell for head, cell in zip(sheet[1], sheet[2], strict=True)}
    assert (cells["客户名称"].value, cells["客户名称"].data_type) == ("=HYPERLINK(1)", "s")
    assert (cells["电话"].value, cells["电话"].number_format) == ("010-66668888", "@")
    assert cells["下次跟进"].value == datetime(2027, 3, 1, 10, 30)
    assert cells["标签"].value == "重点、展会"
    assert "滨江区" in cells["地址"].value
    contacts = book(http.get("/exports/contacts.xlsx?all=1"))
    people = {head.value: cell.value for head, cell in zip(contacts[1], contacts[2], strict=True)}
    assert people[str(find("contacts")["customer"].label)] == "=HYPERLINK(1)"
    assert people["生日"] == datetime(1990, 2, 3)
    assert people["首要联系人"] == "是"


def test_csv_opens_in_excel_and_runs_nothing(client, cast, make):
    make("customers", name="@SUM(1+1)", notes="=cmd|' /C calc'!A0")
    answer = client.as_(cast.sales).get("/exports/customers.csv?columns=name,notes")
    assert answer.data.startswith(b"\xef\xbb\xbf")
    assert answer.data.decode("utf-8-sig").splitlines()[1] == "\"'@SUM(1+1)\",\"'=cmd|' /C calc'!A0\""


def test_a_list_longer_than_a_page_of_the_walk_is_whole(client, cast, monkeypatch):
    monkeypatch.setattr(exports, "PAGE", 7)
    with write():
        raws = [{"name": f"第{i}家公司", "level": "ABCD"[i % 4] if i % 5 else ""} for i in range(50)]
        operations.create_many(find("customers"), raws, cast.sales, source="import", batch="x", owner="me")
    for sort in ("name", "-level", "-id", "level"):
        rows = values(book(client.as_(cast.sales).get(f"/exports/customers.xlsx?sort={sort}&columns=name,level")))[1:]
        assert sorted(row[0] for row in rows) == sorted(raw["name"] for raw in raws)


def test_an_export_imported_again_changes_nothing(client, cast, make, bring):
    customer = make(
        "customers",
        name="杭州鑫源科技有限公司",
        phone="138 0013 8000",
        other_phone="0571-88886666转802",
        tags="重点,展会",
        level="A",
        status="following",
        next_follow_up_at="2027-03-01 10:30",
        address="浙江省杭州市滨江区江南大道1号",
        website="www.example.cn",
        notes="=1+1\n第二行",
    )
    make("contacts", name="张伟", customer=str(customer.id), birthday="1990-02-03", phone="13900139000")
    for entity, match in (("customers", "number"), ("contacts", "phone")):
        for ending in ("xlsx", "csv"):
            content = client.as_(cast.sales).get(f"/exports/{entity}.{ending}?all=1").data
            brought = bring(entity, (content, f"a.{ending}"), mode="update", match=match)
            assert brought.row.counts == {"unchanged": 1}, (entity, ending)
            assert len(brought.row.mapping) > 10


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc"))), min_size=1, max_size=20))
def test_no_text_becomes_a_formula(texts):
    out = io.BytesIO()
    write_xlsx(out, [SheetOut("a", [Column("b")], [[each] for each in texts])])
    cells = [row[0] for row in openpyxl.load_workbook(out).active.iter_rows(min_row=2)]
    assert all(cell.data_type in ("s", "n", "inlineStr") for cell in cells)


def test_an_export_of_a_user_who_left_is_not_written(client, cast, make, monkeypatch, queued):
    monkeypatch.setattr(exports, "AT_ONCE", 0)
    make("customers", name="甲公司")
    client.as_(cast.sales).post("/exports", {"entity": "customers", "format": "xlsx"})
    with write() as session:
        session.get(type(cast.sales), cast.sales.id).status = "disabled"
    queued()
    row = db.session.scalars(select(Export)).one()
    assert (row.state, row.stored_as) == ("failed", None)


def test_only_a_few_exports_at_the_same_time(client, cast, make, monkeypatch, queued):
    monkeypatch.setattr(exports, "AT_ONCE", 0)
    make("customers", name="甲公司")
    http = client.as_(cast.sales)
    answers = [http.post("/exports", {"entity": "customers", "format": "csv"}).status_code for _i in range(4)]
    assert answers == [303, 303, 303, 409]
    assert "生成中" in http.get("/exports").text
    queued()
    assert {row.state for row in db.session.scalars(select(Export))} == {"finished"}


@pytest.mark.parametrize("slug", ["customers", "contacts", "follow-ups", "tasks"])
def test_every_entity_exports_every_field(client, cast, make, slug):
    customer = make("customers", name="杭州鑫源科技有限公司")
    make("contacts", name="张伟", customer=str(customer.id))
    make("follow_ups", customer=str(customer.id), kind="phone", content="周五给方案")
    make("tasks", title="寄样品", record=f"customers:{customer.id}", due_at="2026-12-01 10:00")
    sheet = book(client.as_(cast.sales).get(f"/exports/{slug}.xlsx?all=1"))
    assert sheet.max_row == 2 and sheet.max_column == len(find(slug.replace("-", "_")).fields)
