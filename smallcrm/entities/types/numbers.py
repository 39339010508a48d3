"""Numbers: whole, decimal, percent, money. Exact; kept as whole numbers of the smallest unit."""

import re
import unicodedata
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from markupsafe import Markup, escape
from sqlalchemy import BigInteger

from ...core.db import Scaled
from ..field import Field, FieldError, Formatter, plain_text

LARGEST = Decimal(10) ** 12
CHINESE_UNITS = {"万": Decimal(10_000), "亿": Decimal(100_000_000)}


class Number(Field):
    """What all numbers share; `places` decimals are kept, `settings["decimals"]` are shown."""

    icon = "123"
    widget = "number"
    numeric = True
    summable = True
    operators = ("eq", "gte", "lte", "empty", "filled")
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
        cleaned = re.sub(r"[,\s¥$€元圆人民币RMB]", "", text).removesuffix("%")
        factor = CHINESE_UNITS.get(cleaned[-1:], Decimal(1))
        if factor != 1:
            cleaned = cleaned[:-1]
        if cleaned.startswith("(") and cleaned.endswith(")"):
            cleaned = f"-{cleaned[1:-1]}"
        try:
            return self._exact(Decimal(cleaned) * factor, text)
        except InvalidOperation:
            raise FieldError(_("“%(text)s” is not a number.", text=text[:40])) from None

    def _exact(self, value: Decimal, text: str) -> Decimal:
        if not value.is_finite():
            raise FieldError(_("“%(text)s” is not a number.", text=text[:40]))
        return value.quantize(Decimal(1).scaleb(-self.places)) if abs(value) < LARGEST else value

    def check(self, value: Decimal) -> None:
        if abs(value) >= LARGEST:
            raise FieldError(_("This number is too large."))
        low, high = self.settings.get("min"), self.settings.get("max")
        if low is not None and value < Decimal(str(low)):
            raise FieldError(_("At least %(least)s.", least=low))
        if high is not None and value > Decimal(str(high)):
            raise FieldError(_("At most %(most)s.", most=high))

    def text(self, value: Decimal | None) -> str:
        if value is None:
            return ""
        shown = f"{value:,.{self.decimals}f}"
        return shown

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

    def parse(self, raw: Any) -> Decimal | None:
        value = super().parse(raw)
        return value

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
        return "" if value is None else f"{self.form_value(round(value, self.decimals))}%"


class Money(Number):
    """An amount in yuan, to the fen."""

    type = "money"
    type_label = _l("Amount")
    icon = "currency-yuan"
    places = 2

    def text(self, value: Decimal | None) -> str:
        return "" if value is None else f"¥{value:,.{self.decimals}f}"
