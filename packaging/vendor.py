"""Copy the pinned front-end files out of node_modules into the repository.

    npm ci && python packaging/vendor.py

Copies a short list of whole, unchanged files with their licences, draws one SVG sprite from the icons named in
``packaging/icons.txt`` and writes ``manifest.json`` with the sha256 of each file, which tests/test_vendor.py checks.
"""

import hashlib
import json
import re
import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NODE_MODULES = ROOT / "node_modules"
STATIC = Path("smallcrm/static")
SPRITE = STATIC / "icons.svg"
MANIFEST = STATIC / "vendor/manifest.json"

FILES = [
    ("htmx.org", "dist/htmx.min.js", STATIC / "vendor/htmx/htmx.min.js"),
    ("htmx.org", "LICENSE", STATIC / "vendor/htmx/LICENSE"),
    ("@tabler/core", "dist/css/tabler.min.css", STATIC / "vendor/tabler/tabler.min.css"),
    # The package ships without its licence text; the copyright lines are those of its own banner.
    ("@tabler/core", ROOT / "packaging/licences/tabler-core.txt", STATIC / "vendor/tabler/LICENSE"),
    ("@tabler/icons", "LICENSE", STATIC / "vendor/tabler-icons/LICENSE"),
    ("sortablejs", "Sortable.min.js", STATIC / "vendor/sortable/Sortable.min.js"),
    ("sortablejs", "LICENSE", STATIC / "vendor/sortable/LICENSE"),
    ("axe-core", "axe.min.js", Path("tests/browser/vendor/axe.min.js")),
    ("axe-core", "LICENSE", Path("tests/browser/vendor/LICENSE")),
]

# Every outline drawing begins with this invisible square.
BOUNDS = '<path stroke="none" d="M0 0h24v24H0z" fill="none" />'


def icon_names() -> list[str]:
    """The icons of the sprite, sorted, as named in icons.txt (``star:filled`` takes the filled drawing)."""
    text = (ROOT / "packaging/icons.txt").read_text(encoding="utf-8")
    return sorted({line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")})


def symbol(name: str) -> str:
    """One icon as an SVG symbol. Stroke and size come from the ``.icon`` class, so the drawing inherits them."""
    base, _, style = name.partition(":")
    source = NODE_MODULES / "@tabler/icons/icons" / (style or "outline") / f"{base}.svg"
    if not source.is_file():
        sys.exit(f"packaging/icons.txt names {name!r}, which @tabler/icons does not have.")
    drawing = re.search(r"<svg[^>]*>(.*)</svg>", source.read_text(encoding="utf-8"), re.S)
    inner = "".join(line.strip() for line in drawing.group(1).splitlines()).replace(BOUNDS, "")
    if style == "filled":
        name, inner = f"{base}-filled", f'<g fill="currentColor" stroke="none">{inner}</g>'
    return f'<symbol id="{name}" viewBox="0 0 24 24">{inner}</symbol>'


def draw_sprite() -> None:
    """Write the sprite; every page loads it once and the browser keeps it."""
    symbols = "\n".join(symbol(name) for name in icon_names())
    text = f'<svg xmlns="http://www.w3.org/2000/svg">\n<!-- Tabler Icons, MIT licence -->\n{symbols}\n</svg>\n'
    (ROOT / SPRITE).write_text(text, encoding="utf-8", newline="\n")


def version(package: str) -> str:
    """The installed version, which package-lock.json pins."""
    return json.loads((NODE_MODULES / package / "package.json").read_text(encoding="utf-8"))["version"]


def sha256(path: Path) -> str:
    """Hex digest of a file below the repository root."""
    return hashlib.sha256((ROOT / path).read_bytes()).hexdigest()


def main() -> None:
    """Copy, draw, and record what was copied."""
    if not NODE_MODULES.is_dir():
        sys.exit("node_modules is missing: run npm ci first.")
    entries = []
    for package, source, target in FILES:
        (ROOT / target).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(NODE_MODULES / package / source, ROOT / target)
        entries.append((package, target))
    draw_sprite()
    entries.append(("@tabler/icons", SPRITE))
    manifest = {
        target.as_posix(): {"package": package, "version": version(package), "sha256": sha256(target)}
        for package, target in entries
    }
    (ROOT / MANIFEST).write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8", newline="\n")
    print(f"{len(manifest)} files, {len(icon_names())} icons")


if __name__ == "__main__":
    main()
