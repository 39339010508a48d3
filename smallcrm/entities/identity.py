"""When two names or numbers mean the same real thing: the normal forms under which duplicates are looked up."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from functools import cache

from . import regions

# Legal forms and filler at the end of company names, longest first. Facts of Chinese company registration.
LEGAL_FORMS = (
    "股份有限责任公司",
    "有限责任公司",
    "股份有限公司",
    "集团有限公司",
    "控股有限公司",
    "有限合伙企业",
    "股份公司",
    "有限公司",
    "有限合伙",
    "普通合伙",
    "合伙企业",
    "个人独资企业",
    "总公司",
    "分公司",
    "子公司",
    "集团公司",
    "公司",
    "集团",
    "company",
    "limited",
    "corporation",
    "co",
    "ltd",
    "inc",
    "llc",
    "corp",
    "gmbh",
)
BRACKETS = re.compile(r"[()（）\[\]【】〔〕《》<>{}「」『』]")
NOT_WORD = re.compile(r"[\W_]+")
DIGITS = re.compile(r"\d+")
IN_BRACKETS = re.compile(r"\(([^()]{2,12})\)")


def company_key(name: str) -> str:
    """鑫源科技 for 杭州鑫源科技（集团）有限公司's siblings: without legal form, brackets, spaces, case and width.

    The place name stays: 杭州鑫源 and 上海鑫源 are different companies. "" when nothing is left.
    """
    text = unicodedata.normalize("NFKC", name).casefold()
    text = NOT_WORD.sub("", BRACKETS.sub("", text))
    shortened = True
    while shortened:
        shortened = False
        for form in LEGAL_FORMS:
            if text.endswith(form) and len(text) > len(form):
                text, shortened = text[: -len(form)], True
                break
    return text if len(text) >= 2 else ""


def person_key(name: str) -> str:
    """A person's name without spaces, case and width."""
    text = NOT_WORD.sub("", unicodedata.normalize("NFKC", name).casefold())
    return text if len(text) >= 2 else ""


def phone_keys(text: str) -> Iterable[str]:
    """The digits of every phone number in `text` ("138… / 0571-…"), without +86 and extension; 7 digits at least."""
    normal = unicodedata.normalize("NFKC", text)
    for part in re.split(r"[,;/、，；\n]|转|分机|ext", normal):
        digits = "".join(DIGITS.findall(part))
        if part.strip().startswith("+86"):
            digits = digits[2:]
        elif digits.startswith("0086"):
            digits = digits[4:]
        if len(digits) == 13 and digits.startswith("861"):
            digits = digits[2:]
        if 7 <= len(digits) <= 20:
            yield digits


def email_key(address: str) -> str:
    """An e-mail address without case and width."""
    return unicodedata.normalize("NFKC", address).casefold().strip()


# Between place and name in a key of `alike_keys`; no name has one.
BETWEEN = "/"
# A name of fewer characters is another company when one of them differs; from this place on one may.
LONG_ENOUGH, BRAND = 5, 2
LONGEST = 14
COUNTY = re.compile(r"[\u4e00-\u9fff]{2,3}(?:区|县)(?=[\u4e00-\u9fff]{4})")


def alike_keys(name: str, sound: Callable[[str], str]) -> Iterable[str]:
    """Keys of which two company names that a person would take for one another share at least one.

    The place is put first, without 省 and 市 and whether it stood in brackets: 鑫源科技（杭州）有限公司 is alike to
    浙江省杭州市鑫源科技有限公司, not to 上海鑫源科技. The rest may sound the same (鑫源, 新源: `sound` gives a text's
    pronunciation), and in long names one character behind the first two may be another, missing or too many.
    """
    place, core = _place_and_core(name)
    if len(core) < 2 or (not place and len(core) < 4):
        return  # too little to say that anything else is nearly the same
    yield place + BETWEEN + sound(core)
    if LONG_ENOUGH <= len(core) <= LONGEST:
        yield place + BETWEEN + core
        for i in range(BRAND, len(core)):
            yield place + BETWEEN + core[:i] + core[i + 1 :]


def _place_and_core(name: str) -> tuple[str, str]:
    """("杭州", "鑫源科技"): the nearest province or city that the name says, and its key without places."""
    text = unicodedata.normalize("NFKC", name).casefold()
    place = ""
    for inner in IN_BRACKETS.findall(text):
        found, rest = _leading_place(inner)
        if found and not rest:
            place, text = found, text.replace(f"({inner})", "")
    leading, core = _leading_place(company_key(text))
    return leading or place, COUNTY.sub("", core, count=1) if leading else core


def _leading_place(text: str) -> tuple[str, str]:
    """(the last of the provinces and cities that `text` begins with, without its 省 or 市; what follows them)."""
    place = ""
    while found := next((size for size in range(11, 1, -1) if text[:size] in _places()), 0):
        known, rest = _places()[text[:found]], text[found:]
        if known == text[:found] and regions.NOT_AFTER_SHORT.match(rest):
            break  # 朝阳区 is no 朝阳市
        place, text = known, rest
    return place, text


@cache
def _places() -> Mapping[str, str]:
    """Provinces and cities by their full and their short names → the short one."""
    found: dict[str, str] = {}
    for region in regions.regions().values():
        if region.level < 3 and region.name not in regions.UNSPOKEN:
            short = regions.short_name(region)
            found[region.name] = found[short] = short
    return {name: short for name, short in found.items() if len(short) >= 2}
