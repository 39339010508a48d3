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
    box = page.locator("#palette input")
    expect(box).to_be_focused()
    box.fill(name[2:4])
    expect(page.locator("#palette-found")).to_contain_text(name)
    page.goto("/search?q=" + name[2:4])
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


def condition(page, name):
    """The line of one condition in the dialog of filters."""
    named = page.locator(".s-condition-field", has_text=re.compile(f"^{name}$"))
    return page.locator("dialog#filter .s-condition", has=named)


def test_what_was_searched_for_stays_when_a_filter_is_added(page):
    page.goto("/customers")
    page.locator("#list-q").fill("公司")
    expect(page).to_have_url(re.compile("q="))
    page.get_by_role("link", name="筛选").click()
    condition(page, "状态").locator("summary").click()
    condition(page, "状态").get_by_text("新客户", exact=True).click()
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
    condition(page, "状态").locator("summary").click()
    condition(page, "状态").get_by_text("已成交").click()
    dialog.get_by_role("button", name="查看结果").click()
    expect(page.locator(".s-sentence")).to_contain_text("状态是 已成交")
    assert set(page.locator("#rows .s-status", has_text=re.compile("新客户|已成交|跟进中")).all_inner_texts()) == {
        "已成交"
    }
    visit(page)
    page.locator(".s-filter-remove").click()
    expect(page.locator(".s-pager")).to_contain_text("共 300 条")


@pytest.mark.at("phone")
def test_conditions_are_added_joined_and_grouped(page, visit):
    page.goto("/customers")
    page.get_by_role("link", name="筛选").click()
    dialog = page.locator("dialog#filter")
    dialog.get_by_label("条件之间的关系").select_option("any")
    condition(page, "客户级别").locator("summary").click()
    condition(page, "客户级别").get_by_text("A 级").click()
    dialog.get_by_role("button", name="添加条件组").click()
    group = dialog.locator(".s-condition-group")
    expect(group.locator("legend").first).to_contain_text("符合以下全部条件")
    group.get_by_label("添加条件").select_option("next_follow_up_at")
    due = group.locator(".s-condition", has_text="下次跟进")
    due.get_by_label("“下次跟进”的条件").select_option("lt")
    due.get_by_label("下次跟进", exact=True).select_option("ago")
    due.get_by_label("数量").fill("3")
    group.get_by_label("添加条件").select_option("last_follow_up_at")
    said = group.locator(".s-condition", has_text="最后跟进")
    said.get_by_label("“最后跟进”的条件").select_option("filled")
    expect(said.locator(".s-condition-value > *")).to_have_count(0)
    visit(page)
    dialog.get_by_role("button", name="查看结果").click()
    sentence = page.locator(".s-sentence")
    expect(sentence).to_contain_text("客户级别是 A 级")
    expect(sentence).to_contain_text("下次跟进早于 3 天前")
    page.get_by_role("link", name="去掉条件 下次跟进早于 3 天前").click()
    expect(sentence).not_to_contain_text("3 天前")
    # Once more in the form: all of it is there as it was.
    sentence.get_by_role("link", name="客户级别是 A 级", exact=True).click()
    expect(condition(page, "客户级别").locator("summary")).to_have_text("A 级")
    condition(page, "客户级别").get_by_role("button", name="去掉“客户级别”条件").click()
    expect(condition(page, "客户级别")).to_have_count(0)


@pytest.mark.at("phone")
def test_a_view_is_saved_pinned_changed_and_deleted(page, visit):
    page.goto("/customers")
    page.locator(".s-quick summary", has_text="客户级别").click()
    page.get_by_role("menuitemcheckbox", name="A 级").click()
    expect(page.locator(".s-sentence")).to_contain_text("客户级别是 A 级")
    page.get_by_role("link", name="另存为新视图", exact=True).click()
    dialog = page.locator("dialog#view")
    dialog.get_by_label("视图名称").fill("大客户")
    visit(page)
    dialog.get_by_role("button", name="保存").click()
    tab = page.get_by_role("navigation", name="视图").get_by_role("link", name="大客户")
    expect(tab).to_have_attribute("aria-current", "page")
    page.locator(".s-filter-remove").click()
    expect(page.get_by_role("link", name="恢复视图")).to_be_visible()
    page.get_by_role("button", name="保存视图").click()
    expect(page.locator(".s-sentence")).to_have_count(0)
    page.locator(".s-view-menu summary").click()
    page.get_by_role("link", name="管理视图…").click()
    visit(page)
    line = page.locator(".s-view-line", has_text="大客户")
    line.locator("summary").click()
    line.get_by_role("button", name="删除视图").click()
    page.locator("#confirm").get_by_role("button", name="删除视图").click()
    expect(page.locator(".s-view-line", has_text="大客户")).to_have_count(0)


@pytest.mark.at("desk")
def test_columns_are_drawn_wider_and_stay_so(page):
    page.goto("/customers")
    head = page.locator("th[data-column=phone]")
    grip = head.locator(".s-grip")
    grip.focus()
    before = head.bounding_box()["width"]
    with page.expect_response("**/display/width"):
        for _press in range(4):
            grip.press("ArrowRight")
    page.reload()
    assert abs(page.locator("th[data-column=phone]").bounding_box()["width"] - before - 64) < 3


@pytest.mark.at("phone")
def test_more_of_a_list_is_loaded_below(page):
    page.goto("/customers")
    first = names(page)
    page.get_by_role("link", name="加载更多").click()
    expect(page.locator("#rows tr")).to_have_count(100)
    assert names(page)[:50] == first and len(set(names(page))) > 50


@pytest.mark.at("desk")
def test_columns_are_chosen_and_put_back(page, visit):
    page.goto("/customers")
    page.get_by_role("link", name="显示", exact=True).click()
    dialog = page.locator("dialog#display")
    dialog.get_by_role("checkbox", name="税号").check()
    for _step in range(3):
        dialog.get_by_role("button", name="上移“来源”").click()
    visit(page)
    dialog.get_by_role("button", name="应用").click()
    expect(page.locator("thead th", has_text="税号")).to_have_count(1)
    assert [text for text in page.locator("thead th[data-column]").all_inner_texts()].index("来源") == 4
    visit(page)
    page.get_by_role("link", name="显示", exact=True).click()
    page.locator("dialog#display").get_by_role("button", name="恢复默认").click()
    expect(page.locator("thead th", has_text="税号")).to_have_count(0)


@pytest.mark.at("desk")
def test_a_list_is_sorted_and_paged(page):
    page.goto("/customers?sort=name")
    first = names(page)
    assert len(first) == 50
    page.get_by_role("link", name="下一页").click()
    page.wait_for_url("**after=**")
    second = names(page)
    assert not set(first) & set(second)
    page.get_by_role("link", name="第一页").click()
    expect(page.locator("#rows .s-title").first).to_have_text(first[0])
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
