"""A real Chromium before a real server: phone and desk, every page looked at while it is visited.

`page` is signed in as 王芳 (sales) of a company without records; `example` serves a company of eight colleagues and 300
customers. Whatever the browser complains about, any request that leaves this machine, and any page that scrolls
sideways or that axe-core finds seriously wrong fails the test.
"""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from runtime.conftest import PATIENCE, Program, environment

HERE = Path(__file__).parent
AXE = HERE / "vendor/axe.min.js"
FLAGS = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--disable-background-networking"]
DEVICES = {
    "phone": {
        "viewport": {"width": 390, "height": 844},
        "is_mobile": True,
        "has_touch": True,
        "device_scale_factor": 2,
    },
    "desk": {"viewport": {"width": 1440, "height": 900}},
}
# A refused form is answered with the form: the browser calls that a failure, people do not.
ANSWERED = re.compile(r"the server responded with a status of (409|422)")
SEE_VIOLATIONS = """document.addEventListener("securitypolicyviolation",
  (event) => console.error(`CSP: ${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`))"""
CHECK = """async (rules) => (await axe.run({resultTypes: ["violations"], ...rules})).violations
  .filter((one) => ["serious", "critical"].includes(one.impact))
  .map((one) => `${one.id}: ${one.nodes.slice(0, 3).map((node) => `${node.html.slice(0, 200)} ${node.failureSummary}`).join(" | ")}`)"""
TOO_WIDE = """[...document.querySelectorAll("body *")].filter((one) => one.getBoundingClientRect().right > document.documentElement.clientWidth)
  .slice(0, 9).map((one) => `${one.outerHTML.slice(0, 160)} ${JSON.stringify(one.getBoundingClientRect())}`)"""
# What is right in light is right in dark, except for colours; and those of a phone are those of a desk.
COLOURS = {"runOnly": ["color-contrast", "link-in-text-block"]}
SCHEMES = {"phone": {"light": {}}, "desk": {"light": {}, "dark": COLOURS}}


def pytest_collection_modifyitems(config, items) -> None:
    spare = []
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.browser)
            wanted = item.get_closest_marker("at")
            if wanted and item.callspec.params["device"] != wanted.args[0]:
                spare.append(item)
    if spare:
        config.hook.pytest_deselected(items=spare)
        items[:] = [item for item in items if item not in spare]


@pytest.fixture(scope="session")
def chromium() -> Iterator:
    """One browser for all tests of this process."""
    path = shutil.which("chromium")
    if path is None:
        pytest.skip("Chromium is not installed; python3 run.py test installs it on Debian")
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=10_000)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@dataclass(frozen=True)
class Prepared:
    """A data folder to copy, and who is signed in there: {key: id}, {key: cookie}."""

    data: Path
    people: dict
    cookies: dict


def _prepared(folder: Path, *words: str) -> Prepared:
    data = folder / "data"
    command = [sys.executable, str(HERE / "prepare.py"), str(data), *words]
    done = subprocess.run(command, env=environment(), capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == 0, done.stderr
    return Prepared(data, **json.loads(done.stdout.splitlines()[-1]))


@pytest.fixture(scope="session")
def company(tmp_path_factory) -> Prepared:
    """A company of four people (owner, fang, lei, viewer) without records."""
    return _prepared(tmp_path_factory.mktemp("company"))


@pytest.fixture(scope="session")
def example_company(tmp_path_factory) -> Prepared:
    """The same four in the example company."""
    return _prepared(tmp_path_factory.mktemp("example"), "example")


@dataclass
class Served:
    """A server on its own copy of a prepared data folder."""

    program: Program
    people: dict
    cookies: dict

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.program.port}"


def serve_copy(prepared: Prepared, folder: Path) -> Iterator[Served]:
    """Serve a copy of `prepared` in `folder` until the generator is closed."""
    data = folder / "data"
    shutil.copytree(prepared.data, data)
    program = Program(data)
    try:
        program.wait_ready()
        yield Served(program, prepared.people, prepared.cookies)
    finally:
        program.end()


@pytest.fixture(scope="module", params=DEVICES)
def device(request) -> str:
    """phone, then desk: each with servers of its own, so that the second finds nothing of the first."""
    return request.param


@pytest.fixture(scope="module")
def served(company, device, tmp_path_factory) -> Iterator[Served]:
    yield from serve_copy(company, tmp_path_factory.mktemp("served"))


@pytest.fixture(scope="module")
def example(example_company, device, tmp_path_factory) -> Iterator[Served]:
    yield from serve_copy(example_company, tmp_path_factory.mktemp("served-example"))


class Watch:
    """What went wrong in the pages of one test."""

    def __init__(self) -> None:
        self.problems: list[str] = []
        self.allowed: list[str] = []
        self.sent: list[str] = []

    def allow(self, *patterns: str) -> None:
        """Expect console messages that match one of these."""
        self.allowed += patterns

    def look_at(self, context) -> None:
        context.add_init_script(SEE_VIOLATIONS)
        context.on("console", self._console)
        context.on("weberror", lambda error: self._found(f"script error: {error.error}"))
        context.on("request", self._request)
        context.on("page", lambda page: page.on("dialog", self._dialog))

    def _console(self, message) -> None:
        if message.type in ("error", "warning") and not ANSWERED.search(message.text):
            self._found(f"console {message.type}: {message.text}")

    def _dialog(self, dialog) -> None:
        if dialog.type != "beforeunload":
            self._found(f"dialog: {dialog.message}")
        dialog.dismiss()

    def _request(self, request) -> None:
        self.sent.append(f"{request.method} {request.url}")
        if not re.match(r"(http://127\.0\.0\.1:|data:|blob:)", request.url):
            self._found(f"request to {request.url}")

    def _found(self, text: str) -> None:
        self.problems.append(text)

    def verdict(self) -> list[str]:
        return [one for one in self.problems if not any(re.search(pattern, one) for pattern in self.allowed)]


@pytest.fixture
def watch() -> Iterator[Watch]:
    watch = Watch()
    yield watch
    assert not watch.verdict(), "\n".join(watch.verdict())


@pytest.fixture
def browse(chromium, device, watch) -> Iterator:
    """browse(server, "fang", **context options) → a page of a browser of its own, signed in (None: nobody)."""
    contexts = []

    def begin(server: Served, who: str | None = "fang", **options):
        settings = {
            "locale": "zh-CN",
            "timezone_id": "Asia/Shanghai",
            "reduced_motion": "reduce",
            **DEVICES[device],
            **options,
        }
        context = chromium.new_context(base_url=server.address, **settings)
        context.set_default_timeout(15_000)
        contexts.append(context)
        watch.look_at(context)
        if who is not None:
            context.add_cookies([{"name": "sid", "value": server.cookies[who], "url": server.address}])
        return context.new_page()

    yield begin
    for context in contexts:
        context.close()


@pytest.fixture
def page(browse, served):
    """王芳 before the company without records."""
    return browse(served)


def fits(page) -> bool:
    """Whether the page, once laid out, does not scroll sideways."""
    for _attempt in range(20):
        if page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"):
            return True
        page.wait_for_timeout(50)
    return False


@pytest.fixture
def visit(watch, device):
    """visit(page, path): go there and examine; visit(page) examines where it is. At the desk in light and dark."""

    def examine(page, path: str | None = None, *, scroll: bool = True):
        if path is not None:
            page.goto(path)
        where = page.url.split("/", 3)[-1]
        if scroll:
            assert fits(page), f"/{where} scrolls sideways:\n" + "\n".join(page.evaluate(TOO_WIDE))
        page.evaluate(AXE.read_text(encoding="utf-8"))
        for scheme, rules in SCHEMES[device].items():
            page.emulate_media(color_scheme=scheme)
            # The page hears of it with the next frame.
            page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
            found = page.evaluate(CHECK, rules)
            assert not found, f"/{where} ({scheme}):\n" + "\n".join(found)
        page.emulate_media(color_scheme="light")
        return page

    return examine


def toast(page):
    """What the page said last."""
    return page.locator("#toasts > .s-toast").last


def until(page, expression: str) -> None:
    """Wait until a JavaScript expression is true. Playwright's own wait evaluates text, which the CSP forbids."""
    for _attempt in range(200):
        if page.evaluate(expression):
            return
        page.wait_for_timeout(50)
    raise AssertionError(f"never true: {expression}")


def press(page, label: str) -> None:
    """Press the button, link or menu with these words, whichever of several this screen size shows."""
    page.locator("button, a, summary").filter(has_text=label).locator("visible=true").first.click()


def post(page, path: str, **form: str) -> str:
    """Send a form as this browser's person without showing it; the address it leads to. Needs only page.request."""
    token = re.search(r'name="csrf_token" value="([^"]+)"', page.request.get("/profile").text())[1]
    answer = page.request.post(path, form={"csrf_token": token, **form}, max_redirects=0)
    assert answer.status == 303, (
        answer.status,
        form,
        re.findall(r'(?:id="|s-)[^>]*-error[^>]*>([^<]+)', answer.text()),
    )
    return answer.headers["location"]


def open_menu(page) -> None:
    """Open the menu with what is rarely done to a record."""
    # Before the style sheets are in, the desk's and the phone's menu are both visible.
    page.wait_for_load_state()
    page.locator("main summary[aria-label='更多']").locator("visible=true").first.click()
