"""Where in a text the words of a query are, as the index would find them: for marking, and for finding a command."""

import unicodedata
from collections.abc import Iterator, Sequence

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
        self._readings: Sequence[pinyin.Readings] | None = None

    @property
    def readings(self) -> Sequence[pinyin.Readings]:
        """How the beginning of the text is read, character by character."""
        if self._readings is None:
            self._readings = pinyin.readings(self.text[:LONGEST_SPELLED])
        return self._readings

    def raw(self, first: int, end: int) -> Span:
        """A stretch of the compared text as one of the raw text."""
        return self.places[first], self.places[end - 1] + 1


class Query:
    """What somebody typed, ready to be looked for in many texts."""

    def __init__(self, query: str, *, loose: bool = False) -> None:
        """`loose`: one letter and the beginning of a lone syllable count too, as for the few names of commands."""
        self.words = [normal(word) for word in typed(query)]
        self.loose = loose

    def found_in(self, raw: str) -> dict[int, list[Span]]:
        """Place of a word in the query → where it stands in the raw text; words that do not are left out."""
        flat = Flat(raw)
        spans = {place: self._spans(word, flat) for place, word in enumerate(self.words)}
        return {place: found for place, found in spans.items() if found}

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
        pieces = LATIN_OR_NOT.findall(word)
        if len(pieces) > 1:
            parts = [self._spans(piece, flat) for piece in pieces] if not word.isascii() else []
            return [span for spans in parts for span in spans] if all(parts) else []
        return list(self._sounds(word, flat)) if word.isascii() and not word.isdecimal() else []

    def _sounds(self, word: str, flat: Flat) -> Iterator[Span]:
        start = 0
        while start < len(flat.readings):
            end = self._reach(word, flat, start)
            if end is not None:
                yield flat.raw(start, end)
            start = end or start + 1

    def _reach(self, word: str, flat: Flat, start: int) -> int | None:
        """Where a word that begins at `start` by its sound ends; None when it does not."""
        if not flat.readings[start] and not self._is_letter(flat, start, word[0]):
            return None
        if len(word) > 1 or self.loose:
            if word.isalpha() and flat.readings[start] and (end := self._syllables(word, flat, start, start)):
                return end
            if self.loose or pinyin.is_initials(word):
                return self._initials(word, flat, start)
        return None

    def _syllables(self, rest: str, flat: Flat, place: int, start: int) -> int | None:
        while place < len(flat.readings) and not flat.readings[place]:
            place += 1
        if place >= len(flat.readings):
            return None
        for reading in flat.readings[place]:
            for spelling in (reading, *pinyin.typed_as(reading)):
                if rest == spelling or (spelling.startswith(rest) and (self.loose or place > start)):
                    return place + 1
                if rest.startswith(spelling) and (
                    end := self._syllables(rest[len(spelling) :], flat, place + 1, start)
                ):
                    return end
        return None

    def _initials(self, word: str, flat: Flat, start: int) -> int | None:
        end = start + len(word)
        if end > len(flat.readings):
            return None
        for place, letter in zip(range(start, end), word, strict=True):
            if not self._is_letter(flat, place, letter) and letter not in {one[0] for one in flat.readings[place]}:
                return None
        return end if any(flat.readings[start:end]) else None

    @staticmethod
    def _is_letter(flat: Flat, place: int, letter: str) -> bool:
        return flat.text[place] == letter


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
