"""Changing cells of a list: over the table with mouse and keys, on a phone in a sheet."""

import re

import pytest
from playwright.sync_api import expect

from .conftest import post, toast


@pytest.fixture
def page(browse, example):
    """The owner of the example company."""
    return browse(example, "owner")


def cell(page, key: str, row: int = 1):
    return page.locator("#rows tr[data-href]").nth(row).locator(f"td[data-field={key}]")


def first_two(page) -> tuple[str, str]:
    """Two levels that the customer of the row has not now."""
    now = cell(page, "level").inner_text().strip()
    return tuple([name for name in ("A 级", "B 级", "C 级") if name != now][:2])


@pytest.mark.at("desk")
def test_cells_are_changed_over_the_table_with_mouse_and_keys(page, visit, watch):
    page.goto("/customers?columns=name,level,source,phone,owner&sort=name")
    editor, level, title = page.locator(".s-cell"), cell(page, "level"), cell(page, "name")
    wanted, _other = first_two(page)
    level.dblclick()
    visit(page)
    editor.get_by_text(wanted, exact=True).click()
    expect(level).to_contain_text(wanted)
    expect(toast(page)).to_contain_text("客户级别已保存")
    expect(level).to_be_focused()
    # The arrows walk; Escape leaves everything as it was and the focus where it was.
    page.keyboard.press("ArrowRight")
    source = cell(page, "source")
    expect(source).to_be_focused()
    before = source.inner_text()
    page.keyboard.press("Enter")
    expect(editor).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Escape")
    expect(editor).to_have_count(0)
    expect(source).to_be_focused()
    assert source.inner_text() == before
    # What cannot be saved stays in the cell, and so does what cannot be sent.
    name = title.inner_text()
    title.locator("a").focus()
    page.keyboard.press("F2")
    editor.locator("input[name=name]").fill("")
    page.keyboard.press("Enter")
    expect(editor.locator(".s-note-error")).to_contain_text("客户名称")
    visit(page)
    watch.allow("ERR_INTERNET_DISCONNECTED")
    page.context.set_offline(True)
    editor.locator("input[name=name]").fill("新名字有限公司")
    page.keyboard.press("Enter")
    expect(editor.locator(".s-note-error")).to_contain_text("网络断了")
    expect(editor.locator("input[name=name]")).to_have_value("新名字有限公司")
    page.context.set_offline(False)
    page.keyboard.press("Tab")
    expect(title).to_contain_text("新名字有限公司")
    expect(editor.locator("input[name=level]").first).to_be_attached()
    page.keyboard.press("Escape")
    page.keyboard.press("Control+z")
    expect(title).to_have_text(name)


@pytest.mark.at("desk")
def test_two_values_of_one_cell_are_shown_and_one_is_chosen(page, visit):
    page.goto("/customers?columns=name,level,owner&sort=-name")
    editor, level = page.locator(".s-cell"), cell(page, "level")
    row = page.locator("#rows tr[data-href]").nth(1)
    mine, theirs = first_two(page)
    version = row.get_attribute("data-version")
    post(page, f"{row.get_attribute('data-href')}/cells/level", level=theirs[0], version=version)
    level.dblclick()
    editor.get_by_text(mine, exact=True).click()
    clash = editor.locator(".s-cell-conflict")
    expect(clash).to_contain_text(mine)
    expect(clash).to_contain_text(theirs)
    visit(page)
    clash.get_by_role("button", name="采用对方的").click()
    expect(level).to_contain_text(theirs)
    expect(editor).to_have_count(0)
    # One click opens the record, as on every other place of the row.
    level.click()
    page.wait_for_url(re.compile(r"/customers/\d+$"))


@pytest.mark.at("phone")
def test_a_card_is_changed_in_a_sheet(page, visit):
    page.goto("/customers?sort=name")
    sheet, level, status = page.locator("#cell-sheet"), cell(page, "level"), cell(page, "status")
    wanted, _other = first_two(page)
    before = level.inner_text().strip()
    page.locator(".s-cell-more").nth(1).tap()
    visit(page)
    sheet.locator(".s-cell-line", has_text="客户级别").tap()
    visit(page)
    sheet.get_by_text(wanted, exact=True).tap()
    expect(sheet).to_be_hidden()
    expect(level).to_contain_text(wanted)
    toast(page).get_by_role("button", name="撤销").tap()
    expect(level).to_have_text(before)
    status.tap()
    sheet.get_by_text("暂缓", exact=True).tap()
    expect(status).to_contain_text("暂缓")
    # The title opens the record, as before.
    cell(page, "name").locator("a").tap()
    page.wait_for_url(re.compile(r"/customers/\d+$"))
