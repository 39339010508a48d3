"""Whatever people write stays text: no script runs, nothing asks the server by itself (SECURITY.md T12, T13)."""

import re
from datetime import datetime, timedelta
from types import SimpleNamespace

import pytest

from .conftest import post

# Each names an address of its own: a request to one of them is the proof that markup came alive.
OURS = (
    '<img src="/injected/1" onerror=alert(1)>',
    '"><script src=/injected/2></script>',
    "<div hx-get=/injected/3 hx-trigger=load>x</div>",
    "<p data-hx-get=/injected/4 data-hx-trigger=load>",
    "<form hx-post=/injected/5 hx-trigger=load>",
    '" autofocus onfocus=alert(6) hx-get="/injected/6',
    "</textarea><svg/onload=alert(7)>",
    "<meta http-equiv=refresh content=0;/injected/8>",
    "{{7*7}}${7*7}<b hx-on:click=alert(9)>",
    "</title><base href=//injected.example/>",
)
FROM = (("patt_xss_payloads_quick.txt", 4), ("patt_IntrudersXSS.txt", 3), ("patt_BRUTELOGIC-XSS-STRINGS.txt", 3))
OUR_PATHS = re.compile(
    r"^/(static|customers|contacts|follow-ups|tasks|search|today|notifications|recycle-bin|phrases|profile|pickers|files"
    r"|settings|users|departments)(/|\?|$)"
)
LONGEST = 60


def payloads(shared) -> list[str]:
    """Ours, and the strongest short ones of other people's lists."""
    found = list(OURS)
    for name, most in FROM:
        lines = (shared / "data/6-security" / name).read_text(encoding="utf-8", errors="replace").splitlines()
        strong = [line.strip() for line in lines if re.search(r"on(load|error|focus)\s*=|<script", line)]
        found += [line for line in dict.fromkeys(strong) if len(line) <= LONGEST][:most]
    return found


def customer_values(text: str) -> dict:
    soon = datetime.now() + timedelta(minutes=5)
    values = dict.fromkeys(("name", "short_name", "wechat", "notes", "address"), text[:LONGEST])
    return {**values, "tax_number": text[:40], "tags": text[:20], "next_follow_up_at": f"{soon:%Y-%m-%dT%H:%M}"}


def write_everywhere(page, texts: list[str], taker: int) -> list[str]:
    """Put the payloads into every text there is; the addresses of the customers, of which `taker` gets the first."""
    shipped = input_names(page)
    post(page, "/settings/entities/customers/fields", type="text", label=OURS[0][:30], help=OURS[2])
    post(page, "/settings/entities/customers/fields", type="text", label=OURS[5][:30], help=OURS[1])
    post(page, "/settings/company", name=OURS[1], timezone="Asia/Shanghai")
    post(page, "/profile", name=OURS[0], language="zh_CN", theme="auto", phone="")
    post(page, "/phrases", text=OURS[3])
    post(page, "/departments", name=OURS[2], parent_id="1")
    custom = input_names(page) - shipped
    assert len(custom) == 2
    records = [write_customer(page, text, custom) for text in texts]
    for record in records[:4]:
        post(page, f"{record}/fields/owner", owner=str(taker))
    return records


def input_names(page) -> set[str]:
    return set(re.findall(r'<input[^>]* name="(\w+)"', page.request.get("/customers/new").text()))


def write_customer(page, text: str, custom: set[str]) -> str:
    values = customer_values(text) | dict.fromkeys(custom, text)
    address = post(page, "/customers", anyway="1", **values)
    number = address.rsplit("/", 1)[1]
    person = dict.fromkeys(("name", "job_title", "unit", "wechat", "notes"), text[:LONGEST])
    post(page, "/contacts", customer=number, anyway="1", **person)
    post(page, f"/customers/{number}/follow-ups", kind="phone", content=text)
    post(page, "/tasks", title=text, record=f"customers:{number}", due_at=values["next_follow_up_at"])
    return address


@pytest.fixture(scope="module")
def device() -> str:
    """The desk: phones get the same markup."""
    return "desk"


@pytest.fixture(scope="module")
def hostile(chromium, served, shared) -> SimpleNamespace:
    """records and texts: the customers in whose every text stands a payload."""
    context = chromium.new_context(base_url=served.address)
    context.add_cookies([{"name": "sid", "value": served.cookies["owner"], "url": served.address}])
    texts = payloads(shared)
    records = write_everywhere(context, texts, served.people["fang"])
    context.close()
    return SimpleNamespace(records=records, texts=texts)


def look(page, path: str) -> None:
    page.goto(path, wait_until="domcontentloaded")
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => setTimeout(done, 30)))")
    assert page.locator("a[href^='javascript' i], form[action^='javascript' i]").count() == 0, path
    assert page.locator("[onerror], [onload], [onfocus], [hx-on\\:click], base, script:not([src])").count() == 0, path


def test_hostile_text_stays_text_on_every_page(hostile, browse, served, watch):
    page, records, texts = browse(served, "owner"), hostile.records, hostile.texts
    watch.sent.clear()
    for path in ("/customers", "/contacts", "/follow-ups", "/tasks", "/today", "/today?scope=team", "/phrases"):
        look(page, path)
    for path in ("/customers/new", "/customers/filter", "/customers/display", "/contacts/new", "/departments"):
        look(page, path)
    for path in ("/settings/entities", "/settings/entities/customers/fields", "/users"):
        look(page, path)
    for record in records:
        look(page, record)
    for record in records[::2]:
        look(page, record + "/edit")
        look(page, record + "/history")
    for text in texts[:4]:
        look(page, "/search?q=" + "".join(f"%{byte:02x}" for byte in text[:20].encode()))
    assert_only_our_requests(watch)


def test_hostile_text_stays_text_in_what_scripts_draw(hostile, browse, served, watch):
    page, records, texts = browse(served, "owner"), hostile.records, hostile.texts
    watch.sent.clear()
    # The toast with the name, the bin, the notification of another, the live duplicates, the inline editor, a draft.
    page.goto(records[0])
    page.locator("main summary[aria-label='更多']").locator("visible=true").first.click()
    page.locator("main form[action$='/deletion'] button").locator("visible=true").first.click()
    page.locator(".s-toast-text").wait_for()
    look(page, "/recycle-bin")
    page.goto("/customers/new")
    page.locator("#name").press_sequentially(texts[1], delay=1)
    page.locator("#duplicates a").first.wait_for()
    page.locator("#name").fill(texts[2])
    page.reload()
    page.locator(".s-draft button").first.click()
    page.goto(records[1] + "#info")
    page.locator("#field-wechat").hover()
    page.locator("#field-wechat .s-edit").click()
    page.locator("#field-wechat input[name=wechat]").fill(texts[3])
    page.locator("#field-wechat button[type=submit]").click()
    page.locator("#field-wechat .s-edit").wait_for()
    taker = browse(served, "fang")
    look(taker, "/notifications")
    assert taker.locator("#lines li").count() == 4
    look(taker, "/today")
    assert_only_our_requests(watch)


def test_a_hostile_file_name_stays_text(browse, served, watch, tmp_path):
    page = browse(served, "owner")
    customer = post(page, "/customers", name="附件名有限公司", anyway="1")
    page.goto(customer)
    page.locator("#composer input[name='files.upload']").set_input_files(
        {"name": '"><img src=x onerror=alert(1)>.txt', "mimeType": "text/html", "buffer": b"<script>alert(1)</script>"}
    )
    page.locator("#composer textarea").fill("文件名")
    page.locator("#composer").get_by_role("button", name="保存").click()
    page.locator(".s-timeline").get_by_text("文件名").wait_for()
    link = page.locator(".s-timeline a[href^='/files/']").first
    answer = page.request.get(link.get_attribute("href"))
    assert "attachment" in answer.headers["content-disposition"]
    assert "html" not in answer.headers["content-type"]
    look(page, customer)
    assert_only_our_requests(watch)


def test_markup_that_came_alive_would_be_seen(browse, served, watch):
    page = browse(served, "owner")
    page.goto("/today")
    page.evaluate(
        "(html) => { document.querySelector('main').innerHTML = html; htmx.process(document.body) }", "".join(OURS[:3])
    )
    page.wait_for_timeout(300)
    assert [one for one in watch.sent if "/injected/1" in one] and [one for one in watch.sent if "/injected/3" in one]
    assert any("CSP" in one for one in watch.problems)
    watch.problems.clear()


def assert_only_our_requests(watch) -> None:
    for sent in watch.sent:
        path = re.sub(r"^\w+ http://127\.0\.0\.1:\d+", "", sent)
        assert "injected" not in path.split("?")[0] and OUR_PATHS.match(path), sent
