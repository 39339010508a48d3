"""Import and export in the terminal: the same engine, the same rights."""

import json

import openpyxl
import pytest

from smallcrm.core.console import CannotStart
from smallcrm.core.db import db
from smallcrm.entities import find
from smallcrm.transfer import commands

COMPANIES = "公司名称,电话,级别\n杭州鑫源科技有限公司,13800138000,A\n另一家公司,1391111222,B\n"


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "名单.csv"
    path.write_text(COMPANIES, encoding="gb18030")
    return path


def count():
    db.session.rollback()
    return len(db.session.scalars(find("customers").select()).all())


def test_a_trial_writes_nothing_and_says_where_the_rows_are(app, cast, file):
    result = commands.import_file("客户", file, "sales@example.cn", "create", None, only_trial=True)
    assert count() == 0
    problems = file.with_name("名单-problems.xlsx")
    assert result == {
        "rows": 2,
        "new": 1,
        "updated": 0,
        "unchanged": 0,
        "duplicate": 0,
        "faulty": 1,
        "problems": str(problems),
    }
    assert openpyxl.load_workbook(problems).active.max_row == 2
    assert json.loads(commands.as_text(result, True)) == result
    assert str(problems) in commands.as_text(result, False)


def test_modes_and_match_fields(app, cast, file):
    assert commands.import_file("customers", file, "SALES@example.cn", "create", None, only_trial=False)["new"] == 1
    again = commands.import_file("customers", file, "sales@example.cn", "upsert", "客户名称", only_trial=False)
    assert (again["unchanged"], again["faulty"], count()) == (1, 1, 1)
    file.write_text(COMPANIES.replace(",1391111222,", ",13911112222,"), encoding="utf-8")
    assert (
        commands.import_file("customers", file, "sales@example.cn", "update", "name", only_trial=False)["faulty"] == 1
    )
    assert commands.import_file("customers", file, "sales@example.cn", "upsert", "phone", only_trial=False)["new"] == 1


@pytest.mark.parametrize(
    "entity, email, match",
    [
        ("nothing", "sales@example.cn", None),
        ("customers", "nobody@example.cn", None),
        ("customers", "disabled@example.cn", None),
        ("customers", "readonly@example.cn", None),
        ("customers", "sales@example.cn", "nothing"),
        ("customers", "sales@example.cn", "级别"),
    ],
)
def test_what_cannot_be_is_one_sentence(app, cast, file, entity, email, match):
    with pytest.raises(CannotStart):
        commands.import_file(entity, file, email, "create", match, only_trial=False)
    assert count() == 0


def test_an_export_has_the_rights_of_the_person(app, cast, make, tmp_path):
    make("customers", name="自己的客户")
    make("customers", by=cast.stranger, name="别人的客户")
    path = tmp_path / "out.xlsx"
    assert commands.export_file("customers", path, "sales@example.cn") == 1
    assert openpyxl.load_workbook(path).active.max_row == 2
    assert commands.export_file("customers", tmp_path / "all.csv", "admin@example.cn") == 2
    for email, name in (("readonly@example.cn", "a.csv"), ("sales@example.cn", "a.pdf")):
        with pytest.raises(CannotStart):
            commands.export_file("customers", tmp_path / name, email)
