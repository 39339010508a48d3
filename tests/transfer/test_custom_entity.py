"""An entity that is only rows in the database comes in and goes out like any other: no line of code knows it."""

import io
from datetime import date, datetime

import openpyxl
import pytest
from sqlalchemy import select

from smallcrm.core.db import db, write
from smallcrm.entities import find, schema
from smallcrm.entities.models import EntityRow, FieldRow

from .conftest import Bringing, sheet

FIELDS = (
    ("name", "text", "设备名称", {"required": True, "searchable": True}, {}),
    ("serial", "text", "序列号", {"unique": True, "searchable": True}, {}),
    ("price", "money", "采购价", {}, {}),
    ("bought", "date", "采购日期", {}, {}),
    ("contact", "phone", "保修电话", {}, {}),
    ("state", "choice", "状态", {}, {"options": [{"value": "a", "label": "在用"}, {"value": "b", "label": "停用"}]}),
    ("customer", "reference", "客户", {}, {"entity": "customers"}),
    ("insured", "boolean", "已投保", {}, {}),
)


@pytest.fixture
def devices(app):
    """An entity 设备 made at run time."""
    with write() as session:
        session.add(EntityRow(key="devices", label="设备", icon="device-laptop", position=200))
        for position, (key, kind, label, flags, settings) in enumerate(FIELDS):
            row = FieldRow(entity="devices", key=key, type=kind, label=label, settings=settings, position=position)
            for name, value in flags.items():
                setattr(row, name, value)
            session.add(row)
        schema.touch()
    return find("devices")


LABELS = [label for _key, _type, label, _flags, _settings in FIELDS]
ROWS = [
    ["数控机床", "SN-001", 128000.5, date(2026, 1, 5), "0571-88886666", "在用", "杭州鑫源科技", "是"],
    ["注塑机", "SN-002", "12.8万", "2026年2月3日", "４００１２３４５６７", "停用", None, "否"],
    ["注塑机", "SN-002", None, None, None, None, None, None],
    ["铣床", None, "很贵", None, None, "报废", "没有这家", None],
]


def test_it_comes_in(devices, client, cast, make):
    customer = make("customers", name="杭州鑫源科技有限公司")
    http = client.as_(cast.sales)
    assert "设备" in http.get("/imports/new").text
    brought = Bringing(http).upload("devices", sheet(LABELS, ROWS))
    wanted = {str(place): field[0] for place, field in enumerate(FIELDS)}
    brought.check(wanted).run()
    assert brought.row.counts == {"created": 2, "duplicate": 1, "faulty": 1} == brought.row.trial
    assert len(brought.problems()[1][-1].splitlines()) == 3
    first, second = db.session.scalars(devices.select().order_by(devices.model.id))
    assert devices.values(first)["price"] == 128000.5 and devices.values(first)["bought"] == date(2026, 1, 5)
    assert devices.values(first)["customer"] == customer.id and devices.values(first)["insured"] is True
    assert devices.values(second)["price"] == 128000 and devices.values(second)["contact"] == "4001234567"
    assert (first.owner_id, first.entity) == (cast.sales.id, "devices")
    assert "数控机床" in http.get(f"/devices?f.brought_by.eq={brought.token}").text
    assert "数控机床" in http.get("/search?q=SN-001").text


def test_its_columns_are_found_by_their_labels(devices, client, cast):
    brought = Bringing(client.as_(cast.sales)).upload("devices", sheet(LABELS[:6], [row[:6] for row in ROWS[:2]]))
    assert list(brought.row.mapping.values()) == ["name", "serial", "price", "bought", "contact", "state"]
    assert brought.row.options["match"] == "similar"


def test_it_is_updated_by_its_unique_field_and_goes_out_again(devices, client, cast, make, bring):
    make("customers", name="杭州鑫源科技有限公司")
    bring("devices", sheet(LABELS, ROWS[:2]), mapping={str(i): field[0] for i, field in enumerate(FIELDS)})
    changed = sheet(["序列号", "采购价"], [["SN-001", 99], ["SN-009", 1]])
    brought = bring("devices", changed, mapping={"0": "serial", "1": "price"}, mode="update", match="serial")
    assert brought.row.counts == {"updated": 1, "faulty": 1}
    answer = client.as_(cast.sales).get("/exports/devices.xlsx?sort=name")
    rows = list(openpyxl.load_workbook(io.BytesIO(answer.data)).active.iter_rows(values_only=True))
    assert rows[0][:4] == ("设备名称", "序列号", "采购价", "采购日期")
    assert rows[1][:4] == ("数控机床", "SN-001", 99, datetime(2026, 1, 5))
    everything = client.as_(cast.sales).get("/exports/devices.xlsx?all=1").data
    again = bring("devices", (everything, "设备.xlsx"), mode="update", match="serial")
    assert again.row.counts == {"unchanged": 2}
    assert db.session.scalar(select(devices.model.version).limit(1)) == 2
