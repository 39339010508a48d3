"""An address: 省/市/区 from the shipped table, and the detail below it."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import JSON, ColumnElement, func, or_

from .. import regions
from ..field import Field, FieldError, plain_text
from ..json_path import json_value


class Address(Field):
    """Value: {"region": "330108" or "", "detail": "江南大道 1 号"}. Filtered by region: 33 means the whole province."""

    type = "address"
    type_label = _l("Postal address")
    icon = "map-pin"
    widget = "address"
    structured = True
    takes_a_row = True
    has_default = False
    sortable = False
    can_be_searched = True
    operators = ("within", "contains", "empty", "filled")

    def sql_type(self) -> Any:
        return JSON(none_as_null=True)

    def parse(self, raw: Any) -> dict[str, str] | None:
        if isinstance(raw, (list, tuple)) and len(raw) > 1:
            # A form sends province, city, district and detail as four values of one name.
            *codes, detail = (plain_text(part) for part in raw)
            region = next((code for code in reversed(codes) if code), "")
            if not region:
                return self.parse(detail)
            return {"region": region, "detail": detail} if region or detail else None
        if isinstance(raw, (list, tuple)):
            raw = raw[0] if raw else None
        if isinstance(raw, Mapping):
            region, detail = plain_text(raw.get("region")), plain_text(raw.get("detail"))
            return {"region": region, "detail": detail} if region or detail else None
        code, detail = regions.split(plain_text(raw))
        return {"region": code or "", "detail": detail} if code or detail else None

    def check(self, value: Mapping[str, str]) -> None:
        if value["region"] and value["region"] not in regions.regions():
            raise FieldError(_("Choose the province, city and district from the list."))
        if len(value["detail"]) > 300:
            raise FieldError(
                _("At most %(longest)s characters; this has %(length)s.", longest=300, length=len(value["detail"]))
            )

    def text(self, value: Mapping[str, str] | None) -> str:
        if not value:
            return ""
        return f"{regions.words(value['region'])}{value['detail']}"

    def masked(self, value: Mapping[str, str] | None) -> str:
        """The region without the street."""
        return regions.words(value["region"]) if value else ""

    def operand(self, op: str, raw: str) -> Any:
        if op == "contains":
            return plain_text(raw)
        if raw not in regions.regions():
            raise FieldError(_("Choose the province, city and district from the list."))
        return raw

    def compare(self, column: ColumnElement[Any], op: str, values: Sequence[Any]) -> ColumnElement[bool]:
        part = "region" if op == "within" else "detail"
        text = func.coalesce(json_value(column, part), "")
        if op == "within":
            return or_(*(text.startswith(code, autoescape=True) for code in values))
        return or_(*(text.contains(word, autoescape=True) for word in values))

    def is_empty(self, column: ColumnElement[Any]) -> ColumnElement[bool]:
        return column.is_(None)

    def filter_words(self, op: str, raws: Sequence[str]) -> str:
        return _(", ").join(regions.words(raw) if op == "within" else raw for raw in raws)

    def form_value(self, value: Mapping[str, str] | None) -> Any:
        return dict(value) if value else {"region": "", "detail": ""}
