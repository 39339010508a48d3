"""What came from elsewhere is exactly what was published, and nothing needs Node to run."""

import hashlib
import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
STATIC = ROOT / "smallcrm/static"
MANIFEST = json.loads((STATIC / "vendor/manifest.json").read_text(encoding="utf-8"))
ICON_IN_TEMPLATE = re.compile(
    r"""(?:ui\.icon|svg)\(\s*'([a-z][\w-]*)'|(?:ui\.icon)\(\s*"([a-z][\w-]*)"|\bicon=["']([a-z][\w-]*)["']"""
)


@pytest.mark.parametrize("name", sorted(MANIFEST))
def test_vendored_file_is_unchanged(name):
    digest = hashlib.sha256((ROOT / name).read_bytes()).hexdigest()
    assert digest == MANIFEST[name]["sha256"], "run: npm ci && python packaging/vendor.py"


def test_every_vendored_file_is_listed():
    folders = (STATIC / "vendor", ROOT / "tests/browser/vendor")
    found = {path.relative_to(ROOT).as_posix() for folder in folders for path in folder.rglob("*") if path.is_file()}
    assert found - {"smallcrm/static/vendor/manifest.json"} == set(MANIFEST) - {"smallcrm/static/icons.svg"}


def test_vendored_versions_are_the_pinned_ones():
    package = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))
    pinned = package["dependencies"] | package["devDependencies"]
    assert {entry["package"]: entry["version"] for entry in MANIFEST.values()} == pinned


def test_the_lock_names_no_registry():
    assert '"resolved"' not in (ROOT / "package-lock.json").read_text(encoding="utf-8")


def test_every_package_brings_its_licence():
    with_licence = {entry["package"] for name, entry in MANIFEST.items() if name.endswith("LICENSE")}
    assert with_licence == {entry["package"] for entry in MANIFEST.values()}


def sprite_names() -> set[str]:
    return set(re.findall(r'<symbol id="([\w-]+)"', (STATIC / "icons.svg").read_text(encoding="utf-8")))


def test_the_sprite_has_the_icons_of_the_list():
    lines = (ROOT / "packaging/icons.txt").read_text(encoding="utf-8").split("\n")
    assert sprite_names() == {line.replace(":", "-") for line in lines if line and not line.startswith("#")}


def test_every_icon_a_template_names_is_in_the_sprite():
    named = {}
    for path in (ROOT / "smallcrm/templates").rglob("*.html"):
        for match in ICON_IN_TEMPLATE.finditer(path.read_text(encoding="utf-8")):
            named.setdefault(match[1] or match[2] or match[3], path.name)
    missing = {name: page for name, page in named.items() if name not in sprite_names()}
    assert not missing, "add them to packaging/icons.txt and run: npm ci && python packaging/vendor.py"
