"""What an administrator makes in the browser is there at once, for everybody."""

import pytest
from playwright.sync_api import expect

from .conftest import post, press, toast


@pytest.fixture
def owner(browse, served):
    return browse(served, "owner")


@pytest.mark.at("desk")
def test_a_custom_field_is_at_once_in_form_list_filter_and_search_of_a_colleague(owner, browse, served, visit):
    visit(owner, "/settings")
    visit(owner, "/settings/entities")
    visit(owner, "/settings/entities/customers/fields")
    press(owner, "添加字段")
    visit(owner)
    owner.get_by_role("link", name="单选").first.click()
    owner.get_by_label("字段名称").fill("设备品牌")
    for place, word in enumerate(("海天", "力劲")):
        owner.locator("input[name=option_label]").nth(place).fill(word)
    visit(owner)
    press(owner, "添加字段")
    expect(toast(owner)).to_contain_text("“设备品牌”已加到客户的表单和列表里")
    visit(owner)

    page = browse(served, "fang")
    page.goto("/customers/new")
    page.get_by_label("客户名称").fill("有设备有限公司")
    page.get_by_label("设备品牌").select_option(label="力劲")
    press(page, "保存")
    expect(page.locator("#info")).to_contain_text("力劲")
    post(page, "/customers", name="没有设备有限公司", anyway="1")
    page.goto("/customers")
    page.get_by_role("link", name="显示", exact=True).click()
    page.locator("dialog#display").get_by_role("checkbox", name="设备品牌").check()
    page.locator("dialog#display").get_by_role("button", name="应用").click()
    expect(page.locator("thead th", has_text="设备品牌")).to_have_count(1)
    expect(page.locator("tr", has_text="有设备有限公司").first).to_be_visible()
    page.get_by_role("link", name="筛选").click()
    page.locator("dialog#filter").get_by_label("添加条件").select_option("shebeipinpai")
    group = page.locator("dialog#filter .s-condition", has_text="设备品牌")
    group.locator("summary").click()
    group.get_by_text("力劲").click()
    page.locator("dialog#filter").get_by_role("button", name="查看结果").click()
    expect(page.locator(".s-pager")).to_contain_text("共 1 条")
    visit(page)


def test_a_module_made_in_the_browser_has_form_list_search_and_history(owner, browse, served, visit):
    visit(owner, "/settings/entities/new")
    owner.get_by_label("模块名称").fill("设备台账")
    owner.get_by_label("标题字段").fill("设备名称")
    press(owner, "建好模块")
    expect(toast(owner)).to_contain_text("“设备台账”建好了")
    address = owner.url
    assert "/fields" in address
    slug = address.split("/entities/")[1].split("/")[0]
    visit(owner, f"/{slug}")
    owner.goto(f"/{slug}/new")
    owner.get_by_label("设备名称").fill("海天 MA1600 注塑机")
    visit(owner)
    press(owner, "保存")
    expect(owner.get_by_role("heading", level=1)).to_have_text("海天 MA1600 注塑机")
    visit(owner)
    visit(owner, f"/{slug}")
    expect(owner.locator("#rows")).to_contain_text("海天 MA1600 注塑机")
    owner.goto("/search?q=注塑")
    expect(owner.locator("#found")).to_contain_text("海天 MA1600 注塑机")
    owner.goto("/today")
    expect(owner.locator("nav", has_text="设备台账").first).to_be_attached()


def test_people_and_departments_are_looked_after(owner, visit):
    for path in ("/users", "/users/new", "/departments", "/roles", "/settings/company"):
        visit(owner, path)
    owner.goto("/users/new")
    owner.get_by_label("姓名").fill("新来的")
    owner.get_by_label("邮箱").fill(f"xin{owner.viewport_size['width']}@example.cn")
    owner.get_by_role("combobox", name="角色").select_option(label="销售")
    owner.locator("main form").get_by_role("button", name="添加").first.click()
    expect(owner.get_by_role("heading", level=1)).to_contain_text("新来的")
    visit(owner)


def test_the_read_only_role_is_shown_nothing_it_may_not_do(browse, served, owner, visit):
    customer = post(owner, "/customers", name="只能看有限公司", anyway="1")
    page = browse(served, "viewer")
    for path in ("/today", "/customers", customer):
        visit(page, path)
    expect(page.locator("#composer")).to_have_count(0)
    expect(page.locator("main").get_by_role("link", name="编辑")).to_have_count(0)
    expect(page.get_by_role("button", name="删除")).to_have_count(0)


def test_a_small_desk_in_english_shows_pages_whole(browse, example, device, visit):
    if device == "phone":
        pytest.skip("about a notebook's screen")
    page = browse(example, "owner", locale="en-US", viewport={"width": 1100, "height": 700})
    for path in ("/today", "/customers", "/pool/customers", "/reports", "/roles", "/users", "/api", "/settings/pool"):
        visit(page, path)


def test_a_page_has_one_main_action(browse, example, device):
    if device == "phone":
        pytest.skip("the phone has its own place for what is new")
    page = browse(example, "owner")
    colour = "element => getComputedStyle(element).backgroundColor"
    page.goto("/customers")
    alone = page.locator(".s-create > summary").evaluate(colour)
    page.goto("/users")
    assert page.get_by_role("link", name="添加同事").evaluate(colour) == alone
    assert page.locator(".s-create > summary").evaluate(colour) != alone
