"""The icons that pages can draw."""

import re
from functools import cache
from pathlib import Path

SPRITE = Path(__file__).resolve().parents[1] / "static" / "icons.svg"


@cache
def names() -> frozenset[str]:
    """The names of all icons in the sprite."""
    return frozenset(re.findall(r'<symbol id="([^"]+)"', SPRITE.read_text(encoding="utf-8")))
