"""Texts that a spreadsheet program would run as a formula when it opens a CSV file, made harmless and back again.

A CSV file cannot say that a cell is text, so the usual apostrophe is put before it. Apostrophes that were there are
counted in, which makes it lossless: `unguarded(guarded(text)) == text` for every text.
"""

import re

# Per line of the cell, because some programs split cells at line ends: spaces, controls and apostrophes, then a
# character that starts a formula, in its full-width form too. A leading tab is dangerous by itself.
_BLANK = r"[^\S\r\n]|[\x00-\x09\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufeff']"
_DANGEROUS = rf"(?:'*\t|(?:{_BLANK})*[=+\-@＝＋－＠|%])"
_GUARDS = re.compile(rf"(?:\A|(?<=[\r\n]))(?={_DANGEROUS})")
_GUARDED = re.compile(rf"(?:\A|(?<=[\r\n]))'(?={_DANGEROUS})")


def guarded(text: str) -> str:
    """The text with an apostrophe before everything that could start a formula."""
    return _GUARDS.sub("'", text)


def unguarded(text: str) -> str:
    """The text without the apostrophes that `guarded` put there."""
    return _GUARDED.sub("", text) if "'" in text else text
