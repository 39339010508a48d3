"""A customer from the first letter typed to the recycle bin and back."""

import pytest
from playwright.sync_api import expect

from .conftest import open_menu, post, press, toast, until


def type_into(page, name: str, text: str) -> None:
    page.locator(f"#{name}").press_sequentially(text)


def test_a_new_customer_is_saved_and_shown(page, visit):
    visit(page, "/customers/new")
    page.get_by_label("客户名称").fill("杭州鑫源科技有限公司")
    page.get_by_label("电话", exact=True).fill("13800138000")
    page.get_by_label("客户级别").select_option("A")
    page.get_by_label("省").select_option(label="浙江省")
    page.get_by_label("市").select_option(label="杭州市")
    page.get_by_label("区县").select_option(label="滨江区")
    page.get_by_label("详细地址").fill("江南大道 1 号")
    page.get_by_role("button", name="3 天后").click()
    press(page, "保存")
    expect(page.get_by_role("heading", level=1)).to_have_text("杭州鑫源科技有限公司")
    expect(toast(page)).to_contain_text("客户已保存")
    expect(page.locator("#field-phone")).to_contain_text("138 0013 8000")
    expect(page.locator("#field-address")).to_contain_text("浙江省杭州市滨江区江南大道 1 号")
    visit(page)


def test_what_is_missing_is_said_beside_the_field(page, visit):
    page.goto("/customers/new")
    page.get_by_label("电话", exact=True).fill("13800")
    press(page, "保存")
    expect(page.locator("[data-errors]")).to_be_focused()
    expect(page.get_by_label("客户名称")).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_label("电话", exact=True)).to_have_value("13800")
    visit(page)


def test_a_duplicate_is_shown_while_typing_and_again_on_saving(page, visit):
    known = post(page, "/customers", name="宁波远航物流有限公司", phone="13911112222", anyway="1")
    page.goto("/customers/new")
    type_into(page, "name", "宁波远航物流")
    warning = page.locator("#duplicates")
    expect(warning.get_by_role("link", name="宁波远航物流有限公司")).to_have_attribute("href", known.split("#")[0])
    expect(warning).to_contain_text("王芳")
    visit(page)
    page.get_by_label("客户名称").fill("另一家")
    expect(warning).to_have_text("")
    type_into(page, "phone", "139 1111 2222")
    expect(warning).to_contain_text("宁波远航物流有限公司")
    press(page, "保存")
    expect(page.get_by_role("button", name="仍然保存")).to_be_visible()
    visit(page)
    press(page, "仍然保存")
    expect(page.get_by_role("heading", level=1)).to_have_text("另一家")


def test_a_duplicate_that_one_may_not_see_is_masked(browse, served, visit):
    theirs = browse(served, "lei")
    post(theirs, "/customers", name="苏州秘密仪器有限公司", phone="13733334444", anyway="1")
    page = browse(served, "fang")
    page.goto("/customers/new")
    type_into(page, "name", "苏州秘密仪器")
    warning = page.locator("#duplicates")
    expect(warning).to_contain_text("李雷")
    expect(warning).not_to_contain_text("秘密仪器")
    expect(warning.get_by_role("link")).to_have_count(0)
    visit(page)


def test_a_field_is_edited_where_it_is_read(page, visit):
    customer = post(page, "/customers", name="就地编辑有限公司", wechat="qian", anyway="1")
    page.goto(customer + "#info")
    fact = page.locator("#field-wechat")
    fact.hover()
    fact.get_by_role("link", name="编辑微信").click()
    expect(fact.locator("input[name=wechat]")).to_be_focused()
    visit(page)
    fact.locator("input[name=wechat]").fill("jiudi_2026")
    fact.get_by_role("button", name="保存").click()
    expect(fact).to_contain_text("jiudi_2026")
    expect(toast(page)).to_contain_text("微信已保存")
    fact.get_by_role("link", name="编辑微信").click()
    fact.get_by_role("link", name="取消").click()
    expect(fact.locator("input")).to_have_count(0)
    toast(page).get_by_role("button", name="撤销").click()
    expect(page.locator("#field-wechat")).not_to_contain_text("jiudi_2026")


def test_two_people_change_one_field_and_the_second_chooses(browse, served, visit):
    mine, theirs = browse(served, "fang"), browse(served, "owner")
    customer = post(mine, "/customers", name="两人同改有限公司", phone="13500001111", anyway="1")
    for page in (mine, theirs):
        page.goto(customer + "#info")
        page.locator("#field-phone").hover()
        page.locator("#field-phone").get_by_role("link", name="编辑电话").click()
    theirs.locator("#field-phone input[name=phone]").fill("13500002222")
    theirs.locator("#field-phone").get_by_role("button", name="保存").click()
    expect(theirs.locator("#field-phone")).to_contain_text("135 0000 2222")
    mine.locator("#field-phone input[name=phone]").fill("13500003333")
    mine.locator("#field-phone").get_by_role("button", name="保存").click()
    conflict = mine.locator("#field-phone .s-conflict")
    expect(conflict).to_contain_text("13500002222")
    expect(conflict).to_contain_text("13500003333")
    visit(mine)
    conflict.get_by_text("对方的").click()
    mine.locator("#field-phone").get_by_role("button", name="保存").click()
    expect(mine.locator("#field-phone")).to_contain_text("135 0000 2222")
    mine.reload()
    expect(mine.locator("#field-phone")).to_contain_text("135 0000 2222")


def test_two_people_change_the_whole_form_and_nothing_is_lost(browse, served, visit):
    mine, theirs = browse(served, "fang"), browse(served, "owner")
    customer = post(mine, "/customers", name="整张表单有限公司", wechat="before", anyway="1")
    mine.goto(customer + "/edit")
    theirs.goto(customer + "/edit")
    theirs.get_by_label("微信").fill("theirs")
    press(theirs, "保存")
    expect(theirs.locator("#field-wechat")).to_contain_text("theirs")
    mine.get_by_label("微信").fill("mine")
    mine.get_by_label("税号").fill("91330108MA27XL0R5C")
    press(mine, "保存")
    conflict = mine.locator(".s-conflict")
    expect(conflict).to_contain_text("theirs")
    expect(conflict).to_contain_text("mine")
    visit(mine)
    press(mine, "按所选保存")
    expect(mine.locator("#field-wechat")).to_contain_text("mine")
    expect(mine.locator("#field-tax_number")).to_contain_text("91330108MA27XL0R5C")


def test_deleting_offers_undo_and_the_recycle_bin_gives_back(page, visit):
    customer = post(page, "/customers", name="删了又要有限公司", anyway="1")
    page.goto(customer)
    open_menu(page)
    visit(page)
    press(page, "删除")
    expect(toast(page)).to_contain_text("“删了又要有限公司”已移入回收站")
    visit(page)
    toast(page).get_by_role("button", name="撤销").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("删了又要有限公司")
    open_menu(page)
    press(page, "删除")
    expect(toast(page)).to_contain_text("回收站")
    visit(page, "/recycle-bin")
    row = page.locator("tr", has_text="删了又要有限公司")
    row.get_by_role("button", name="恢复").click()
    expect(toast(page)).to_contain_text("已恢复")
    page.goto(customer)
    expect(page.get_by_role("heading", level=1)).to_have_text("删了又要有限公司")
    visit(page, customer + "/history")
    expect(page.locator("#lines")).to_contain_text("恢复")


def test_a_draft_is_offered_after_a_reload(page, visit):
    page.goto("/customers/new")
    page.get_by_label("客户名称").fill("草稿里的公司")
    page.get_by_label("备注").fill("还没写完")
    until(page, "Object.values(localStorage).some((text) => text.includes('还没写完'))")
    page.reload()
    expect(page.get_by_label("客户名称")).to_have_value("")
    offer = page.locator(".s-draft")
    expect(offer).to_contain_text("没保存的草稿")
    visit(page)
    offer.get_by_role("button", name="恢复").click()
    expect(page.get_by_label("客户名称")).to_have_value("草稿里的公司")
    expect(page.get_by_label("备注")).to_have_value("还没写完")
    press(page, "保存")
    expect(toast(page)).to_contain_text("客户已保存")
    until(page, "!Object.keys(localStorage).some((key) => key.startsWith('draft:'))")
    page.goto("/customers/new")
    expect(page.locator(".s-draft")).to_have_count(0)


def test_without_network_the_page_says_so_and_keeps_what_was_typed(page, watch, visit):
    watch.allow("ERR_INTERNET_DISCONNECTED", "Failed to fetch")
    customer = post(page, "/customers", name="断网有限公司", anyway="1")
    page.goto(customer)
    page.context.set_offline(True)
    page.get_by_placeholder("说了什么").fill("电梯里写的")
    banner = page.locator("#banner")
    expect(banner).to_contain_text("网络断了")
    page.locator("#composer").get_by_role("button", name="保存").click()
    expect(page.get_by_placeholder("说了什么")).to_have_value("电梯里写的")
    page.context.set_offline(False)
    expect(banner).to_be_hidden()
    page.locator("#composer").get_by_role("button", name="保存").click()
    expect(page.locator(".s-timeline")).to_contain_text("电梯里写的")


@pytest.mark.at("phone")
def test_a_server_that_does_not_answer_is_named_until_it_answers_again(page, watch):
    watch.allow("ERR_FAILED", "Failed to fetch")
    page.goto(post(page, "/customers", name="重启有限公司", anyway="1"))
    page.route("**/*", lambda route: route.abort())
    page.get_by_placeholder("说了什么").fill("服务器正在重启")
    page.locator("#composer").get_by_role("button", name="保存").click()
    banner = page.locator("#banner")
    expect(banner).to_contain_text("服务器没有响应")
    expect(page.get_by_placeholder("说了什么")).to_have_value("服务器正在重启")
    page.unroute_all()
    expect(banner).to_be_hidden()
