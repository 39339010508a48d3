"""Text in its kinds: one line, many lines, phone, e-mail, web address."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import urlsplit

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from markupsafe import Markup, escape
from sqlalchemy import ColumnElement, String, or_
from sqlalchemy import Text as SqlText

from ..field import Field, FieldError, Formatter, plain_text
from ..field_settings import LONGEST
from ..identity import company_key, email_key, person_key, phone_keys


class Text(Field):
    type = "text"
    type_label = _l("Text")
    icon = "letter-case"
    can_be_unique = True
    can_be_searched = True
    operators = ("contains", "lacks", "eq", "ne", "starts", "empty", "filled")
    offers = (LONGEST,)
    longest = 255

    def sql_type(self) -> Any:
        return String(self.settings.get("longest", self.longest))

    def parse(self, raw: Any) -> str | None:
        text = " ".join(unicodedata.normalize("NFC", plain_text(raw)).split())
        return text or None

    def check(self, value: str) -> None:
        longest = self.settings.get("longest", self.longest)
        if len(value) > longest:
            raise FieldError(
                _("At most %(longest)s characters; this has %(length)s.", longest=longest, length=len(value))
            )

    def is_empty(self, column: ColumnElement[Any]) -> ColumnElement[bool]:
        return or_(column.is_(None), column == "")

    def identities(self, value: str) -> Iterable[str]:
        if self.identity == "company":
            return [key] if (key := company_key(value)) else []
        if self.identity == "person":
            return [key] if (key := person_key(value)) else []
        return ()


class LongText(Text):
    type = "long_text"
    type_label = _l("Long text")
    icon = "align-left"
    widget = "textarea"
    takes_a_row = True
    sortable = False
    can_be_unique = False
    operators = ("contains", "lacks", "empty", "filled")
    offers = ()
    longest = 20_000

    def sql_type(self) -> Any:
        return SqlText()

    def parse(self, raw: Any) -> str | None:
        text = unicodedata.normalize("NFC", plain_text(raw)).replace("\r\n", "\n").replace("\r", "\n")
        return text or None

    def html(self, value: str | None) -> str:
        return Markup('<span class="pre-line">{}</span>').format(value) if value else Markup("")

    def formatter(self, values: Sequence[Any]) -> Formatter:
        return lambda value: escape(value if len(value) <= 80 else value[:79] + "…") if value else Markup("")


NOT_A_DIGIT = re.compile(r"[^0-9+]")
NOT_IN_A_NUMBER = re.compile(r"[0-9 +\-().*]")
EXTENSION = re.compile(r"(?:转|分机号?|ext\.?|x|#)\s*([0-9]{1,6})\s*\Z", re.IGNORECASE)
BETWEEN_NUMBERS = re.compile(r"[,;/、\n]|\s或\s?")
# 11 digits beginning with 1 are a mobile; these shorter ones are not mistyped mobiles but service numbers.
SERVICE_NUMBERS = ("100", "101", "118", "121", "123", "125", "106")


class Phone(Text):
    """A phone number, mobile or landline, of any country; kept as typed but tidied (13800138000, 0571-88886666).

    Cells of real lists often hold two: they are kept with " / " between.
    """

    type = "phone"
    type_label = _l("Phone")
    icon = "phone"
    widget = "tel"
    offers = ()
    longest = 40

    def __init__(self, label: Any, **settings: Any) -> None:
        settings.setdefault("identity", "phone")
        super().__init__(label, **settings)

    def parse(self, raw: Any) -> str | None:
        text = unicodedata.normalize("NFKC", plain_text(raw))
        parts = [self.tidy(part) for part in BETWEEN_NUMBERS.split(text)]
        return " / ".join(dict.fromkeys(part for part in parts if part)) or None

    def tidy(self, text: str) -> str:
        """One number: +86, spaces and dashes taken out of a mobile; a landline as typed."""
        extension = EXTENSION.search(text)
        main = " ".join(text[: extension.start()].split() if extension else text.split()).strip(" -")
        digits = NOT_A_DIGIT.sub("", main)
        for prefix in ("+86", "0086", "86"):
            if digits.startswith(f"{prefix}1") and len(digits) == len(prefix) + 11:
                digits = digits[len(prefix) :]
        if len(digits) == 11 and digits.startswith("1") and not NOT_IN_A_NUMBER.sub("", main):
            main = digits
        return f"{main} 转 {extension[1]}" if extension and main else main

    def check(self, value: str) -> None:
        super().check(value)
        for part in value.split(" / "):
            main = part.split(" 转 ")[0]
            digits = sum(c in "0123456789" for c in main)
            if NOT_IN_A_NUMBER.sub("", main) or not 3 <= digits <= 20:
                raise FieldError(_("Enter a phone number such as 13800138000 or 0571-88886666."))
            mistyped = main.isdecimal() and main.startswith("1") and len(main) in (9, 10, 12, 13)
            if mistyped and not main.startswith(SERVICE_NUMBERS):
                raise FieldError(_("A mobile number has 11 digits; this one has %(count)s.", count=len(main)))

    def html(self, value: str | None) -> str:
        # A number is digits and the few signs that check() allows; escaped all the same, as pieces: half of what
        # Markup.format costs, and lists have fifty.
        links = " / ".join(map(self.link, value.split(" / "))) if value else ""
        return Markup(links)  # noqa: S704 - made safe by link()

    def link(self, number: str) -> str:
        """Safe HTML of one number that a tap calls."""
        dial = NOT_A_DIGIT.sub("", number.split("转")[0])
        return f'<a href="tel:{dial}" class="tel">{escape(self.grouped(number))}</a>'

    def grouped(self, value: str) -> str:
        """138 0013 8000: eyes read groups."""
        if len(value) == 11 and value.isdigit() and value.startswith("1"):
            return f"{value[:3]} {value[3:7]} {value[7:]}"
        return value

    def formatter(self, values: Sequence[Any]) -> Formatter:
        return self.html

    def masked(self, value: str | None) -> str:
        """138****8000: enough to recognise a number one knows, too little to dial one."""
        return " / ".join(self._masked(part) for part in value.split(" / ")) if value else ""

    def _masked(self, number: str) -> str:
        number = number.split(" 转 ")[0]
        edge = (3, 4) if len(number) >= 11 else (2, 2) if len(number) >= 7 else (0, 0)
        return f"{number[: edge[0]]}****{number[len(number) - edge[1] :]}"

    def identities(self, value: str) -> Iterable[str]:
        return phone_keys(value)


EMAIL = re.compile(r"[^@\s<>\"']+@[^@\s<>\"']+\.[^@\s<>\"'.]{2,}\Z")


class Email(Text):
    type = "email"
    type_label = _l("E-mail")
    icon = "mail"
    widget = "email"
    offers = ()

    def __init__(self, label: Any, **settings: Any) -> None:
        settings.setdefault("identity", "email")
        super().__init__(label, **settings)

    def identities(self, value: str) -> Iterable[str]:
        return [email_key(value)]

    def parse(self, raw: Any) -> str | None:
        text = unicodedata.normalize("NFKC", plain_text(raw)).strip(" ;,")
        return text.removeprefix("mailto:") or None

    def check(self, value: str) -> None:
        super().check(value)
        if not EMAIL.match(value):
            raise FieldError(_("Enter an e-mail address such as name@example.cn."))

    def masked(self, value: str | None) -> str:
        """z****@example.cn."""
        name, _at, domain = (value or "").rpartition("@")
        return f"{name[:1]}****@{domain}" if value else ""

    def html(self, value: str | None) -> str:
        return Markup('<a href="mailto:{}">{}</a>').format(value, value) if value else Markup("")

    def formatter(self, values: Sequence[Any]) -> Formatter:
        return lambda value: escape(value) if value else Markup("")


class WebAddress(Text):
    type = "url"
    type_label = _l("Web address")
    icon = "world"
    widget = "url"
    offers = ()
    longest = 500

    def parse(self, raw: Any) -> str | None:
        text = "".join(plain_text(raw).split())
        if text and "://" not in text:
            text = f"http://{text}"
        return text or None

    def check(self, value: str) -> None:
        super().check(value)
        try:
            parts = urlsplit(value)
        except ValueError:
            parts = urlsplit("")
        if parts.scheme not in ("http", "https") or "." not in parts.netloc:
            raise FieldError(_("Enter a web address such as www.example.cn."))

    def html(self, value: str | None) -> str:
        if not value:
            return Markup("")
        # Stored values were checked, but imported history may predate the check: never link another scheme.
        if urlsplit(value).scheme not in ("http", "https"):
            return escape(value)
        shown = value.removeprefix("http://").removeprefix("https://").rstrip("/")
        return Markup('<a href="{}" target="_blank" rel="noopener noreferrer">{}</a>').format(value, shown)

    def formatter(self, values: Sequence[Any]) -> Formatter:
        return lambda value: escape(value) if value else Markup("")
