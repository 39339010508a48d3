"""Looking at the firm in numbers, and going from a number to the customers it counts."""

import re

import pytest
from playwright.sync_api import expect


@pytest.fixture
def page(browse, example):
    """The owner of the example company."""
    return browse(example, "owner")


def number(text: str) -> int:
    return int(re.sub(r"\D", "", text))


def ready(page) -> None:
    """Wait until the charts that come by themselves are there."""
    page.wait_for_load_state()
    expect(page.locator(".s-report[aria-busy]")).to_have_count(0)


def test_the_page_is_sound_and_every_chart_is_drawn(page, visit):
    page.goto("/reports?period=this_year")
    ready(page)
    visit(page)
    expect(page.locator(".s-report")).to_have_count(10)
    assert page.locator(".s-report:not(:has(rect))").count() == 0
    page.goto("/reports?period=this_year&as=table")
    ready(page)
    visit(page)


def test_a_bar_opens_the_list_of_as_many(page, visit, device):
    if device == "phone":
        page.goto("/today")
        page.locator(".s-bottombar summary", has_text="更多").click()
        page.locator(".s-bottombar .s-menu-list").get_by_role("link", name="报表").click()
    else:
        page.goto("/today")
        page.locator(".s-nav").get_by_role("link", name="报表").click()
    page.wait_for_url("**/reports")
    page.get_by_role("link", name="今年").click()
    ready(page)
    bar = page.locator("#chart-stages a.s-bar-row", has_text="已成交")
    wanted = number(bar.locator(".s-bar-value").inner_text())
    bar.click()
    expect(page.locator(".s-filters")).to_contain_text("已成交")
    expect(page.locator(".s-pager")).to_contain_text(f"共 {wanted} 条")
    visit(page)


def test_a_piece_of_a_stacked_bar_is_a_link_too(page, device):
    page.goto("/reports/follow-ups?period=this_year")
    row = page.locator(".s-bars > li").first
    if device == "phone":
        piece = row.locator(".s-pieces a").first
        wanted = number(piece.locator("b").inner_text())
        piece.click()
    else:
        piece = row.locator("svg a").first
        wanted = number(piece.get_attribute("aria-label").split("：")[-1])
        piece.focus()
        page.keyboard.press("Enter")
    expect(page.locator(".s-pager")).to_contain_text(f"共 {wanted} 条")


def test_a_chart_becomes_a_table_in_place_and_a_file(page, visit):
    page.goto("/reports?period=this_year")
    ready(page)
    chart = page.locator("#chart-sources")
    chart.get_by_role("link", name="表格").click()
    expect(chart.locator("table tbody tr").first).to_be_visible()
    expect(page.locator("#chart-stages rect").first).to_be_visible()
    visit(page)
    cell = chart.locator("tbody td a").first
    wanted = number(cell.inner_text())
    with page.expect_download() as download:
        chart.get_by_role("link", name="下载 Excel").click()
    assert download.value.suggested_filename.startswith("新客户来源")
    cell.click()
    expect(page.locator(".s-pager")).to_contain_text(f"共 {wanted} 条")


def test_the_days_are_chosen_and_stay_chosen(page, visit):
    page.goto("/reports")
    page.locator("summary", has_text="自定义").click()
    page.locator("#days-from").fill("2024-01-01")
    page.locator("#days-to").fill("2024-01-02")
    visit(page)
    page.locator(".s-span-form").get_by_role("button").click()
    page.wait_for_url("**period=custom**")
    expect(page.locator("#chart-sources")).to_contain_text("这段时间还没有数据")
    ready(page)
    visit(page)
    page.locator("#chart-sources").get_by_role("link", name="看今年的").click()
    page.wait_for_url("**period=this_year**")
    expect(page.locator("#chart-sources rect").first).to_be_visible()


def test_any_list_is_summarised(page, visit, device):
    page.goto("/customers?f.status.in=won")
    page.locator("main summary[aria-label='更多']").locator("visible=true").first.click()
    page.get_by_role("link", name="统计", exact=True).click()
    page.wait_for_url("**/reports/of/customers**")
    visit(page)
    expect(page.locator(".s-filters")).to_contain_text("已成交")
    page.get_by_label("按什么分组").select_option("owner")
    page.wait_for_url("**group=owner**")
    page.get_by_label("再按").select_option("level")
    expect(page.locator("#chart-summary h2")).to_contain_text("负责人和")
    visit(page)
    link = page.locator("#chart-summary .s-bar-value a").first
    wanted = number(link.inner_text())
    link.click()
    expect(page.locator(".s-pager")).to_contain_text(f"共 {wanted} 条")


def test_reports_work_without_javascript(browse, example):
    page = browse(example, "owner", java_script_enabled=False)
    page.goto("/reports?whole=1&period=this_year")
    assert page.locator(".s-report rect").count() > 20
    page.locator("#chart-sources").get_by_role("link", name="表格").click()
    assert page.locator("table tbody tr").count() > 5
    page.get_by_role("link", name="今年").click()
    assert "/reports/sources" in page.url
