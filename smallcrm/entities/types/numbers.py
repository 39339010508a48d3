"""Numbers: whole, decimal, percent, money. Exact; kept as whole numbers of the smallest unit."""

import re
import unicodedata
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from markupsafe import Markup, escape
from sqlalchemy import BigInteger

from ...core.db import Scaled
from ..field import Field, FieldError, Formatter, plain_text
from ..field_settings import DECIMALS, HIGHEST, LOWEST

LARGEST = Decimal(10) ** 12
UNITS = {
    "": 1,
    "%": 1,
    "百": 10**2,
    "千": 10**3,
    "k": 10**3,
    "万": 10**4,
    "w": 10**4,
    "百万": 10**6,
    "千万": 10**7,
    "亿": 10**8,
}
# Thousands are grouped by three digits, in China sometimes by four.
AMOUNT = re.compile(
    r"(?P<open>\()?(?P<sign>[-+])?(?:(?:¥|\$|€|rmb|cny|人民币)(?P<sign2>[-+])?)?"
    r"(?P<digits>[0-9]{1,4}(?:,[0-9]{3,4})+(?:\.[0-9]*)?|[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?P<power>e[-+]?[0-9]{1,3})?"
    r"(?P<unit>百万|千万|百|千|万|亿|w|k|%)?(?:元整|元|圆|块|rmb|cny|人民币)?(?P<close>\))?\Z"
)


class Number(Field):
    """What all numbers share; `places` decimals are kept, `settings["decimals"]` are shown."""

    icon = "number-123"
    widget = "number"
    numeric = True
    summable = True
    public = True
    operators = ("eq", "ne", "lt", "gt", "gte", "lte", "between", "empty", "filled")
    offers = (DECIMALS, LOWEST, HIGHEST)
    places = 0

    def sql_type(self) -> Any:
        return Scaled(self.places) if self.places else BigInteger()

    @property
    def decimals(self) -> int:
        """How many decimals are shown at most."""
        return min(int(self.settings.get("decimals", 2)), self.places)

    def dump(self, value: Any) -> int | None:
        return None if value is None else int((Decimal(value) * 10**self.places).to_integral_value())

    def load(self, stored: Any) -> Decimal:
        return Decimal(int(stored)).scaleb(-self.places)

    def parse(self, raw: Any) -> Decimal | None:
        if isinstance(raw, (int, float, Decimal)) and not isinstance(raw, bool):
            return self._exact(Decimal(str(raw)), str(raw))
        text = unicodedata.normalize("NFKC", plain_text(raw)).strip()
        if not text:
            return None
        found = AMOUNT.match("".join(text.split()).casefold())
        if found is None or bool(found["open"]) != bool(found["close"]):
            raise FieldError(_("“%(text)s” is not a number.", text=text[:40]))
        negative = bool(found["open"]) + (found["sign"] == "-") + (found["sign2"] == "-")
        value = Decimal(found["digits"].replace(",", "") + (found["power"] or "")) * UNITS[found["unit"] or ""]
        return self._exact(-value if negative % 2 else value, text)

    def _exact(self, value: Decimal, text: str) -> Decimal:
        """`value` rounded to the places kept, halves away from zero as people do (四舍五入)."""
        if not value.is_finite():
            raise FieldError(_("“%(text)s” is not a number.", text=text[:40]))
        if abs(value) >= LARGEST:
            raise FieldError(_("This number is too large."))
        return value.quantize(Decimal(1).scaleb(-self.places), ROUND_HALF_UP)

    def check(self, value: Decimal) -> None:
        if abs(value) >= LARGEST:
            raise FieldError(_("This number is too large."))
        low, high = self.settings.get("min"), self.settings.get("max")
        if low is not None and value < Decimal(str(low)):
            raise FieldError(_("At least %(least)s.", least=low))
        if high is not None and value > Decimal(str(high)):
            raise FieldError(_("At most %(most)s.", most=high))

    def text(self, value: Decimal | None) -> str:
        return "" if value is None else f"{self.rounded(value):,f}"

    def rounded(self, value: Decimal) -> Decimal:
        """As many decimals as are shown."""
        return value.quantize(Decimal(1).scaleb(-self.decimals), ROUND_HALF_UP)

    def html(self, value: Decimal | None) -> str:
        return Markup('<span class="num">{}</span>').format(self.text(value)) if value is not None else Markup("")

    def formatter(self, values: Sequence[Any]) -> Formatter:
        return lambda value: "" if value is None else escape(self.text(value))

    def cell(self, value: Decimal | None) -> Any:
        return value

    def api(self, value: Decimal | None) -> Any:
        return None if value is None else float(value) if self.places else int(value)

    def form_value(self, value: Decimal | None) -> str:
        if value is None:
            return ""
        text = f"{value:f}"
        return text.rstrip("0").rstrip(".") if "." in text else text


class Integer(Number):
    type = "integer"
    type_label = _l("Whole number")
    can_be_unique = True
    offers = (LOWEST, HIGHEST)

    def _exact(self, value: Decimal, text: str) -> Decimal:
        if value.is_finite() and value != value.to_integral_value():
            raise FieldError(_("Enter a whole number without decimals."))
        return super()._exact(value, text)

    def load(self, stored: Any) -> Decimal:
        return Decimal(int(stored))

    @property
    def decimals(self) -> int:
        return 0


class DecimalNumber(Number):
    type = "decimal"
    type_label = _l("Decimal number")
    places = 6


class Percent(Number):
    """A share in percent: 12.5 means 12.5 %."""

    type = "percent"
    type_label = _l("Percent")
    icon = "percentage"
    places = 4

    def text(self, value: Decimal | None) -> str:
        return "" if value is None else f"{self.form_value(self.rounded(value))}%"


class Money(Number):
    """An amount in yuan, to the fen."""

    type = "money"
    type_label = _l("Amount")
    icon = "currency-yuan"
    places = 2

    def text(self, value: Decimal | None) -> str:
        return "" if value is None else f"¥{self.rounded(value):,f}"
