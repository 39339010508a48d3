"""A program and the people at their screens work on the same records; the guide's commands do what they say."""

import json
import re
import shutil
import subprocess
import urllib.error
import urllib.request

import pytest
from playwright.sync_api import expect
from runtime.conftest import PATIENCE, command

from .conftest import press, toast


class Robot:
    """A program with a token: robot(method, path, body) → (status, JSON)."""

    def __init__(self, server, token):
        self.address, self.token = f"{server.address}/api/v1/", token

    def __call__(self, method, path, body=None, **headers):
        headers["Authorization"] = f"Bearer {self.token}"
        data = None
        if body is not None:
            data, headers["Content-Type"] = json.dumps(body).encode(), "application/json"
        request = urllib.request.Request(self.address + path, data, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
                return answer.status, json.loads(answer.read() or "null")
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read())


@pytest.fixture
def token(served):
    """token("fang", "read,write"): as the administrator makes it in a terminal, beside the running server."""

    def make(who, scope="read,write"):
        words = ["--user", f"{who}@example.cn", "--name", "网站表单", "--scope", scope, "--data", served.program.data]
        done = command("token", "create", *words)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    return make


@pytest.mark.at("desk")
def test_a_program_and_a_person_work_on_the_same_customer(served, token, page, visit, watch):
    watch.allow("status of 404")
    robot = Robot(served, token("fang"))
    assert robot("GET", "me")[1]["name"] == "王芳"
    status, made = robot("POST", "customers", {"name": "杭州鑫源科技", "phone": "13800138000", "level": "B"})
    assert (status, made["version"], made["owner"]) == (201, 1, served.people["fang"])
    path = f"customers/{made['id']}"

    # The person sees it, and changes the level on the page …
    visit(page, "/customers")
    page.get_by_text("杭州鑫源科技").first.click()
    page.wait_for_url(f"**/{path}")
    page.goto(f"/{path}/edit")
    page.select_option("select[name=level]", "A")
    press(page, "保存")
    page.wait_for_url(f"**/{path}")

    # … so the program, which read it before, is told; another field goes through; the third try knows the version.
    status, refused = robot("PATCH", path, {"level": "C", "version": 1})
    assert (status, refused["error"]["fields"]) == (409, {"level": {"yours": "C", "theirs": "A"}})
    assert robot("PATCH", path, {"notes": "来自网站", "version": 1})[0] == 200
    newest = robot("GET", path)[1]["version"]
    assert robot("PATCH", path, {"status": "following", "version": newest})[0] == 200
    page.goto(f"/{path}")
    expect(page.locator("#field-notes")).to_contain_text("来自网站")
    expect(page.locator(".s-page-meta")).to_contain_text("跟进中")

    stranger, reader = Robot(served, token("lei")), Robot(served, token("viewer"))
    assert stranger("GET", path)[0] == 404
    assert reader("GET", path)[0] == 200
    assert reader("PATCH", path, {"level": "D"})[0] == 403
    assert Robot(served, token("fang", "read"))("DELETE", path)[0] == 403
    assert Robot(served, "scrm_" + "x" * 59)("GET", path)[0] == 401
    status, refused = robot("POST", "customers", {"phone": "12"})
    assert (status, set(refused["error"]["fields"])) == (422, {"phone"})
    assert robot("DELETE", path) == (204, None)
    assert page.goto(f"/{path}").status == 404


def test_a_token_is_made_copied_and_revoked_in_the_browser(served, page, visit):
    visit(page, "/profile")
    page.locator("main a[href='/api/tokens']").click()
    page.wait_for_url("**/api/tokens")
    visit(page)
    page.fill("input[name=name]", "ERP")
    page.get_by_text("读取、新建、修改、删除").last.click()
    press(page, "生成令牌")
    page.wait_for_selector("#fresh-token")
    robot = Robot(served, page.locator("#fresh-token").inner_text())
    visit(page)
    press(page, "复制令牌")
    toast(page).get_by_text("已复制").wait_for()
    assert robot("POST", "customers", {"name": "来自 ERP 的客户"})[0] == 201
    page.goto("/api/tokens")
    assert robot.token not in page.content()
    page.locator("li", has_text="ERP").get_by_role("button", name="停用").click()
    page.locator("#confirm button[value=yes]").click()
    page.get_by_text("令牌已停用").wait_for()
    assert robot("GET", "me")[0] == 401


@pytest.mark.at("desk")
def test_without_javascript_a_token_is_made_and_revoked_too(served, browse):
    page = browse(served, java_script_enabled=False)
    page.goto("/api/tokens")
    page.fill("input[name=name]", "脚本")
    page.locator("main button", has_text="生成令牌").click()
    robot = Robot(served, page.locator("#fresh-token").inner_text())
    assert robot("GET", "customers")[0] == 200
    assert robot("POST", "customers", {"name": "甲"})[0] == 403
    page.locator("li", has_text="脚本").get_by_role("button", name="停用").click()
    assert robot("GET", "customers")[0] == 401


@pytest.mark.at("desk")
@pytest.mark.skipif(not shutil.which("curl") or not shutil.which("bash"), reason="needs curl and bash")
@pytest.mark.parametrize("module", ["customers", "contacts", "follow-ups", "tasks"])
def test_the_commands_of_the_guide_run_as_they_are_copied(module, served, token, page, visit, tmp_path):
    secret = token("fang")
    status, made = Robot(served, secret)("POST", "customers", {"name": "示例客户"})
    assert (status, made["version"]) == (201, 1)
    visit(page, f"/api?module={module}#module")
    blocks = page.locator(".s-code code").all_inner_texts()
    assert blocks[0].startswith(f'API="{served.address}/api/v1"')
    blocks[0] = re.sub(r'TOKEN=".*"', f'TOKEN="{secret}"', blocks[0])
    marked = "\n".join(f"{block}\necho; echo ---" for block in blocks)
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", marked], cwd=tmp_path, capture_output=True, text=True, timeout=PATIENCE
    )
    assert done.returncode == 0, done.stderr
    me, newest, searched, created, read, changed, clash, deleted = done.stdout.split("---\n")[:8]
    assert json.loads(me)["name"] == "王芳"
    assert json.loads(newest)["data"] is not None and json.loads(searched)["data"] is not None
    id = json.loads(created)["id"]
    assert (json.loads(read)["id"], json.loads(read)["version"]) == (id, 1)
    assert "names" in json.loads(read)
    assert json.loads(changed)["version"] > 1
    assert json.loads(clash)["error"]["status"] == 409
    assert deleted.startswith("HTTP/1.1 204")
