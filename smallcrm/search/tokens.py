"""What the index holds of a text, and what is asked of it: windows of two characters, syllables or initials.

A token is a kind (one letter), the hex or letters of one window, and ends with those of the last alone:

    x  the characters themselves          杭州 → x0676d05dde x05dde
    p  syllables of a record's title      hang zhou → phang0zhou pzhou0      (s: of other short texts)
    i  initials of a record's title       hz → ihz iz                        (j: of other short texts)
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ..entities.field import UNPRINTABLE
from . import pinyin

LONGEST_QUERY = 60
LONGEST_FIELD = 500
# Of a name this much can be found by pinyin.
LONGEST_SPELLED = 60
# A word of Chinese and Latin pieces that may be meant in more ways is taken as it is written.
MOST_WAYS = 64

PLAIN = "x"
# (syllables, initials) of a title, and of other short texts.
TITLE = ("p", "i")
SHORT = ("s", "j")
SEPARATOR = " sep "

# +86 and the like before a mobile number.
COUNTRY = re.compile(r"^\s*(?:\+|00)?86[\s-]*(?=1[\d\s-]{3,})")
LATIN_OR_NOT = re.compile(r"[a-z0-9]+|[^a-z0-9]+")


def normal(raw: str) -> str:
    """Text as it is compared: full width to half width, lower case, only letters and digits."""
    folded = unicodedata.normalize("NFKC", raw).casefold()
    return "".join(c for c in folded if c.isalnum())


def typed(query: str) -> list[str]:
    """The words of what somebody typed that have a letter or digit; without +86 before a mobile number."""
    folded = UNPRINTABLE.sub("", unicodedata.normalize("NFKC", query[:LONGEST_QUERY]))
    return [word for word in COUNTRY.sub("", folded).split() if normal(word)]


# --- the index --------------------------------------------------------------------------------------------------------


def tokens(raw: str) -> list[str]:
    """The tokens of one field's characters."""
    codes = [f"{ord(c):05x}" for c in normal(raw)[:LONGEST_FIELD]]
    # Not strict: a text of punctuation alone has no tokens.
    return [f"{PLAIN}{first}{second}" for first, second in zip(codes, [*codes[1:], ""], strict=False)]


def spelled(raw: str, kinds: tuple[str, str]) -> list[str]:
    """The runs of tokens of one field's pinyin, each a text; none without Chinese."""
    syllable, initial = kinds
    runs = {}
    for sounds, letters in pinyin.spellings(normal(raw)[:LONGEST_SPELLED]):
        runs[" ".join(_pairs(syllable, sounds, "0"))] = True
        runs[" ".join(_pairs(initial, letters, ""))] = True
    return list(runs)


def _pairs(kind: str, parts: Sequence[str], between: str) -> list[str]:
    ends = [*parts[1:], ""]
    return [f"{kind}{first}{between}{second}" for first, second in zip(parts, ends, strict=True)]


def body(texts: Iterable[tuple[str, tuple[str, str] | None]]) -> str:
    """The indexed text of a record, from (text, kinds of its pinyin or None) of its fields."""
    parts = []
    for raw, kinds in texts:
        if raw:
            parts.append(" ".join(tokens(raw)))
            parts += spelled(raw, kinds) if kinds else ()
    return SEPARATOR.join(parts)


# --- the query --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Phrase:
    """Tokens one after the other; `begins`: the last is only the beginning of one."""

    tokens: tuple[str, ...]
    begins: bool = False


# What is enough to find a word: all phrases of any one alternative. A query is a list of words that must all be found.
Alternative = tuple[Phrase, ...]
Word = list[Alternative]


def wanted(query: str) -> list[Word]:
    """What a query asks of the index, for each of its words: anywhere in the record."""
    return [_plain(normal(word)) + by_sound(word, TITLE, SHORT) for word in typed(query)]


def by_sound(word: str, *kinds: tuple[str, str]) -> Word:
    """The ways to find a word by pinyin alone, in texts of these kinds."""
    pieces = LATIN_OR_NOT.findall(normal(word))
    if len(pieces) == 1:
        return [(phrase,) for one in kinds for phrase in _sounds(pieces[0], one)]
    if all(piece.isascii() for piece in pieces):
        return []
    # 张wei: each piece in its own way; one way of every piece is enough.
    found: Word = [()]
    for piece in pieces:
        # 张w is on its way to 张wei: every name with a w took 60 ms at 100,000 records, so the w asks nothing yet.
        ways: Word = [()] if len(piece) == 1 and piece.isascii() else _plain(piece)
        ways += [(phrase,) for one in kinds for phrase in _sounds(piece, one)]
        found = [(*sofar, *way) for sofar in found for way in ways]
    return found if len(found) <= MOST_WAYS else []


def _plain(word: str) -> Word:
    codes = [f"{ord(c):05x}" for c in word]
    if len(codes) == 1:
        return [(Phrase((PLAIN + codes[0],), begins=True),)]
    return [(Phrase(tuple(f"{PLAIN}{codes[i]}{codes[i + 1]}" for i in range(len(codes) - 1))),)]


def _sounds(piece: str, kinds: tuple[str, str]) -> Iterable[Phrase]:
    """A piece of Latin letters and digits as syllables and as initials of Chinese."""
    syllable, initial = kinds
    if len(piece) < 2 or piece.isdecimal() or not piece.isascii():
        return
    for parts in pinyin.splits(piece) if piece.isalpha() else ():
        if len(parts) == 1:
            # Whole and whatever follows: at 100,000 records "zh" or "sha" as a beginning took 20 ms and helped nobody.
            yield Phrase((f"{syllable}{parts[0]}0",), begins=True)
        else:
            yield Phrase(tuple(_pairs(syllable, parts, "0")[:-1]), begins=True)
    if pinyin.is_initials(piece):
        yield Phrase(tuple(_pairs(initial, piece, "")[:-1]))
