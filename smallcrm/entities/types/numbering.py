"""Numbers the system gives: KH20261122-0001."""

import re
from datetime import date
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import String

from ...core import i18n
from ..field import Field, FieldError, plain_text
from ..field_settings import Setting

PART = re.compile(r"\{(YYYY|YY|MM|DD|YYYYMM|YYYYMMDD|YYMM|YYMMDD|0+)\}")
FORMATS = {
    "YYYY": "%Y",
    "YY": "%y",
    "MM": "%m",
    "DD": "%d",
    "YYYYMM": "%Y%m",
    "YYYYMMDD": "%Y%m%d",
    "YYMM": "%y%m",
    "YYMMDD": "%y%m%d",
}


def read_pattern(pattern: str) -> str:
    """A pattern with a counter and without unknown parts (FieldError)."""
    rest = PART.sub("", pattern)
    if "{" in rest or "}" in rest or not re.search(r"\{0+\}", pattern) or len(pattern) > 40:
        raise FieldError(_("A pattern needs a counter such as {0000}, and may use {YYYY}, {MM} and {DD}."))
    return pattern


class AutoNumber(Field):
    """Given once, when the record is made; counts up within the dates that its pattern names."""

    type = "auto_number"
    type_label = _l("Automatic number")
    icon = "hash"
    can_be_searched = True
    has_default = False
    public = True
    operators = ("contains", "eq", "starts", "empty", "filled")
    offers = (
        Setting(
            "pattern",
            _l("Pattern"),
            "text",
            read_pattern,
            help=_l("{YYYYMMDD}-{0000} gives 20261122-0001; the count starts anew with each date."),
            required=True,
            custom_only=False,
        ),
    )

    def __init__(self, label: Any, **settings: Any) -> None:
        settings.setdefault("pattern", "{YYYYMMDD}-{0000}")
        settings["readonly"] = True
        super().__init__(label, **settings)

    def sql_type(self) -> Any:
        return String(64)

    def parse(self, raw: Any) -> str | None:
        return plain_text(raw) or None

    def period(self, day: date) -> str:
        """The counter's name on `day`: the pattern with its dates filled in, so the count starts anew with them."""
        return PART.sub(lambda part: day.strftime(FORMATS[part[1]]) if part[1] in FORMATS else "#", self.pattern)

    def compose(self, day: date, count: int) -> str:
        """The number itself, for the `count`-th record of the period."""
        return PART.sub(
            lambda part: day.strftime(FORMATS[part[1]]) if part[1] in FORMATS else str(count).zfill(len(part[1])),
            self.pattern,
        )

    @property
    def pattern(self) -> str:
        return str(self.settings["pattern"])

    def today(self) -> date:
        return i18n.today()
