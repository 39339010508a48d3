"""Invented companies and people: names, numbers and addresses that look right and belong to nobody.

Mobile numbers use prefixes that no network has been given, landlines begin with 99, which no exchange has, and mail
and web addresses lie under example.cn: trying the call button on example data disturbs no stranger.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from itertools import accumulate
from random import Random

from ..entities import regions
from . import words

UNUSED_PREFIXES = ("154", "160", "161", "163", "164", "168", "169")


@dataclass(frozen=True)
class City:
    """A city with its districts as region codes."""

    code: str
    name: str
    area: str
    districts: tuple[str, ...]


@dataclass(frozen=True)
class Company:
    """An invented company. `goods`: what it buys, the most important first."""

    name: str
    short: str
    brand: str
    industry: str
    city: City
    goods: tuple[str, ...]


@dataclass(frozen=True)
class Somebody:
    """An invented person. `address`: how one speaks of them (王总, 李经理)."""

    name: str
    gender: str
    job: str
    unit: str
    role: str
    address: str


@cache
def cities() -> tuple[tuple[City, ...], tuple[int, ...]]:
    """The cities and their cumulative weights."""
    found = []
    for code, name, area, _weight in words.CITIES:
        districts = tuple(r.code for r in regions.below(code) if r.name.endswith("区"))
        found.append(City(code, name, area, districts))
    return tuple(found), tuple(accumulate(weight for *_rest, weight in words.CITIES))


@cache
def trades() -> tuple[tuple[tuple[str, tuple[tuple[str, str], ...], tuple[str, ...]], ...], tuple[int, ...]]:
    """(industry, its trades as (full, short), its goods) and cumulative weights."""
    found, weights = [], []
    for industry, (weight, names, goods) in words.INDUSTRIES.items():
        pairs = tuple((full, short) for full, _colon, short in (each.partition(":") for each in names.split()))
        found.append((industry, pairs, tuple(goods.split())))
        weights.append(weight)
    return tuple(found), tuple(accumulate(weights))


class Names:
    """Draws companies and people, no company name or phone number twice."""

    def __init__(self, rng: Random) -> None:
        self.rng = rng
        self.taken: set[str] = set()

    def company(self) -> Company:
        """A company whose name has not been drawn before."""
        while True:
            drawn = self._company()
            if drawn.name not in self.taken:
                self.taken.add(drawn.name)
                return drawn

    def _company(self) -> Company:
        rng = self.rng
        known, weights = cities()
        city = rng.choices(known, cum_weights=weights)[0]
        kinds, trade_weights = trades()
        industry, pairs, special = rng.choices(kinds, cum_weights=trade_weights)[0]
        trade, short = rng.choice(pairs)
        brand = rng.choice(words.BRAND_FIRST) + rng.choice(words.BRAND_SECOND)
        goods = (rng.choice(special), rng.choice(words.COMMON_BOXES), rng.choice(words.COMMON_GOODS))
        return Company(
            name=self._full(city.name, brand, trade, industry),
            short=brand + short,
            brand=brand,
            industry=industry,
            city=city,
            goods=tuple(dict.fromkeys(goods)),
        )

    def _full(self, city: str, brand: str, trade: str, industry: str) -> str:
        form = self.rng.random()
        if form < 0.80:
            return f"{city}{brand}{trade}有限公司"
        if form < 0.86:
            return f"{brand}{trade}（{city}）有限公司"
        if form < 0.91:
            return f"{city}{brand}{trade}股份有限公司"
        if form < 0.94:
            return f"{city}{brand}{trade}集团有限公司"
        if form < 0.97:
            return f"{city}市{brand}{trade}有限责任公司"
        return f"{city}{brand}{trade}{'厂' if industry == 'manufacturing' else '经营部'}"

    def person(self, role: str) -> Somebody:
        """A person with this decision role."""
        rng = self.rng
        female = rng.random() < (0.25 if role == "decider" else 0.5)
        surname = rng.choice(words.SURNAMES[: rng.choice((20, 50, len(words.SURNAMES)))])
        name = surname + rng.choice(words.FEMALE if female else words.MALE)
        job, address, unit = rng.choice(words.JOBS[role])
        return Somebody(
            name=name,
            gender="female" if female else "male",
            job=job,
            unit=unit,
            role=role,
            address=address.format(s=surname, n=name),
        )

    def mobile(self) -> str:
        """A mobile number that cannot be anybody's."""
        return self._fresh(lambda: f"{self.rng.choice(UNUSED_PREFIXES)}{self.rng.randrange(10**8):08}")

    def landline(self, city: City) -> str:
        """A number of the city that cannot be anybody's."""
        return self._fresh(lambda: f"{city.area}-99{self.rng.randrange(10**6):06}")

    def _fresh(self, draw: Callable[[], str]) -> str:
        while (number := draw()) in self.taken:
            pass
        self.taken.add(number)
        return number

    def address(self, city: City) -> dict[str, str]:
        """Region code and detail, as an Address field keeps them."""
        rng = self.rng
        place = rng.choice(words.PLACES).format(
            n=rng.randrange(1, 1200), b=rng.randrange(1, 16), r=f"{rng.randrange(1, 25)}{rng.randrange(1, 20):02}"
        )
        return {"region": rng.choice(city.districts), "detail": rng.choice(words.STREETS) + place}


def spelled(text: str) -> str:
    """Pinyin without tones or spaces; good enough for an address, where each character is read for itself."""
    return "".join(map(_syllable, text))


@cache
def _syllable(character: str) -> str:
    # Half a second to import, and only needed while example data is made.
    from pypinyin import lazy_pinyin

    return "".join(lazy_pinyin(character))
