"""Which encoding a text file has, decided by counting; the libraries that guess by statistics are wrong on short files.

GB18030 and Big5 use the same byte pairs for different characters, so both often decode without an error. What tells
them apart: real text is made of the few thousand characters that each standard put into its first level.
"""

import codecs
from functools import cache

from smallcrm.core.sheets.limits import Rejected

CODECS = {
    "utf-8": "utf-8",
    "gb18030": "gb18030",
    "big5": "cp950",
    "utf-16-le": "utf-16-le",
    "utf-16-be": "utf-16-be",
    "latin-1": "cp1252",
}
_ALIASES = {"utf-8-sig": "utf-8", "utf8": "utf-8", "gbk": "gb18030", "gb2312": "gb18030", "cp950": "big5"}
_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_SEPARATORS = (b"\n", b"\r", b",", b"\t", b";")
_SAMPLE = 256 * 1024
_CHUNK = 1 << 20


def known_encoding(name: str) -> str:
    """The key of `CODECS` for what a user or another program calls it; raises Rejected for others."""
    key = name.strip().lower().replace("_", "-")
    key = _ALIASES.get(key, key)
    if key not in CODECS:
        raise Rejected("unknown_encoding", name=name)
    return key


def detect_encoding(path: str) -> str:
    """A key of `CODECS` for the file; Latin-1, which fits any bytes, only when nothing else fits."""
    with open(path, "rb") as file:
        sample = file.read(_SAMPLE)
    for bom, name in _BOMS:
        if sample.startswith(bom):
            return name
    if wide := _utf16_without_bom(sample):
        return wide
    if _is_utf8(path):
        return "utf-8"
    scores = {name: _plausibility(sample, name) for name in ("utf-8", "gb18030", "big5")}
    best = max(scores, key=lambda name: scores[name])
    return best if scores[best] > 0.5 else "latin-1"


def _utf16_without_bom(sample: bytes) -> str | None:
    """Separators and digits then have a zero byte on the same side everywhere.

    Some programs leave zero bytes in 8-bit files too, but not beside most of the separators.
    """
    low, high = sample[0::2].count(0), sample[1::2].count(0)
    separators = sum(sample.count(separator) for separator in _SEPARATORS)
    if high > low * 10 and sum(sample.count(separator + b"\0") for separator in _SEPARATORS) * 2 > separators:
        return "utf-16-le"
    if low > high * 10 and sum(sample.count(b"\0" + separator) for separator in _SEPARATORS) * 2 > separators:
        return "utf-16-be"
    return None


def _is_utf8(path: str) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        with open(path, "rb") as file:
            while chunk := file.read(_CHUNK):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _plausibility(sample: bytes, name: str) -> float:
    """The share of the non-ASCII characters that one expects in such a text, 0 to 1."""
    text = codecs.getincrementaldecoder(CODECS[name])("replace").decode(sample)
    foreign = [character for character in text if character > "\x7f"]
    if not foreign:
        return 0.0
    if name == "utf-8":
        return 1 - foreign.count("\ufffd") / len(foreign)
    expected = _first_level(name)
    return sum(character in expected for character in foreign) / len(foreign)


@cache
def _first_level(name: str) -> frozenset[str]:
    """Punctuation, full-width forms and the frequent characters of GB 2312 or of Big5."""
    if name == "gb18030":
        leads, trails = [*range(0xA1, 0xA4), *range(0xB0, 0xD8)], [*range(0xA1, 0xFF)]
    else:
        leads, trails = [*range(0xA1, 0xC7)], [*range(0x40, 0x7F), *range(0xA1, 0xFF)]
    pairs = (bytes((lead, trail)).decode(CODECS[name], "ignore") for lead in leads for trail in trails)
    return frozenset(pairs) - {"", "\ufffd"}
