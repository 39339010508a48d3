"""The daily work: what was said, what is next, tasks, and being reminded without asking."""

from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from PIL import Image
from playwright.sync_api import expect

from .conftest import post, press, toast

SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.fixture
def customer(page) -> str:
    """The address of a new customer of 王芳."""
    name = f"常来往{datetime.now():%H%M%S%f}有限公司"
    return post(page, "/customers", name=name, phone="0571-88886666", status="new", anyway="1")


@pytest.fixture
def photo(tmp_path) -> Path:
    path = tmp_path / "名片.jpg"
    Image.new("RGB", (800, 600), "#3355aa").save(path)
    return path


def test_a_follow_up_with_photo_status_and_next_date_in_one_save(page, visit, customer, photo):
    page.goto(customer)
    composer = page.locator("#composer")
    composer.get_by_text("微信", exact=True).click()
    composer.get_by_placeholder("说了什么").fill("客户要样品，周五前寄出。\n第二行也在。")
    composer.locator("input[name='images.upload']").set_input_files(photo)
    expect(composer.locator(".s-previews img")).to_be_visible()
    composer.get_by_label("状态").select_option(label="意向强烈")
    chip = composer.get_by_role("button", name="3 天后")
    chip.click()
    expect(chip).to_have_attribute("aria-pressed", "true")
    visit(page)
    composer.get_by_role("button", name="保存").click()
    expect(toast(page)).to_contain_text("跟进已保存，下次")
    first = page.locator(".s-timeline .s-event", has_text="客户要样品")
    expect(first).to_contain_text("王芳")
    expect(first).to_contain_text("第二行也在。")
    expect(first.locator("img")).to_be_visible()
    page.wait_for_function("() => document.querySelector('.s-timeline .s-event img').naturalWidth > 0")
    expect(page.locator(".s-page-meta")).to_contain_text("意向强烈")
    due = datetime.now(SHANGHAI) + timedelta(days=3)
    expect(page.locator(".s-page-meta")).to_contain_text(f"{due:%m-%d}")
    expect(page.get_by_placeholder("说了什么")).to_have_value("")
    expect(page.locator(".s-draft")).to_have_count(0)
    visit(page)
    page.locator("#stream").get_by_role("link", name="变更").click()
    expect(page.locator("#stream")).to_contain_text("意向强烈")
    expect(page.locator("#stream")).not_to_contain_text("客户要样品")


def test_a_phrase_is_put_in_with_one_tap(page, visit, customer):
    page.goto(customer)
    page.get_by_placeholder("说了什么").click()
    page.locator("#composer summary", has_text="常用语").click()
    visit(page)
    press(page, "已加微信，发了产品资料。")
    expect(page.get_by_placeholder("说了什么")).to_have_value("已加微信，发了产品资料。")
    visit(page, "/phrases")


def test_a_follow_up_without_words_is_refused_in_place(page, visit, customer):
    page.goto(f"{customer}#composer")
    page.locator("#composer").get_by_role("button", name="保存").click()
    expect(page.locator("#composer [role=alert]")).to_be_visible()
    visit(page)


def test_writing_is_one_tap_away_from_every_part_of_the_page(page, customer, device):
    page.goto(customer)
    if device == "phone":
        expect(page.locator("#composer").get_by_role("button", name="保存")).to_be_hidden()
        page.locator(".s-record-tabs").get_by_role("link", name="资料").click()
        expect(page.locator("#composer")).to_be_hidden()
    page.get_by_role("link", name="写跟进").and_(page.locator(":visible")).click()
    expect(page.get_by_placeholder("说了什么")).to_be_focused()
    expect(page.locator("#composer").get_by_role("button", name="保存")).to_be_visible()
    page.goto("/customers")
    row = page.locator("#rows tr").first
    row.hover()
    row.get_by_role("link", name="写跟进").click()
    expect(page.get_by_placeholder("说了什么")).to_be_focused()


def test_a_number_in_the_list_calls_instead_of_opening_the_record(page, customer):
    page.goto("/customers")
    number = page.locator("#rows a.tel").first
    box = number.bounding_box()
    at = [box["x"] + box["width"] / 2, box["y"] + box["height"] / 2]
    href = page.evaluate("([x, y]) => document.elementFromPoint(x, y).getAttribute('href')", at)
    assert href == "tel:057188886666"


def test_a_task_is_made_done_taken_back_and_postponed(page, visit, customer):
    page.goto("/tasks/new")
    page.get_by_label("任务", exact=False).first.fill("寄样品给客户")
    due = page.locator("input[name=due_at]")
    # Today, at whatever hour the test runs: in an hour may be tomorrow.
    due.fill(f"{datetime.now(SHANGHAI):%Y-%m-%d}T23:59")
    visit(page)
    press(page, "保存")
    expect(page.get_by_role("heading", level=1)).to_have_text("寄样品给客户")
    task = page.url
    visit(page)
    page.goto("/today")
    line = page.locator("#tasks li", has_text="寄样品给客户")
    line.get_by_role("button", name="完成").click()
    expect(toast(page)).to_contain_text("任务已完成")
    expect(line).to_have_count(0)
    toast(page).get_by_role("button", name="撤销").click()
    expect(line).to_be_visible()
    line.locator("summary").click()
    visit(page)
    line.get_by_role("button", name="明天").click()
    expect(toast(page)).to_contain_text("已推迟到明天")
    page.goto(task)
    expect(page.locator("#field-due_at")).to_contain_text("明天")
    visit(page, "/tasks")


def test_a_reminder_reaches_the_bell_of_an_open_page(browse, served, visit):
    page = browse(served, "owner")
    # The page's own clock, so that the test need not wait twenty seconds for it to ask.
    page.clock.install()
    page.goto("/customers")
    expect(page.locator("#unread")).to_be_empty()
    now = datetime.now(SHANGHAI)
    if now.second > 55:
        # A form knows minutes only, and what is over for more than one reminds nobody.
        page.wait_for_timeout(5500)
        now = datetime.now(SHANGHAI)
    post(page, "/tasks", title="给老客户回电话", due_at=f"{now:%Y-%m-%dT%H:%M}")
    for _second in range(25):
        page.clock.fast_forward(20_000)
        page.wait_for_timeout(1000)
        if page.locator("#unread").inner_text():
            break
    expect(page.locator("#unread")).to_contain_text("1")
    page.locator(".s-bell").click()
    expect(page.locator("#lines")).to_contain_text("给老客户回电话")
    visit(page)
    page.locator("#lines").get_by_role("button", name="给老客户回电话").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("给老客户回电话")
    expect(page.locator("#unread")).to_be_empty()


def test_a_customer_given_to_somebody_is_told_to_them(browse, served, visit):
    giver, taker = browse(served, "owner"), browse(served, "lei")
    customer = post(giver, "/customers", name="分给你有限公司", anyway="1")
    giver.goto(customer + "/edit")
    box = giver.get_by_role("combobox", name="负责人")
    box.fill("李雷")
    giver.get_by_role("option", name="李雷").click()
    press(giver, "保存")
    expect(toast(giver)).to_contain_text("已保存")
    taker.goto("/notifications")
    expect(taker.locator("#lines")).to_contain_text("老板 把客户“分给你有限公司”分配给了你")
    visit(taker)
    visit(taker, "/today")
    expect(taker.locator("#fresh")).to_contain_text("分给你有限公司")
