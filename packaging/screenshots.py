"""Take the pictures of the README: a new company with example data, in Chromium, on a computer and on a phone.

    python packaging/screenshots.py

Needs the test packages and Chromium (python3 run.py test installs both). Writes docs/images/*.png.
"""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
IMAGES = ROOT / "docs/images"
EMAIL, PASSWORD = "boss@example.cn", "only-for-these-pictures-7"
SIZES = {"desktop": (1440, 900), "phone": (390, 844)}
PATIENCE = 60


def run(data: str, *arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "smallcrm", *arguments, "--data", data]
    quiet = subprocess.DEVNULL
    pipes = {"stdin": subprocess.PIPE, "stdout": quiet, "stderr": quiet}
    return subprocess.Popen(command, cwd=ROOT, text=True, **pipes)  # noqa: S603 - our own program


def set_up(data: str) -> None:
    who = ["--company", "鑫源贸易", "--email", EMAIL, "--name", "陈老板"]
    # Without a browser the language is the terminal's; the common phrases of the company are in it.
    os.environ["LC_ALL"] = "zh_CN.UTF-8"
    made = run(data, "setup", *who, "--password-stdin", "--example-data")
    made.communicate(PASSWORD + "\n")
    if made.returncode:
        sys.exit("the example company cannot be made")


def wait_for(address: str) -> None:
    end = time.monotonic() + PATIENCE
    while True:
        try:
            urllib.request.urlopen(f"{address}/healthz").close()  # noqa: S310 - our own address
            return
        except urllib.error.URLError:
            if time.monotonic() > end:
                sys.exit("smallcrm does not start")
            time.sleep(0.2)


def keep(page: Page, name: str) -> None:
    """The page as a small PNG of 256 colours."""
    page.wait_for_load_state("networkidle")
    path = IMAGES / f"{name}.png"
    page.screenshot(path=path)
    with Image.open(path) as taken:
        # The usual method sacrifices rare colours, and those are the dots of the states.
        small = taken.convert("RGB").quantize(256, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    small.save(path, optimize=True)
    print(f"{path.relative_to(ROOT)} {path.stat().st_size // 1024} KB")


def take(browser: Browser, address: str, device: str) -> None:
    width, height = SIZES[device]
    context = browser.new_context(
        viewport={"width": width, "height": height}, locale="zh-CN", timezone_id="Asia/Shanghai", base_url=address
    )
    page = context.new_page()
    page.goto("/sign-in")
    page.fill("[name=email]", EMAIL)
    page.fill("[name=password]", PASSWORD)
    page.press("[name=password]", "Enter")
    page.wait_for_url("**/today")
    keep(page, f"today-{device}")
    page.goto("/customers")
    if device == "desktop":
        keep(page, f"customers-{device}")
    page.goto("/customers?sort=-last_follow_up_at")
    page.goto(page.locator("#rows a").first.get_attribute("href") or "")
    keep(page, f"customer-{device}")
    context.close()


def main() -> None:
    IMAGES.mkdir(parents=True, exist_ok=True)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory() as data, sync_playwright() as playwright:
        set_up(data)
        server = run(data, "serve", "--port", str(port))
        try:
            address = f"http://127.0.0.1:{port}"
            wait_for(address)
            browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
            for device in SIZES:
                take(browser, address, device)
            browser.close()
        finally:
            server.terminate()
            server.wait(PATIENCE)


if __name__ == "__main__":
    main()
