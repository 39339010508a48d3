"""Templates obey the content security policy: nothing inline, nothing that htmx would have to evaluate."""

import re
from pathlib import Path

import pytest

TEMPLATES = Path(__file__).parent.parent / "smallcrm/templates"
JINJA_COMMENT = re.compile(r"\{#.*?#\}", re.S)
FORBIDDEN = {
    "an inline script": re.compile(r"<script(?![^>]*\bsrc=)", re.I),
    "a style element": re.compile(r"<style\b", re.I),
    "a style attribute": re.compile(r"""\sstyle\s*=\s*["'{]""", re.I),
    "an event attribute": re.compile(r"""<[^>]*\son[a-z]+\s*=\s*["'{]""", re.I),
    "hx-on or js:": re.compile(r"""\bhx-on\b|["']js:|["']javascript:""", re.I),
    "a trigger filter": re.compile(r"""hx-trigger=["'](?:[^"']*,)?\s*[\w:]+\["""),
    "something loaded from elsewhere": re.compile(r"""(?:\bsrc|<(?:link|form)\b[^>]*)=["'](?:https?:)?//"""),
}

UNQUOTED_FROM = re.compile(r"""hx-trigger=["'][^"']*from:(?:find|closest|next|previous)\s""")


@pytest.mark.parametrize("path", sorted(TEMPLATES.rglob("*.html")), ids=lambda path: str(path.relative_to(TEMPLATES)))
def test_trigger_selectors_with_spaces_are_quoted(path):
    # htmx reads `from:find input` as from:find and a second word, and then listens to nothing.
    assert not UNQUOTED_FROM.search(JINJA_COMMENT.sub("", path.read_text(encoding="utf-8")))


@pytest.mark.parametrize("path", sorted(TEMPLATES.rglob("*.html")), ids=lambda path: str(path.relative_to(TEMPLATES)))
def test_template_is_allowed_by_the_policy(path):
    text = JINJA_COMMENT.sub("", path.read_text(encoding="utf-8"))
    assert [name for name, pattern in FORBIDDEN.items() if pattern.search(text)] == []


@pytest.mark.parametrize("path", sorted(TEMPLATES.rglob("*.html")), ids=lambda path: str(path.relative_to(TEMPLATES)))
def test_template_has_real_links_and_forms(path):
    text = JINJA_COMMENT.sub("", path.read_text(encoding="utf-8"))
    without_action = [
        tag for tag in re.findall(r"<form\b[^>]*>", text) if "action=" not in tag and 'method="dialog"' not in tag
    ]
    assert without_action == []
