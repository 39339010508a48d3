"""The box that finds and does things: by keyboard at a desk, with the thumb on a phone."""

import re

import pytest
from playwright.sync_api import expect


@pytest.fixture
def page(browse, example):
    """The owner of the example company."""
    return browse(example, "owner")


def soon(box, text):
    """Type, and wait for what belongs to it."""
    box.fill(text)
    expect(box).to_have_value(text)


@pytest.mark.at("desk")
def test_the_box_is_walked_by_keyboard_and_runs_commands(page, visit):
    page.goto("/customers/1")
    name = page.locator("h1").first.inner_text().strip()
    page.goto("/customers")
    page.keyboard.press("Control+k")
    dialog, box = page.locator("#palette"), page.locator("#palette input[name=q]")
    expect(box).to_be_focused()
    # Before anything is typed: what was opened last, and what can be done.
    expect(dialog.get_by_role("option").first).to_contain_text(name)
    visit(page)
    soon(box, "xinjiankehu")
    expect(dialog.locator("mark").first).to_have_text("新建客户")
    soon(box, name[:4])
    options = dialog.get_by_role("option")
    expect(options.first).to_contain_text(name[:4])
    expect(options.first).to_have_attribute("aria-selected", "true")
    visit(page)
    soon(box, "公司")
    expect(dialog.locator("mark").first).to_have_text("公司")
    page.keyboard.press("ArrowDown")
    expect(options.first).to_have_attribute("aria-selected", "false")
    expect(box).to_have_attribute("aria-activedescendant", "palette-hit-1")
    page.keyboard.press("ArrowUp")
    expect(box).to_have_attribute("aria-activedescendant", "palette-hit-0")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/customers/\d+$"))
    page.keyboard.press("/")
    soon(box, "这个名字没有人叫")
    expect(dialog.locator(".s-palette-nothing")).to_contain_text("没有找到")
    visit(page)
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    page.keyboard.press("/")
    soon(box, "shense")
    expect(dialog.locator("mark")).to_have_text("深色")
    page.keyboard.press("Enter")
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")
    page.wait_for_url(re.compile(r"/customers/\d+$"))
    page.keyboard.press("Control+k")
    soon(box, "外观跟随")
    expect(dialog.locator("mark")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(page.locator("html")).to_have_attribute("data-theme", "auto")


@pytest.mark.at("phone")
def test_the_magnifier_opens_it_over_the_whole_screen(page, visit):
    page.goto("/customers")
    phone = re.sub(r"\D", "", page.locator("#rows a[href^='tel:']").first.inner_text())
    page.get_by_role("link", name="搜索", exact=True).tap()
    dialog = page.locator("#palette")
    expect(dialog.get_by_role("option").first).to_be_visible()
    assert dialog.bounding_box() == {"x": 0, "y": 0, "width": 390, "height": 844}
    visit(page)
    soon(dialog.locator("input[name=q]"), phone[-4:])
    hit = dialog.get_by_role("option").first
    expect(hit.locator("mark")).to_have_text(phone[-4:])
    assert hit.bounding_box()["height"] >= 44
    visit(page)
    dialog.get_by_role("button", name="取消").tap()
    expect(dialog).to_be_hidden()
    page.get_by_role("link", name="搜索", exact=True).tap()
    soon(dialog.locator("input[name=q]"), phone)
    expect(hit.locator("mark")).to_have_text(re.compile("-?".join(phone)))
    hit.tap()
    page.wait_for_url(re.compile(r"/customers/\d+$"))
