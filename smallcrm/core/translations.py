"""One hand-kept .po per room, compiled to the one file that gettext reads; and what is missing or wrong in them."""

import io
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from ..config import PACKAGE

LANGUAGE = "zh_CN"
ROOMS = PACKAGE / "translations" / LANGUAGE
# Babel turns zh_CN into zh_Hans_CN, for which gettext looks in zh_Hans_CN and zh, never in zh_CN.
COMPILED = ROOMS.parent / "zh" / "LC_MESSAGES" / "messages.mo"
METHODS = [("**.py", "python"), ("**/templates/**.*", "jinja2.ext.babel_extract")]
OPTIONS = {"**/templates/**.*": {"trimmed": "true", "silent": "false"}}
KEYWORDS: dict[str, tuple[int, ...] | None] = {
    "_": None,
    "_l": None,
    "_n": (1, 2),
    "gettext": None,
    "lazy_gettext": None,
    "ngettext": (1, 2),
    "lazy_ngettext": (1, 2),
}
PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]")
# The same content must give the same bytes, so no time of compilation goes into the file.
SOME_DAY = datetime(2026, 1, 1, tzinfo=UTC)

Text = str | tuple[str, ...]


def compile_all() -> Path:
    """Write messages.mo from all rooms and return its path."""
    COMPILED.parent.mkdir(parents=True, exist_ok=True)
    COMPILED.write_bytes(compiled())
    return COMPILED


def compiled() -> bytes:
    """The bytes that messages.mo must have."""
    out = io.BytesIO()
    write_mo(out, merged()[0])
    return out.getvalue()


def problems() -> list[str]:
    """A line for every text without a translation, with a wrong one, or translated differently in two rooms."""
    catalog, found = merged()
    for place, text in extracted():
        message = catalog.get(_id(text))
        if message is None or not message.string or not all(_strings(message.string)):
            found.append(f"{place}: not translated: {_id(text)}")
    for message in catalog:
        wanted = set().union(*(PLACEHOLDER.findall(each) for each in _strings(message.id)))
        for string in _strings(message.string):
            # A plural form may leave out the number, as in "one minute ago".
            if message.id and set(PLACEHOLDER.findall(string)) - {"num"} != wanted - {"num"}:
                found.append(f"placeholders differ: {message.id!r} → {string!r}")
    return sorted(set(found))


def merged() -> tuple[Catalog, list[str]]:
    """All rooms in one catalogue, and the texts that two rooms translate differently."""
    catalog = Catalog(LANGUAGE, project="smallcrm", creation_date=SOME_DAY, revision_date=SOME_DAY, fuzzy=False)
    conflicts = []
    for path in sorted(ROOMS.glob("*.po")):
        with path.open("rb") as file:
            room = read_po(file, LANGUAGE, abort_invalid=True)
        for message in room:
            if not message.id or message.fuzzy or not message.string:
                continue
            known = catalog.get(message.id)
            if known and _strings(known.string) != _strings(message.string):
                conflicts.append(
                    f"{path.name}: {message.id!r} is {known.string!r} elsewhere and {message.string!r} here"
                )
            elif not known:
                catalog.add(message.id, message.string)
    return catalog, conflicts


def extracted() -> Iterator[tuple[str, Text]]:
    """("file:line", text or its (singular, plural)) of everything marked for translation."""
    for name, line, text, _comments, _context in extract_from_dir(PACKAGE, METHODS, OPTIONS, KEYWORDS):
        yield f"smallcrm/{Path(name).as_posix()}:{line}", text


def _id(text: Text) -> str:
    return text if isinstance(text, str) else text[0]


def _strings(text: str | Sequence[str] | None) -> tuple[str, ...]:
    return (text,) if isinstance(text, str) else tuple(text or ())
