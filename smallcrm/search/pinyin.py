"""How Chinese is typed in Latin letters: the readings of characters, and the syllables in what somebody typed.

The table is readings.txt (packaging/readings.py makes it from pypinyin): pypinyin itself takes 59 MB of memory.
"""

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import islice
from pathlib import Path

TABLE = Path(__file__).parent / "readings.txt"
FIRST, LAST = 0x3400, 0x9FFF
LONGEST_WORD = 4
LONGEST_SYLLABLE = 6
# How many ways to split what was typed, and how many ways to read a text, are looked at.
MOST_SPLITS = 6
MOST_VARIANTS = 6
# A second way to read one character is written down with this many characters around it.
BEFORE, AFTER = 4, 7
# ü is v on keyboards, and many type u or yu.
V_TYPED = {"lyu": "lv", "nyu": "nv", "lyue": "lve", "nyue": "nve", "lue": "lve", "nue": "nve", "lu": "lv", "nu": "nv"}

Readings = tuple[str, ...]


@dataclass
class Table:
    """Readings by character; surnames by character, words by themselves with one reading for each character."""

    kinds: list[Readings] = field(default_factory=lambda: [()])
    places: "array[int]" = field(default_factory=lambda: array("H", bytes(2 * (LAST - FIRST + 1))))
    beyond: dict[str, int] = field(default_factory=dict)
    surnames: dict[str, Readings] = field(default_factory=dict)
    words: dict[str, Readings] = field(default_factory=dict)
    heads: set[str] = field(default_factory=set)
    syllables: set[str] = field(default_factory=set)
    # Every beginning of a syllable, itself included.
    beginnings: set[str] = field(default_factory=set)

    def add(self, line: str) -> None:
        """Take one line of the file: readings and their characters, ^ a surname, = a word."""
        spoken, written = line.lstrip("^=").split(":")
        found = tuple(spoken.split())
        if line[0] == "^":
            self.surnames[written] = found
        elif line[0] == "=":
            self.words[written] = found
            self.heads.add(written[0])
        else:
            self.kinds.append(found)
            for character in written:
                if FIRST <= ord(character) <= LAST:
                    self.places[ord(character) - FIRST] = len(self.kinds) - 1
                else:
                    self.beyond[character] = len(self.kinds) - 1
        self.syllables.update(found)

    def of(self, character: str) -> Readings:
        """The readings of one character, the commonest first; none of what is no Chinese."""
        place = ord(character) - FIRST
        return self.kinds[self.places[place] if 0 <= place <= LAST - FIRST else self.beyond.get(character, 0)]


@cache
def table() -> Table:
    """The table, read when somebody first needs it."""
    made = Table()
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        made.add(line)
    made.beginnings = {one[:end] for one in made.syllables for end in range(1, len(one) + 1)}
    return made


def readings(text: str) -> list[Readings]:
    """For each character its readings, the likeliest first; () for what is no Chinese. A name's first is a surname."""
    known = table()
    found: list[Readings] = []
    while len(found) < len(text):
        place = len(found)
        word = _word(known, text, place) if text[place] in known.heads else None
        if word is not None:
            found += [(reading,) for reading in known.words[word]]
        elif place == 0 and text[0] in known.surnames:
            found.append(tuple(dict.fromkeys((*known.surnames[text[0]], *known.of(text[0])))))
        else:
            found.append(known.of(text[place]))
    return found


def _word(known: Table, text: str, place: int) -> str | None:
    for length in range(LONGEST_WORD, 1, -1):
        if (part := text[place : place + length]) in known.words and len(part) == length:
            return part
    return None


def spellings(text: str) -> Iterator[tuple[list[str], list[str]]]:
    """Ways to type a text: (its syllables, its initials with Latin letters and digits kept); none without Chinese.

    First the likeliest as a whole, then for each further reading of a character the stretch around it.
    """
    found = readings(text)
    if not any(found):
        return
    yield _typed(text, found, {})
    other = ((i, reading) for i, known in enumerate(found) for reading in known[1:])
    for place, reading in islice(other, MOST_VARIANTS):
        first = max(0, place - BEFORE)
        part = slice(first, place + AFTER)
        yield _typed(text[part], found[part], {place - first: reading})


def _typed(text: str, found: Sequence[Readings], instead: dict[int, str]) -> tuple[list[str], list[str]]:
    likeliest = [instead.get(i, known[0] if known else "") for i, known in enumerate(found)]
    initials = [(one or c)[0] for one, c in zip(likeliest, text, strict=True)]
    return [one for one in likeliest if one], initials


def splits(typed: str) -> list[list[str]]:
    """What syllables `typed` (letters only) may be: xian is xian or xi an. The last may be a syllable's beginning."""
    known = table()
    whole = list(islice(_split(typed, known, finished=True), MOST_SPLITS))
    found = whole or list(islice(_split(typed, known, finished=False), MOST_SPLITS))
    return found + [other for one in found if (other := [V_TYPED.get(part, part) for part in one]) != one]


def _split(typed: str, known: Table, finished: bool) -> Iterator[list[str]]:
    """The longest first syllable first; `finished`: the last has to be whole."""
    if not typed:
        yield []
        return
    for length in range(min(LONGEST_SYLLABLE, len(typed)), 0, -1):
        part, rest = typed[:length], typed[length:]
        if part in known.syllables or part in V_TYPED:
            yield from ([part, *others] for others in _split(rest, known, finished))
        elif not rest and not finished and part in known.beginnings:
            yield [part]


@cache
def spelt(syllable: str) -> Readings:
    """A syllable and the other ways to type it: lv is lyu or lu."""
    return (syllable, *(other for other, meant in V_TYPED.items() if meant == syllable))


def is_initials(typed: str) -> bool:
    """Whether `typed` (letters and digits) may be first letters of syllables: none begins with i, u or v."""
    return len(typed) > 1 and not set(typed) & set("iuv")
