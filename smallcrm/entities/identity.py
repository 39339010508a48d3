"""When two names or numbers mean the same real thing: the normal forms under which duplicates are looked up."""

import re
import unicodedata
from collections.abc import Iterable

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
