"""A real file comes in and a list goes out."""

import csv
import re

import openpyxl
import pytest
from playwright.sync_api import expect

from .conftest import press


@pytest.fixture
def owner(browse, served):
    return browse(served, "owner")


def bring_in(page, visit, path) -> None:
    """Upload, look at the columns, try, import."""
    visit(page, "/imports/new?entity=customers")
    page.locator("#file").set_input_files(path)
    page.get_by_role("button", name="上传").click()
    expect(page.locator("#columns-page")).to_be_visible()
    visit(page)
    press(page, "试导入")
    start = page.get_by_role("button", name=re.compile(r"^导入 [\d,]+ 行"))
    expect(start).to_be_visible(timeout=60_000)
    visit(page)
    start.click()
    expect(page.get_by_role("link", name="查看导入的数据")).to_be_visible(timeout=60_000)
    visit(page)


@pytest.mark.at("desk")
def test_the_company_list_with_39_columns_comes_in_and_goes_out_again(owner, visit, shared, tmp_path):
    path = shared / "data/1-companies/tpex_上櫃公司.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    bring_in(owner, visit, path)
    tiles = {
        tile.split("\n")[0]: tile.split("\n")[-1] for tile in owner.locator(".s-outcomes .s-tile").all_inner_texts()
    }
    added = int(tiles["新增"].replace(",", ""))
    assert added > 700
    press(owner, "查看导入的数据")
    owner.wait_for_url("**/customers**")
    visit(owner)
    owner.goto("/customers?q=安心食品")
    expect(owner.locator("#rows")).to_contain_text("安心食品服務股份有限公司")

    owner.goto("/customers")
    owner.locator("main summary[aria-label='更多']").locator("visible=true").first.click()
    visit(owner)
    with owner.expect_download() as coming:
        press(owner, "导出全部字段")
    target = tmp_path / "customers.xlsx"
    coming.value.save_as(target)
    sheet = openpyxl.load_workbook(target).active
    labels = [cell.value for cell in sheet[1]]
    known = {row[labels.index("客户名称")].value: row for row in sheet.iter_rows(min_row=2)}
    assert len(known) == added
    one = known["安心食品服務股份有限公司"]
    phone = one[labels.index("电话")]
    assert phone.data_type == "s" and "25675001" in re.sub(r"\D", "", phone.value)
    assert one[labels.index("税号")].value == "23928945"
    assert not [cell for row in known.values() for cell in row if cell.data_type == "f"]
    sent = {row["公司名稱"].strip() for row in rows}
    assert set(known) <= sent


@pytest.mark.at("desk")
def test_a_file_with_formulas_comes_back_as_text(owner, visit, tmp_path):
    bad = '=HYPERLINK("http://evil.example","点我")'
    path = tmp_path / "公式.csv"
    path.write_text(
        f"客户名称,电话,备注\n\"{bad.replace(chr(34), chr(34) * 2)}\",13911110000,+cmd|' /C calc'!A0\n",
        encoding="utf-8",
    )
    bring_in(owner, visit, path)
    with owner.expect_download() as coming:
        owner.goto("/customers")
        owner.locator("main summary[aria-label='更多']").locator("visible=true").first.click()
        press(owner, "导出全部字段")
    target = tmp_path / "out.xlsx"
    coming.value.save_as(target)
    sheet = openpyxl.load_workbook(target).active
    cells = [cell for row in sheet.iter_rows(min_row=2) for cell in row if cell.value is not None]
    assert any(str(cell.value).endswith(bad) for cell in cells)
    assert not [cell for cell in cells if cell.data_type == "f"]
    visit(owner, "/imports")
    visit(owner, "/exports")
