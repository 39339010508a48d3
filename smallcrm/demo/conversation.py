"""What is said to one customer over the years: no text twice, no phrase again before the others were used."""

from collections.abc import Sequence
from functools import cache
from math import gcd
from random import Random

from . import words
from .names import Company, Somebody
from .sentences import BODIES, ENDINGS, OPENINGS, TASKS

KINDS = ("phone", "wechat", "visit", "email", "other")
KIND_WEIGHTS = (46, 79, 92, 98, 100)
# Which mood the last sentence has when another contact was agreed, and when not.
AGREED = dict.fromkeys(("order", "delivery", "repeat", "care", "complaint", "pause"), "later")
OPEN = {"delivery": "pleased", "order": "pleased", "repeat": "pleased", "care": "pleased", "lost": "over"}


class Conversation:
    """One customer's side of the talk: who is spoken to, about which goods, instead of which rival."""

    def __init__(
        self, rng: Random, company: Company, people: Sequence[Somebody], written: set[str] | None = None
    ) -> None:
        """`written`: texts of other conversations that must not come again here."""
        self.rng = rng
        self.company = company
        self.people = people
        self.rival = rng.choice(words.RIVALS)
        self.boxes = [goods for goods in company.goods if words.GOODS[goods][3]]
        self.prices: dict[str, float] = {}
        self.written = written if written is not None else set()
        self._places: dict[str, tuple[int, int]] = {}

    def write(self, stage: str, who: Somebody, half: str, next_day: str | None) -> tuple[str, str]:
        """(kind, text) of a follow-up at `stage`; `half` of the day and the `next_day` that was agreed, in words."""
        while True:
            kind, text = self._draft(stage, Slots(self, who, half, next_day))
            if text not in self.written:
                self.written.add(text)
                return kind, text

    def task(self, who: Somebody) -> str:
        """The title of something to do for this customer."""
        return self._phrase("task", TASKS).format_map(Slots(self, who, "", None))

    def _draft(self, stage: str, slots: "Slots") -> tuple[str, str]:
        body = self._phrase(stage, BODIES[stage])
        forced, colon, rest = body.partition(":")
        if colon:
            kind, body = forced, rest
        else:
            kind = self.rng.choices(KINDS, cum_weights=KIND_WEIGHTS)[0]
        opening = self._phrase(kind, OPENINGS[kind]) if not body.startswith("=") else ""
        mood = AGREED.get(stage, "agreed") if slots["next"] else OPEN.get(stage, "open")
        ending = self._phrase(mood, ENDINGS[mood])
        pattern = f"{opening}{body.lstrip('=')}{'，' if ending else ''}{ending}。"
        return kind, pattern.format_map(slots)

    def _phrase(self, name: str, phrases: Sequence[str]) -> str:
        """The next of `phrases` in an order of this conversation's own that comes round to each before any repeats."""
        size = len(phrases)
        place, stride = self._places.get(name) or (self.rng.randrange(size), self.rng.choice(strides(size)))
        self._places[name] = ((place + stride) % size, stride)
        return phrases[place]

    def price(self, goods: str) -> str:
        """What was agreed for `goods`, in yuan; the same every time."""
        if goods not in self.prices:
            self.prices[goods] = self.rng.uniform(*words.GOODS[goods][2])
        return f"{self.prices[goods]:.2f}"


class Slots(dict[str, object]):
    """The words of one text, each drawn when a sentence asks for it."""

    def __init__(self, talk: Conversation, who: Somebody, half: str, next_day: str | None) -> None:
        super().__init__(who=who.address, rival=talk.rival, half=half, next=next_day)
        self.talk = talk
        self.somebody = who

    def __missing__(self, name: str) -> object:
        self[name] = drawn = DRAWN[name](self, self.talk.rng)
        return drawn

    def others(self, rng: Random) -> str:
        """How another person there is called."""
        known = [person.address for person in self.talk.people if person is not self.somebody]
        return rng.choice(known) if known else "他们老板"

    def quantity(self, rng: Random) -> str:
        """An amount of the goods the sentence is about."""
        unit, (least, most), _prices, _made = words.GOODS[self.subject()]
        return f"{rng.randrange(least, most, 10 ** (len(str(least)) - 1))}{unit}"

    def subject(self) -> str:
        """The goods the sentence is about."""
        return str(self["box"] if "box" in self else self["goods"])

    def more(self, rng: Random) -> str:
        """Other goods than those."""
        return rng.choice([goods for goods in self.talk.company.goods if goods != self.subject()])


DRAWN = {
    "goods": lambda slots, rng: rng.choice(slots.talk.company.goods),
    "box": lambda slots, rng: rng.choice(slots.talk.boxes),
    "more": Slots.more,
    "boss": Slots.others,
    "qty": Slots.quantity,
    "price": lambda slots, rng: slots.talk.price(slots.subject()),
    "percent": lambda slots, rng: rng.randrange(2, 16),
    "days": lambda slots, rng: rng.choice((3, 5, 7, 10, 12, 15, 20)),
    "n": lambda slots, rng: rng.randrange(3, 9),
    "money": lambda slots, rng: f"{rng.randrange(8, 260) / 10:.1f}",
    "month": lambda slots, rng: f"{rng.randrange(1, 13)}月",
}


@cache
def strides(size: int) -> tuple[int, ...]:
    """Steps that reach every place of a ring of `size`."""
    return tuple(step for step in range(1, size + 1) if gcd(step, size) == 1)
