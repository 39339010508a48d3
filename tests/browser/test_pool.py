"""Customers that go round: released on one device, claimed on another, and taken away when nobody cares for them."""

import re
import shutil
from datetime import datetime

import pytest
from playwright.sync_api import expect
from runtime.conftest import Program

from .conftest import DEVICES, HERE, Served, open_menu, post, press, toast
from .prepare import PASSWORD

DESK = {**DEVICES["desk"], "is_mobile": False, "has_touch": False, "device_scale_factor": 1}
OTHER = {"phone": DESK, "desk": DEVICES["phone"]}


@pytest.fixture
def name() -> str:
    return f"公海流转{datetime.now():%H%M%S%f}有限公司"


@pytest.fixture
def customer(page, name) -> str:
    """The address of a new customer of 王芳."""
    return post(page, "/customers", name=name, phone="13912345678", level="A", anyway="1").split("#")[0]


def release(page, customer: str, reason: str = "价格或预算") -> None:
    page.goto(customer)
    open_menu(page)
    press(page, "退回公海")
    dialog = page.get_by_role("dialog")
    dialog.get_by_text(reason).click()
    dialog.get_by_role("button", name="退回公海").click()
    expect(toast(page)).to_contain_text("已退回公海")


def test_a_customer_goes_from_one_colleague_to_the_next(page, browse, served, device, watch, visit, customer, name):
    watch.allow("status of 404")
    page.goto(customer)
    open_menu(page)
    press(page, "退回公海")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("联系不上")).to_be_visible()
    visit(page)
    dialog.get_by_label("留给下一位的话").fill("周三下午找王经理")
    dialog.get_by_role("button", name="退回公海").click()
    expect(dialog.locator("#reason-note")).to_contain_text("请选择退回原因")
    expect(dialog.get_by_label("留给下一位的话")).to_have_value("周三下午找王经理")
    visit(page)
    dialog.get_by_text("联系不上").click()
    dialog.get_by_role("button", name="退回公海").click()
    expect(toast(page)).to_contain_text(f"“{name}”已退回公海")
    expect(page.locator("#results")).not_to_contain_text(name)

    theirs = browse(served, "lei", **OTHER[device])
    visit(theirs, "/pool/customers")
    row = theirs.locator("#rows tr", has_text=name)
    for words in ("联系不上", "139****5678", "王芳"):
        expect(row).to_contain_text(words)
    row.get_by_role("link", name=name).click()
    expect(theirs.locator(".s-owners")).to_contain_text("周三下午找王经理")
    assert "13912345678" not in theirs.content() and "139 1234 5678" not in theirs.content()
    visit(theirs)
    theirs.get_by_role("button", name="领取").click()
    expect(theirs.get_by_role("heading", level=1)).to_have_text(name)
    expect(toast(theirs)).to_contain_text(f"已领取“{name}”")
    assert theirs.url.endswith(customer)
    visit(theirs)

    assert page.goto(customer).status == 404
    page.goto("/customers")
    expect(page.locator("#results")).not_to_contain_text(name)


def test_a_release_by_a_slip_is_taken_back(page, customer, name):
    release(page, customer)
    toast(page).get_by_role("button", name="撤销").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(name)
    expect(page.locator(".s-page-meta")).to_contain_text("王芳")


def test_who_comes_too_late_reads_who_was_quicker(page, browse, served, customer, name):
    release(page, customer)
    quick, slow = browse(served, "lei"), browse(served, "owner")
    for each in (quick, slow):
        each.goto("/pool/customers")
    for each in (quick, slow):
        each.locator("#rows tr", has_text=name).get_by_role("button", name="领取").click()
    expect(quick.get_by_role("heading", level=1)).to_have_text(name)
    expect(toast(slow)).to_contain_text(f"“{name}”已被李雷抢先领取")


def test_the_pool_is_narrowed_as_one_chooses(page, browse, served, visit, customer, name):
    release(page, customer, "已选其他家")
    page = browse(served, "lei")
    page.goto("/pool/customers")
    rows = page.locator("#results")
    expect(rows).to_contain_text(name)
    page.get_by_label("退回原因").select_option(label="暂无需求")
    expect(rows).not_to_contain_text(name)
    expect(page).to_have_url(re.compile(r"/pool/customers\?f\.pool_reason\.in=no_need$"))
    page.get_by_label("退回原因").select_option(label="已选其他家")
    expect(rows).to_contain_text(name)
    page.get_by_label("按名称搜索").fill("绝不会有")
    expect(rows).not_to_contain_text(name)
    visit(page)
    page.get_by_label("按名称搜索").fill(name[4:10])
    expect(rows).to_contain_text(name)
    page.reload()
    expect(page.locator("#results")).to_contain_text(name)
    expect(page.get_by_label("退回原因")).to_have_value("competitor")


def test_a_record_in_the_pool_is_claimed_from_its_own_page(page, browse, served, visit, customer, name):
    release(page, customer)
    owner = browse(served, "owner")
    visit(owner, customer)
    expect(owner.locator(".s-page-meta")).to_contain_text("在公海")
    expect(owner.locator(".s-page-meta")).to_contain_text("价格或预算")
    press(owner, "领取")
    expect(toast(owner)).to_contain_text(f"已领取“{name}”")
    expect(owner.locator(".s-page-meta")).not_to_contain_text("在公海")


def test_everything_works_without_javascript(page, browse, served, customer, name):
    plain = browse(served, "fang", java_script_enabled=False)
    plain.goto(customer)
    plain.locator("main summary[aria-label='更多']").locator("visible=true").first.click()
    press(plain, "退回公海")
    expect(plain.get_by_role("heading", level=1)).to_contain_text("退回公海")
    press(plain, "退回公海")
    expect(plain.locator("#reason-note")).to_contain_text("请选择退回原因")
    plain.get_by_text("跟不过来").click()
    press(plain, "退回公海")
    expect(toast(plain)).to_contain_text("已退回公海")
    plain.goto("/pool/customers")
    plain.get_by_label("按名称搜索").fill(name)
    # The box at the top of the page has a button of that name as well.
    plain.locator(".s-pool-bar").get_by_role("button", name="搜索").click()
    plain.locator("#rows tr", has_text=name).get_by_role("button", name="领取").click()
    expect(plain.get_by_role("heading", level=1)).to_have_text(name)


@pytest.fixture
def serve_later(company, tmp_path):
    """serve_later(days) → the same data served by a program whose clock is that far ahead; one at a time."""
    running: list[Program] = []
    data = tmp_path / "data"
    shutil.copytree(company.data, data)

    def begin(days: int) -> Served:
        for program in running:
            program.end()
        running.append(Program(data, run=(str(HERE / "later.py"), str(days))))
        return Served(running[-1].wait_ready(), company.people, company.cookies)

    yield begin
    for program in running:
        program.end()


def leave(*pages) -> None:
    """Look at nothing of a server that is about to end: an open page would ask it for news."""
    for page in pages:
        page.goto("about:blank")


def sign_in(page, who: str) -> None:
    """By password: whoever was last here weeks ago has to."""
    page.goto("/sign-in")
    page.locator("input[name=email]").fill(f"{who}@example.cn")
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("button[type=submit]").first.click()
    page.wait_for_url("**/today*")


def test_a_slow_press_hits_the_button_although_the_forecast_changes_meanwhile(browse, served):
    owner = browse(served, "owner")
    owner.goto("/settings/pool")
    owner.get_by_label("超时未跟进自动进入公海").check()
    expect(owner.get_by_role("status").first).to_contain_text("暂时没有要提醒的")
    with owner.expect_response("**/forecast*"):
        owner.get_by_label("未跟进天数").fill("20")
    owner.get_by_label("提前几天提醒负责人").fill("20")
    button = owner.get_by_role("button", name="保存")
    button.scroll_into_view_if_needed()
    box = button.bounding_box()
    owner.mouse.move(box["x"] + box["width"] / 2, box["y"] + 6)
    owner.mouse.down()
    expect(owner.locator(".s-pool-forecast")).to_have_text("")
    owner.mouse.up()
    expect(owner.locator("#warn_days-customers-note")).to_contain_text("且小于上面的天数")


@pytest.mark.at("phone")
def test_what_nobody_cares_for_is_announced_and_then_goes(serve_later, browse, visit, name):
    server = serve_later(0)
    page = browse(server)
    forgotten = post(page, "/customers", name=name, phone="13912345678", anyway="1")
    cared_for = post(page, "/customers", name="常联系有限公司", anyway="1")
    owner = browse(server, "owner")
    visit(owner, "/settings/pool")
    owner.get_by_label("超时未跟进自动进入公海").check()
    expect(owner.get_by_role("status").first).to_contain_text("暂时没有要提醒的")
    owner.get_by_label("未跟进天数").fill("20")
    owner.get_by_label("提前几天提醒负责人").fill("20")
    press(owner, "保存")
    expect(owner.locator("#warn_days-customers-note")).to_contain_text("且小于上面的天数")
    expect(owner.get_by_label("未跟进天数")).to_have_value("20")
    visit(owner)
    owner.get_by_label("提前几天提醒负责人").fill("3")
    press(owner, "保存")
    expect(toast(owner)).to_contain_text("公海已保存")

    leave(owner)
    page = browse(serve_later(16), None)
    sign_in(page, "fang")
    post(page, f"{cared_for}/follow-ups".replace("#composer", ""), kind="phone", content="聊得不错")
    page.goto(forgotten)
    expect(page.locator(".s-page-meta")).to_contain_text("4 天后进入公海")

    leave(page)
    page = browse(serve_later(17), None)
    sign_in(page, "fang")
    bell = page.locator("#unread")
    expect(bell).to_contain_text("1")
    section = page.locator("#leaving")
    expect(section).to_contain_text(name)
    expect(section).to_contain_text("3 天后进入公海")
    visit(page)
    visit(page, "/notifications")
    page.get_by_role("button", name="进入公海").first.click()
    expect(page.locator("#results")).to_contain_text(name)
    expect(page.locator("#results")).not_to_contain_text("常联系")
    visit(page)

    leave(page)
    server = serve_later(20)
    page = browse(server, None)
    sign_in(page, "fang")
    page.goto("/notifications")
    expect(page.locator("#lines")).to_contain_text(re.compile("超过 20 天未跟进，已进入公海"))
    page.goto("/customers")
    expect(page.locator("#results")).to_contain_text("常联系")
    expect(page.locator("#results")).not_to_contain_text(name)
    theirs = browse(server, None)
    sign_in(theirs, "lei")
    theirs.goto("/pool/customers")
    row = theirs.locator("#rows tr", has_text=name)
    expect(row).to_contain_text("超时未跟进")
    row.get_by_role("button", name="领取").click()
    expect(theirs.get_by_role("heading", level=1)).to_have_text(name)
    expect(theirs.locator(".s-page-meta")).to_contain_text("20 天后进入公海")
    leave(page, theirs)
