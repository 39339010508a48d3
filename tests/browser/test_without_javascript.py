"""Everything that matters, with scripts switched off."""

import pytest
from playwright.sync_api import expect

from .conftest import open_menu, press, toast


@pytest.fixture
def page(browse, served):
    """王芳 with a browser that runs no scripts."""
    return browse(served, "lei", java_script_enabled=False)


def test_a_day_of_work_needs_no_javascript(page, device):
    page.goto("/customers/new")
    page.get_by_label("客户名称").fill("无脚本有限公司")
    page.get_by_label("电话", exact=True).fill("13812345678")
    page.get_by_label("状态").select_option("new")
    press(page, "保存")
    expect(page.get_by_role("heading", level=1)).to_have_text("无脚本有限公司")
    expect(toast(page)).to_contain_text("客户已保存")

    page.get_by_placeholder("说了什么").fill("没有脚本也能写")
    page.locator("#composer").get_by_label("下次跟进").fill("2030-01-02T10:00")
    page.locator("#composer").get_by_role("button", name="保存").click()
    expect(page.locator(".s-timeline")).to_contain_text("没有脚本也能写")
    expect(page.locator(".s-page-meta")).to_contain_text("2030-01-02")
    customer = page.url.split("#")[0]

    page.goto(customer + "/edit")
    page.get_by_label("微信").fill("wujiaoben")
    press(page, "保存")
    expect(page.locator("#field-wechat")).to_contain_text("wujiaoben")


def test_lists_are_searched_filtered_and_arranged_by_plain_links_and_forms(page):
    page.goto("/customers/new")
    page.get_by_label("客户名称").fill("筛得到有限公司")
    page.get_by_label("状态").select_option("paused")
    press(page, "保存")
    page.goto("/customers")
    press(page, "筛选")
    page.wait_for_url("**/customers/filter**")
    page.get_by_label("添加条件").first.select_option("status")
    page.get_by_role("button", name="添加", exact=True).first.click()
    page.locator(".s-condition", has_text="状态").last.locator("summary").click()
    page.locator(".s-condition", has_text="状态").last.get_by_text("暂缓").click()
    page.get_by_role("button", name="查看结果").click()
    expect(page.locator("#rows")).to_contain_text("筛得到有限公司")
    expect(page.locator(".s-pager")).to_contain_text("共 1 条")
    page.locator(".s-filter-remove").click()
    expect(page.locator(".s-sentence")).to_have_count(0)
    page.locator("#list-q").fill("没有这个")
    page.locator("#list-q").press("Enter")
    expect(page.get_by_text("没有符合条件的记录")).to_be_visible()
    page.goto("/search?q=筛得到")
    expect(page.locator("#found")).to_contain_text("筛得到有限公司")


def test_deleting_and_signing_out_are_plain_forms(page, device):
    page.goto("/customers/new")
    page.get_by_label("客户名称").fill("无脚本也能删有限公司")
    press(page, "保存")
    expect(page.get_by_role("heading", level=1)).to_have_text("无脚本也能删有限公司")
    open_menu(page)
    press(page, "删除")
    expect(toast(page)).to_contain_text("已移入回收站")
    toast(page).get_by_role("button", name="撤销").click()
    expect(toast(page)).to_contain_text("已恢复")
    page.locator(".s-bottombar summary" if device == "phone" else ".s-sidebar summary").last.click()
    press(page, "退出登录")
    page.wait_for_url("**/sign-in")
    page.goto("/customers")
    page.wait_for_url("**/sign-in**")
