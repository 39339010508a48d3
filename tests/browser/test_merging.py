"""Two records of one company become one on a phone, and two again."""

from datetime import datetime

import pytest
from playwright.sync_api import expect

from .conftest import open_menu, post, press, toast


@pytest.mark.at("phone")
def test_duplicates_are_found_compared_merged_and_taken_apart_again(page, visit):
    mark = f"{datetime.now():%H%M%S%f}"
    one = post(page, "/customers", name=f"杭州测合{mark}有限公司", phone="0571-88001234", anyway="1").split("#")[0]
    two = post(page, "/customers", name=f"杭州市测合{mark}有限公司", level="A", notes="要包装盒", anyway="1").split(
        "#"
    )[0]
    post(page, "/contacts", name="张伟", customer=two.rsplit("/", 1)[1])

    page.goto(one)
    open_menu(page)
    press(page, "合并…")
    expect(page.locator("h1")).to_contain_text("合并")
    visit(page)
    press(page, "对比")
    expect(page.get_by_text("联系人 1 条")).to_be_visible()
    visit(page)
    page.get_by_role("radiogroup", name="电话").get_by_text("（空）").click()
    page.get_by_role("radiogroup", name="客户名称").get_by_text(f"杭州市测合{mark}有限公司").click()
    page.get_by_role("button", name="合并这 2 条").click()

    expect(toast(page)).to_contain_text("已把 1 条记录合并到")
    expect(page.locator("h1")).to_contain_text(f"杭州市测合{mark}有限公司")
    visit(page)
    page.goto(two)
    expect(page).to_have_url(f"{one}")
    expect(toast(page)).to_contain_text("该记录已合并到")
    open_menu(page)
    press(page, "撤销上次合并")
    expect(toast(page)).to_contain_text("已撤销合并")
    page.goto(two)
    expect(page.locator("h1")).to_contain_text(f"杭州市测合{mark}有限公司")
