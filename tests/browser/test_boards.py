"""Boards, months and groups before a real browser: dragged with the mouse, moved by keyboard, moved by thumb."""

import pytest
from playwright.sync_api import expect

from browser.conftest import post, toast

BOARD = "/customers?view=all&kind=kanban&by=level"


def customer(page, name, **values) -> str:
    return post(page, "/customers", name=name, anyway="1", **values).split("?")[0]


def column(page, value):
    return page.locator(f'[data-place="{value}"]')


def card(page, name):
    return page.locator("[data-id]").filter(has_text=name)


def ready(page):
    """Wait until cards can be dragged: the library comes after the page."""
    page.wait_for_function("() => window.Sortable && Sortable.get(document.querySelector('[data-place]'))")


def drag(page, item, place):
    start, end = item.bounding_box(), place.bounding_box()
    page.mouse.move(start["x"] + 40, start["y"] + 12)
    page.mouse.down()
    page.mouse.move(start["x"] + 60, start["y"] + 24, steps=4)
    page.mouse.move(end["x"] + end["width"] / 2, end["y"] + 40, steps=8)
    page.mouse.up()


@pytest.mark.at("desk")
def test_a_card_is_dragged_to_another_column_and_back(page, visit):
    customer(page, "拖动公司", level="A")
    visit(page, BOARD)
    ready(page)
    drag(page, card(page, "拖动公司"), column(page, "B"))
    expect(toast(page)).to_contain_text("拖动公司")
    expect(column(page, "B")).to_contain_text("拖动公司")
    expect(page.locator(".s-board-column").filter(has_text="拖动公司").locator(".s-count")).to_have_text("1")
    toast(page).get_by_text("撤销").click()
    expect(column(page, "A")).to_contain_text("拖动公司")
    page.reload()
    expect(column(page, "A")).to_contain_text("拖动公司")


@pytest.mark.at("desk")
def test_a_card_is_moved_by_keyboard_and_goes_back_when_it_is_refused(page):
    customer(page, "键盘公司", level="A")
    page.goto(BOARD)
    ready(page)
    card(page, "键盘公司").locator(".s-card-title").focus()
    page.keyboard.press("Alt+ArrowRight")
    expect(toast(page)).to_contain_text("B 级")
    expect(card(page, "键盘公司").locator(".s-card-title")).to_be_focused()
    page.goto("/customers?view=all&kind=kanban&by=owner")
    ready(page)
    card(page, "键盘公司").get_by_label("移到…").click()
    page.locator('#place-form button[value="~"]').click()
    expect(toast(page)).to_contain_text("公海")
    expect(column(page, "~")).not_to_contain_text("键盘公司")


@pytest.mark.at("desk")
def test_an_entry_is_dragged_to_another_day(page, visit):
    customer(page, "日历公司", next_follow_up_at="2026-11-11T16:45")
    visit(page, "/customers?view=all&kind=calendar&on=next_follow_up_at&month=2026-11")
    ready(page)
    drag(page, card(page, "日历公司"), column(page, "2026-11-13"))
    expect(toast(page)).to_contain_text("2026-11-13 16:45")
    expect(column(page, "2026-11-13")).to_contain_text("16:45")


@pytest.mark.at("desk")
def test_groups_fold(page, visit):
    customer(page, "分组公司", level="C")
    visit(page, "/customers?view=all&by=level")
    heading = page.locator(".s-group-head").filter(has_text="C 级")
    expect(heading.locator(".s-count")).to_have_text("1")
    row = page.locator("tr").filter(has_text="分组公司")
    heading.get_by_role("button").click()
    expect(row).to_be_hidden()
    heading.get_by_role("button").click()
    expect(row).to_be_visible()


@pytest.mark.at("phone")
def test_on_a_phone_a_button_moves_the_card(page, visit):
    customer(page, "手机公司", level="A")
    visit(page, BOARD)
    card(page, "手机公司").get_by_label("移到…").tap()
    page.locator('#place-form button[value="B"]').tap()
    expect(toast(page)).to_contain_text("B 级")
    expect(column(page, "B")).to_contain_text("手机公司")
    visit(page, "/customers?view=all&kind=calendar&on=created_at")
    expect(page.locator(".s-cal-entry").filter(has_text="手机公司")).to_be_visible()
    visit(page, "/customers?view=all&by=level")
    expect(page.locator(".s-group-head").filter(has_text="B 级")).to_be_visible()
