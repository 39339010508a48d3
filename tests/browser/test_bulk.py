"""Ticking rows, doing one thing to all of them, taking it back: with mouse and keys, and with the thumb."""

import re

import pytest
from playwright.sync_api import expect

from .conftest import toast

HOLD = """(row) => row.dispatchEvent(new TouchEvent("touchstart", {bubbles: true, cancelable: true, touches: [
  new Touch({identifier: 1, target: row, clientX: 60, clientY: 300})]}))"""
LIFT = (
    """(row) => { row.dispatchEvent(new TouchEvent("touchend", {bubbles: true})); row.querySelector("td").click(); }"""
)


@pytest.fixture
def page(browse, example):
    """The owner of the example company."""
    return browse(example, "owner")


def boxes(page):
    return page.locator("#rows .s-pick input")


def picked(page):
    return page.locator("#rows .s-pick input:checked")


def levels(page, count):
    return page.locator("#rows td[data-field=level]").all_inner_texts()[:count]


@pytest.mark.at("desk")
def test_rows_are_ticked_with_mouse_and_keys_changed_and_changed_back(page, visit):
    page.goto("/customers?sort=name")
    before = levels(page, 4)
    bar = page.locator("#selection")
    expect(bar).to_be_hidden()
    page.locator("#rows tr").first.hover()
    boxes(page).nth(0).click()
    boxes(page).nth(2).click(modifiers=["Shift"])
    expect(bar).to_contain_text("已选 3 条")
    page.locator("#rows tr").nth(3).locator(".s-title a").focus()
    page.keyboard.press("x")
    expect(bar).to_contain_text("已选 4 条")
    visit(page)
    # Escape takes back one thing at a time: the menu first, then what is ticked.
    bar.locator("details.s-menu > summary").click()
    expect(bar.locator(".s-menu-list")).to_be_visible()
    page.keyboard.press("Escape")
    expect(bar.locator(".s-menu-list")).to_be_hidden()
    expect(bar).to_contain_text("已选 4 条")
    page.keyboard.press("Escape")
    expect(bar).to_be_hidden()
    page.get_by_label("选中本页").check()
    expect(picked(page)).to_have_count(50)
    bar.get_by_text("选中全部 300 条结果").click()
    expect(bar).to_contain_text("已选 300 条")
    boxes(page).nth(9).click()
    expect(bar).to_contain_text("已选 49 条")
    page.keyboard.press("Escape")
    for number in range(4):
        boxes(page).nth(number).check()
    bar.get_by_role("button", name="修改").click()
    dialog = page.locator("dialog#bulk")
    expect(dialog.locator("h2").first).to_have_text("修改 4 条客户")
    dialog.get_by_label("要改的字段").select_option(label="客户级别")
    dialog.get_by_label("要改的字段").select_option(label="备注")
    dialog.locator("[data-field=notes] [data-drop-field]").click()
    dialog.get_by_label("客户级别", exact=True).select_option(label="D 级")
    visit(page)
    dialog.get_by_role("button", name="修改 4 条客户").click()
    expect(toast(page)).to_contain_text("已修改 4 条客户")
    assert levels(page, 4) == ["D 级"] * 4
    toast(page).get_by_role("button", name="撤销").click()
    expect(toast(page)).to_contain_text("已撤销 4 条")
    page.goto("/customers?sort=name")
    assert levels(page, 4) == before


@pytest.mark.at("phone")
def test_a_long_press_begins_and_all_of_the_list_is_done_in_the_background(page, visit):
    page.goto(
        "/customers?f.status.in=new&f.status.in=following&f.status.in=interested&f.status.in=won&f.status.in=lost"
    )
    row = page.locator("#rows tr").first
    row.evaluate(HOLD)
    expect(page.locator("#selection")).to_contain_text("已选 1 条")
    row.evaluate(LIFT)
    expect(picked(page)).to_have_count(1)
    page.locator("#rows tr").nth(1).tap()
    expect(page.locator("#selection")).to_contain_text("已选 2 条")
    visit(page)
    for box in boxes(page).all()[2:]:
        box.evaluate("(box) => box.click()")
    page.locator("#selection").get_by_text("选中全部").click()
    page.locator("#selection").get_by_role("button", name="标签").click()
    dialog = page.locator("dialog#bulk")
    dialog.locator(".s-tags input").fill("年终拜访")
    dialog.locator(".s-tags input").press("Enter")
    expect(dialog).to_contain_text("将在后台进行")
    visit(page)
    dialog.locator("button[type=submit]", has_text="改标签").click()
    page.wait_for_url("**/bulk/*")
    expect(page.locator(".s-bulk-result")).to_contain_text("已给", timeout=30_000)
    visit(page)
    page.get_by_role("button", name="全部撤销").click()
    expect(page.locator(".s-bulk-result")).to_have_text(re.compile("已撤销 2.. 条"), timeout=30_000)
    visit(page, "/bulk")
    expect(page.locator("tbody tr").first).to_contain_text("已撤销")
