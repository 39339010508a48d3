"""The first page of all, from this very machine, to the page that says whom to call."""

import pytest
from playwright.sync_api import expect

from .conftest import Program, Served, toast
from .prepare import PASSWORD


@pytest.fixture
def fresh(tmp_path):
    """A server on a data folder that nobody has set up."""
    program = Program(tmp_path / "data")
    try:
        yield Served(program.wait_ready(), {}, {})
    finally:
        program.end()


def set_up(page, visit, start: str) -> None:
    page.goto("/")
    page.wait_for_url("**/setup")
    visit(page)
    page.get_by_label("公司名称").fill("鑫源贸易")
    page.get_by_label("你的姓名").fill("王建国")
    page.get_by_label("邮箱").fill("wang@example.cn")
    page.locator("#password").fill(PASSWORD)
    page.get_by_label("再输一次").fill(PASSWORD)
    page.get_by_text(start).click()
    # Three hundred customers take a few seconds.
    page.get_by_role("button", name="创建").click(timeout=60_000)
    page.wait_for_url("**/today", timeout=60_000)


def test_a_new_company_starts_empty_and_says_how_to_begin(browse, fresh, visit, watch):
    page = browse(fresh, None)
    set_up(page, visit, "从空白开始")
    visit(page)
    expect(page.get_by_role("heading", name="工作台")).to_be_visible()
    expect(page.get_by_role("link", name="导入 Excel")).to_be_visible()
    visit(page, "/customers")
    expect(page.get_by_text("这里还是空的")).to_be_visible()
    watch.allow("status of 404")
    assert page.goto("/setup").status == 404


def test_a_new_company_looks_around_in_example_data_and_takes_it_away(browse, fresh, visit):
    page = browse(fresh, None)
    set_up(page, visit, "带示例数据")
    visit(page)
    assert page.locator("#my-day li").count() > 5
    visit(page, "/customers")
    expect(page.get_by_text("共 300 条")).to_be_visible()
    visit(page, "/settings")
    page.locator("main summary", has_text="清除示例数据").click()
    expect(page.get_by_text("无法恢复")).to_be_visible()
    visit(page)
    page.get_by_role("button", name="清除示例数据").click(timeout=60_000)
    expect(toast(page)).to_contain_text("示例数据已清除", timeout=60_000)
    page.goto("/customers")
    expect(page.get_by_text("这里还是空的")).to_be_visible()
