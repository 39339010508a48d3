"""Where in a text the words of a query are, as the index would find them: for marking, and for finding a command."""

import unicodedata
from collections.abc import Iterator, Sequence
from functools import cached_property

from markupsafe import Markup, escape

from . import pinyin
from .tokens import LATIN_OR_NOT, LONGEST_FIELD, LONGEST_SPELLED, normal, typed

Span = tuple[int, int]
ELLIPSIS = "…"


class Flat:
    """A text as it is compared, that knows which of its characters each one came from."""

    def __init__(self, raw: str) -> None:
        pairs = [
            (one, place)
            for place, written in enumerate(raw[: 2 * LONGEST_FIELD])
            for one in unicodedata.normalize("NFKC", written).casefold()
            if one.isalnum()
        ][:LONGEST_FIELD]
        self.text = "".join(one for one, _place in pairs)
        self.places = [place for _one, place in pairs]

    @cached_property
    def readings(self) -> Sequence[pinyin.Readings]:
        """How the beginning of the text is read, character by character."""
        return pinyin.readings(self.text[:LONGEST_SPELLED])

    def raw(self, first: int, end: int) -> Span:
        """A stretch of the compared text as one of the raw text."""
        return self.places[first], self.places[end - 1] + 1


class Query:
    """What somebody typed, ready to be looked for in many texts."""

    def __init__(self, query: str, *, loose: bool = False) -> None:
        """`loose`: one letter and the beginning of a lone syllable count too, as for the few names of commands."""
        self.words = [normal(word) for word in typed(query)]
        self.loose = loose
        # A line asks of the same text whether, where and what to show.
        self._known: dict[str, dict[int, list[Span]]] = {}

    def found_in(self, raw: str) -> dict[int, list[Span]]:
        """Place of a word in the query → where it stands in the raw text; words that do not are left out."""
        if raw not in self._known:
            flat = Flat(raw)
            spans = {place: self._spans(word, flat) for place, word in enumerate(self.words)}
            self._known[raw] = {place: found for place, found in spans.items() if found}
        return self._known[raw]

    def holds(self, raw: str) -> bool:
        """Whether every word stands in the text."""
        return len(self.found_in(raw)) == len(self.words)

    def html(self, raw: str) -> Markup:
        """The text as safe HTML with everything found in <mark>."""
        pieces, done = [], 0
        for first, end in _merged(span for spans in self.found_in(raw).values() for span in spans):
            pieces += [escape(raw[done:first]), Markup("<mark>"), escape(raw[first:end]), Markup("</mark>")]
            done = end
        return Markup("").join([*pieces, escape(raw[done:])])

    def excerpt(self, raw: str, longest: int) -> str:
        """As much of a text as a line holds, in one line, with the first of what was found in it."""
        line = " ".join(raw.split())
        if len(line) <= longest:
            return line
        first = min((span[0] for spans in self.found_in(line).values() for span in spans), default=0)
        begin = max(0, min(first - longest // 4, len(line) - longest))
        end = begin + longest
        return f"{ELLIPSIS if begin else ''}{line[begin:end].strip()}{ELLIPSIS if end < len(line) else ''}"

    def _spans(self, word: str, flat: Flat) -> list[Span]:
        if plain := list(_occurrences(word, flat)):
            return plain
        if word.isascii():
            return list(_sounds(word, flat, self.loose))
        # 张wei: each piece in its own way, and all of them.
        pieces = LATIN_OR_NOT.findall(word)
        parts = [list(_occurrences(piece, flat)) or list(_sounds(piece, flat, True)) for piece in pieces]
        return [span for spans in parts for span in spans] if len(pieces) > 1 and all(parts) else []


def _sounds(word: str, flat: Flat, loose: bool) -> Iterator[Span]:
    """Where a word of Latin letters and digits stands by its sound; `loose` as of :class:`Query`."""
    if not word.isascii() or word.isdecimal() or (len(word) == 1 and not loose):
        return
    by_letters = loose or pinyin.is_initials(word)
    start, readings = 0, flat.readings
    while start < len(readings):
        end = None
        if any(reading[0] == word[0] for reading in readings[start]) or flat.text[start] == word[0]:
            end = _syllables(word, flat, start, loose) if word.isalpha() and readings[start] else None
            if end is None and by_letters:
                end = _initials(word, flat, start)
        if end is not None:
            yield flat.raw(start, end)
        start = end or start + 1


def _syllables(rest: str, flat: Flat, place: int, unfinished: bool) -> int | None:
    """Where syllables that begin at `place` end; `unfinished`: the last may be the beginning of one."""
    readings = flat.readings
    while place < len(readings) and not readings[place]:
        place += 1
    if place >= len(readings):
        return None
    for reading in readings[place]:
        for spelling in pinyin.spelt(reading):
            if rest == spelling or (unfinished and spelling.startswith(rest)):
                return place + 1
            if rest.startswith(spelling) and (end := _syllables(rest[len(spelling) :], flat, place + 1, True)):
                return end
    return None


def _initials(word: str, flat: Flat, start: int) -> int | None:
    """Where initials that begin at `start` end; Latin letters and digits stand for themselves."""
    end = start + len(word)
    stretch = flat.readings[start:end]
    if len(stretch) < len(word) or not any(stretch):
        return None
    for letter, written, readings in zip(word, flat.text[start:end], stretch, strict=True):
        if written != letter and all(reading[0] != letter for reading in readings):
            return None
    return end


def _occurrences(word: str, flat: Flat) -> Iterator[Span]:
    first = flat.text.find(word)
    while first >= 0:
        yield flat.raw(first, first + len(word))
        first = flat.text.find(word, first + len(word))


def _merged(spans: Iterator[Span]) -> list[Span]:
    found: list[Span] = []
    for first, end in sorted(spans):
        if found and first <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((first, end))
    return found
