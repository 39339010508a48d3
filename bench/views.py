"""Every way to look at a list that its own pages offer: the sorts of its heads, a value of each filter of its form."""

import re
from dataclasses import dataclass
from html.parser import HTMLParser
from urllib.parse import urlencode

from .client import Client
from .sample import Sample

SORT = re.compile(r'<th scope="col"[^>]*><a href="([^"]*[?&]sort=[^"]*)"')
# Chosen where the form offers several: what is asked most.
LIKELY = ("this_month", "following", "phone", "wechat")


@dataclass(frozen=True)
class View:
    """A list as somebody asked for it; `name` is the part of the address that tells it apart."""

    name: str
    path: str


def offered(client: Client, slug: str, sample: Sample) -> list[View]:
    """The views of the list `slug` that a person is offered, plain list first."""
    views = [View("", f"/{slug}")]
    for path in SORT.findall(client.get(f"/{slug}").text):
        views.append(View(path.partition("?")[2].replace("&amp;", "&"), path.replace("&amp;", "&")))
    form = _FilterForm()
    form.feed(client.get(f"/{slug}/filter").text)
    for name, options in form.found.items():
        value = _value(name, options, sample)
        if value:
            view = urlencode({name: value})
            views.append(View(f"{name}={value}", f"/{slug}?{view}"))
    return views


def _value(name: str, options: list[str], sample: Sample) -> str:
    """What a person would choose or type; "" where nothing can be known."""
    _f, field, op = name.split(".")
    if op in ("empty", "filled"):
        return "1"
    if op in ("gte", "lte"):
        return ""  # a period is the same question
    if op == "within":
        return next((code for code in options if sample.province and code.startswith(sample.province)), "")
    if op == "contains":
        return {"phone": sample.phone, "name": sample.common}.get(field, sample.rare)
    if field == "tags":
        return sample.tag
    return next((each for each in LIKELY if each in options), next((each for each in options if each != "me"), ""))


class _FilterForm(HTMLParser):
    """name of a filter → the values its control offers."""

    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, list[str]] = {}
        self._select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        name = given.get("name") or ""
        if name.startswith("f."):
            values = self.found.setdefault(name, [])
            if tag == "select":
                self._select = name
            elif given.get("type") in ("checkbox", "radio"):
                values.append(given.get("value") or "1")
        elif tag == "option" and self._select and given.get("value"):
            self.found[self._select].append(given["value"] or "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "select":
            self._select = ""
