"""Pictures and other files that belong to a record."""

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from markupsafe import Markup
from sqlalchemy import JSON, ColumnElement, String, cast, or_

from ..attachments import by_tokens
from ..field import Field, FieldError, Formatter, plain_text


class Attachments(Field):
    """A list of tokens of stored files (`Attachment.token`); uploads are stored before the record is saved."""

    type = "attachment"
    type_label = _l("Files")
    icon = "paperclip"
    widget = "files"
    multiple = True
    structured = True
    takes_a_row = True
    holds_files = True
    has_default = False
    sortable = False
    operators = ("empty", "filled")
    most = 20
    images_only = False

    def sql_type(self) -> Any:
        return JSON(none_as_null=True)

    def parse(self, raw: Any) -> list[str] | None:
        parts = raw if isinstance(raw, (list, tuple)) else plain_text(raw).replace("，", ",").split(",")
        tokens = list(dict.fromkeys(token for part in parts if (token := plain_text(part))))
        return tokens or None

    def check(self, value: Sequence[str]) -> None:
        if len(value) > self.most:
            raise FieldError(_("At most %(most)s files.", most=self.most))
        known = by_tokens(value)
        if len(known) != len(value):
            raise FieldError(_("A file is gone. Choose it again."))
        if self.images_only and not all(file.is_image for file in known.values()):
            raise FieldError(_("Only pictures can be put here."))

    def is_empty(self, column: ColumnElement[Any]) -> ColumnElement[bool]:
        return or_(column.is_(None), cast(column, String) == "[]")

    def text(self, value: Sequence[str] | None) -> str:
        known = by_tokens(value or ())
        return _(", ").join(known[token].name for token in value or () if token in known)

    def html(self, value: Sequence[str] | None) -> str:
        known = by_tokens(value or ())
        return Markup(" ").join(self.link(known[token]) for token in value or () if token in known)

    def link(self, file: Any) -> Markup:
        if file.is_image:
            return Markup(
                '<a class="s-thumb" href="/files/{}" target="_blank">'
                '<img src="/files/{}/thumbnail" alt="{}" loading="lazy"></a>'
            ).format(file.token, file.token, file.name)
        return Markup('<a class="s-file-link" href="/files/{}" download>{}</a>').format(file.token, file.name)

    def formatter(self, values: Sequence[Any]) -> Formatter:
        return lambda value: str(len(value)) if value else ""

    def form_value(self, value: Sequence[str] | None) -> list[str]:
        return list(value or ())


class Images(Attachments):
    type = "image"
    type_label = _l("Pictures")
    icon = "photo"
    widget = "images"
    images_only = True
