"""Finding things among three hundred customers: search, filters, columns, sorting, pages, keys."""

import re

import pytest
from playwright.sync_api import expect


@pytest.fixture
def page(browse, example):
    """The owner of the example company."""
    return browse(example, "owner")


def names(page) -> list[str]:
    return page.locator("#rows .s-title").all_inner_texts()


def test_every_page_of_a_working_company_is_sound(page, visit):
    for path in ("/today", "/today?scope=team", "/customers", "/contacts", "/follow_ups", "/tasks", "/customers/1"):
        visit(page, path)
    for path in ("/contacts/new", "/follow_ups/new", "/tasks/new", "/customers/1/edit", "/customers/1/history"):
        visit(page, path)
    for path in ("/search", "/notifications", "/recycle-bin", "/phrases", "/profile", "/profile/password"):
        visit(page, path)


def test_two_characters_or_four_digits_find_a_customer(page, visit, device):
    page.goto("/customers")
    name, phone = names(page)[0], page.locator("#rows a[href^='tel:']").first.inner_text()
    page.keyboard.press("/")
    box = page.locator("#search-q" if device == "phone" else "[data-search]")
    expect(box).to_be_focused()
    box.fill(name[2:4])
    box.press("Enter")
    found = page.locator("#found")
    expect(found).to_contain_text(name)
    visit(page)
    page.goto("/search?q=" + re.sub(r"\D", "", phone)[-4:])
    expect(found).to_contain_text(name)
    page.locator("#search-q").fill("这个名字没有人叫")
    expect(found).to_contain_text("没有找到")
    visit(page)
    page.goto("/customers")
    page.locator("#list-q").fill(name[2:4])
    expect(page.locator(".s-pager")).not_to_contain_text("300")
    assert all(name[2:4] in one for one in names(page)) or name in names(page)


def test_what_was_searched_for_stays_when_a_filter_is_added(page):
    page.goto("/customers")
    page.locator("#list-q").fill("公司")
    expect(page).to_have_url(re.compile("q="))
    page.get_by_role("link", name="筛选").click()
    page.locator("#filter-form details summary").first.click()
    page.locator("#filter-form").get_by_text("新客户", exact=True).click()
    page.get_by_role("button", name="查看结果").click()
    expect(page).to_have_url(re.compile("f.status.in=new"))
    expect(page.locator("#list-q")).to_have_value("公司")


def test_a_filter_is_chosen_in_a_dialog_and_taken_away_again(page, visit):
    page.goto("/customers")
    page.get_by_role("link", name="筛选").click()
    dialog = page.locator("dialog#filter")
    expect(dialog).to_be_visible()
    expect(dialog.get_by_role("button", name="查看结果")).to_be_visible()
    visit(page)
    group = dialog.locator("#filter-status")
    if group.locator("summary").count():
        group.locator("summary").click()
    group.get_by_text("已成交").click()
    dialog.get_by_role("button", name="查看结果").click()
    expect(page.locator(".s-filters")).to_contain_text("已成交")
    assert set(page.locator("#rows .s-status", has_text=re.compile("新客户|已成交|跟进中")).all_inner_texts()) == {
        "已成交"
    }
    visit(page)
    page.locator(".s-filter-remove").click()
    expect(page.locator(".s-pager")).to_contain_text("共 300 条")


def test_columns_are_chosen_and_put_back(page, visit):
    page.goto("/customers")
    page.get_by_role("link", name="显示列").click()
    dialog = page.locator("dialog#columns")
    dialog.get_by_label("税号").check()
    visit(page)
    dialog.get_by_role("button", name="保存").click()
    expect(page.locator("thead th", has_text="税号")).to_have_count(1)
    visit(page)
    page.get_by_role("link", name="显示列").click()
    page.locator("dialog#columns").get_by_role("button", name="恢复默认").click()
    expect(page.locator("thead th", has_text="税号")).to_have_count(0)


def test_a_list_is_sorted_and_paged(page, device):
    page.goto("/customers?sort=name")
    first = names(page)
    assert len(first) == 50
    page.get_by_role("link", name="下一页").click()
    page.wait_for_url("**after=**")
    second = names(page)
    assert not set(first) & set(second)
    page.get_by_role("link", name="第一页").click()
    expect(page.locator("#rows .s-title").first).to_have_text(first[0])
    if device == "desk":
        page.locator("thead").get_by_role("link", name="客户名称").click()
        page.wait_for_url("**sort=-name**")
        assert names(page)[0] != first[0]


def test_keys_search_make_help_and_close(page, visit):
    page.goto("/customers")
    page.keyboard.press("?")
    help = page.locator("#keys-dialog")
    expect(help).to_be_visible()
    visit(page)
    page.keyboard.press("Escape")
    expect(help).to_be_hidden()
    page.keyboard.press("n")
    page.wait_for_url("**/customers/new")
    expect(page.get_by_label("客户名称")).to_be_focused()
    # A letter typed into a field is a letter.
    page.keyboard.type("n/?")
    expect(page.get_by_label("客户名称")).to_have_value("n/?")


def test_menus_close_with_escape_and_give_the_focus_back(page):
    page.goto("/customers/1")
    summary = page.locator("main summary[aria-label='更多']").locator("visible=true").first
    summary.click()
    page.keyboard.press("Escape")
    expect(page.locator("main details.s-menu[open]")).to_have_count(0)
    expect(summary).to_be_focused()


def test_english_and_dark_are_chosen_in_the_profile(page, visit):
    page.goto("/profile")
    page.get_by_label("语言").select_option("en")
    page.get_by_text("深色").click()
    page.get_by_role("button", name="保存").first.click()
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    for path in ("/today", "/customers", "/customers/1", "/customers/new"):
        visit(page, path)
        seen = page.locator("main").inner_text()
        assert "跟进" not in re.sub(r"[^\n]*[一-鿿]{6,}[^\n]*", "", seen) or path == "/customers/1"
    page.goto("/profile")
    page.get_by_label("Language").select_option("zh_CN")
    page.get_by_text("As the device").click()
    page.get_by_role("button", name="Save").first.click()
    expect(page.locator("html")).to_have_attribute("lang", re.compile("^zh"))
