"""In, out, and a session that ends while somebody types."""

from playwright.sync_api import expect

from .conftest import post, press, toast, until
from .prepare import PASSWORD


def sign_in(page, email: str, password: str) -> None:
    page.get_by_label("邮箱").fill(email)
    page.get_by_label("密码").fill(password)
    page.get_by_role("button", name="登录").click()


def test_a_wrong_password_is_said_and_the_right_one_leads_to_the_page_asked_for(browse, served, visit):
    page = browse(served, None)
    visit(page, "/customers")
    sign_in(page, "fang@example.cn", "wrong")
    expect(page.get_by_role("alert").filter(has_text="邮箱或密码不对")).to_be_visible()
    expect(page.get_by_label("邮箱")).to_have_value("fang@example.cn")
    visit(page)
    sign_in(page, "fang@example.cn", PASSWORD)
    page.wait_for_url("**/customers")
    expect(page.get_by_role("heading", name="客户", exact=True)).to_be_visible()


def test_signing_out_ends_the_session_and_forgets_drafts(browse, served, device):
    page = browse(served, None)
    page.goto("/sign-in?next=/customers/new")
    sign_in(page, "lei@example.cn", PASSWORD)
    page.wait_for_url("**/customers/new")
    page.get_by_label("客户名称").fill("没保存的公司")
    until(page, "Object.keys(localStorage).some((key) => key.startsWith('draft:'))")
    if device == "phone":
        page.locator(".s-bottombar summary").filter(has_text="更多").click()
    else:
        page.locator(".s-sidebar summary").click()
    press(page, "退出登录")
    page.wait_for_url("**/sign-in")
    assert page.evaluate("Object.keys(localStorage).filter((key) => key.startsWith('draft:')).length") == 0
    page.goto("/customers")
    page.wait_for_url("**/sign-in**")


def test_a_session_that_ends_while_somebody_types_costs_no_word(browse, served, watch):
    watch.allow("status of 401")
    page = browse(served, None)
    page.goto("/sign-in?next=/customers")
    sign_in(page, "owner@example.cn", PASSWORD)
    page.wait_for_url("**/customers")
    customer = post(page, "/customers", name="会话结束有限公司", anyway="1")
    page.goto(customer)
    page.get_by_placeholder("说了什么").fill("客户说下周给答复")
    # Somebody ended the session elsewhere: the cookie of this browser is worth nothing any more.
    page.context.clear_cookies()
    page.locator("#composer").get_by_role("button", name="保存").click()
    dialog = page.get_by_role("dialog", name="登录已过期")
    expect(dialog).to_be_visible()
    expect(page.get_by_placeholder("说了什么")).to_have_value("客户说下周给答复")
    with page.context.expect_page() as opened:
        dialog.get_by_role("link", name="登录").click()
    other = opened.value
    sign_in(other, "owner@example.cn", PASSWORD)
    expect(other.get_by_role("heading", level=1)).to_be_visible()
    other.close()
    page.bring_to_front()
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(dialog).to_be_hidden()
    page.locator("#composer").get_by_role("button", name="保存").click()
    expect(toast(page)).to_contain_text("跟进已保存")
    expect(page.locator(".s-timeline")).to_contain_text("客户说下周给答复")
