"""Taking a list home: the rows of the list as it is filtered, in typed cells, as many as the person may export."""

import secrets
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from flask_babel import gettext as _
from sqlalchemy import and_, func, select
from werkzeug.datastructures import MultiDict

from .. import access
from ..access import Forbidden
from ..core import clock, i18n
from ..core.db import db, write
from ..core.errors import Refused
from ..core.once import remembering
from ..core.sheets import writing
from ..entities import Entity, Field
from ..entities.types import Date, Integer, Moment, Money, Percent, UserRef
from ..entities.types.numbers import Number
from ..records import listing
from ..records.models import columns_of
from ..users.models import User
from . import rights
from .models import Export, ExportState, folder

# So many rows are sent at once; more are written in the background.
AT_ONCE = 20_000
KEPT = timedelta(days=7)
MOST_RUNNING = 3
PAGE = 1_000
FORMATS = ("xlsx", "csv")


def wanted(
    entity: Entity,
    user: User,
    arguments: MultiDict[str, str],
    *,
    everything: bool = False,
    ids: Sequence[int] = (),
) -> listing.Listing:
    """The list that `arguments` ask for, limited to what `user` may export. Raises BadListing, Forbidden.

    `everything`: all fields. `ids`: only these records.
    """
    access.demand_any(user, entity, "view")
    access.demand_any(user, entity, "export")
    arguments = arguments.copy()
    arguments.pop("after", None)
    found = listing.parse(entity, user, arguments, columns_of(user.id, entity.key))
    if everything:
        found.columns = access.readable_fields(entity, user)
    found.limit = access.within(entity, user, "export")
    if ids:
        found.limit = and_(found.limit, entity.model.id.in_(ids))
    return found


def count(found: listing.Listing, most: int) -> int:
    """How many rows there are, counted to `most` + 1."""
    limited = select(found.entity.model.id).where(found.conditions()).limit(most + 1).subquery()
    return db.session.scalar(select(func.count()).select_from(limited)) or 0


def own_words(entity: Entity, user: User, arguments: MultiDict[str, str]) -> MultiDict[str, str]:
    """The parameters without words that mean something else when somebody else, or nobody, is signed in."""
    plain: MultiDict[str, str] = MultiDict()
    for name, value in arguments.items(multi=True):
        parts = name.split(".")
        field = entity.get(parts[1]) if len(parts) == 3 and parts[0] == "f" else None
        plain.add(name, str(user.id) if value == "me" and isinstance(field, UserRef) else value)
    return plain


def rows(found: listing.Listing) -> Iterator[tuple[Any, ...]]:
    """The cells of every row, in the list's order; walks the list page by page."""
    while True:
        page = found.page(PAGE)
        columns = [_cells(field, page.values(index)) for index, field in enumerate(found.columns)]
        yield from zip(*columns, strict=True)
        if not page.cursor:
            return
        found.after = page.cursor


def _cells(field: Field, values: Sequence[Any]) -> list[Any]:
    if type(field).cell is not Field.cell:
        return [None if value is None else field.cell(value) for value in values]
    words = field.texts(values)
    return [None if value is None else words(value) for value in values]


def columns(fields: Sequence[Field]) -> list[writing.Column]:
    """The columns of the sheet."""
    return [writing.Column(str(field.label), number_format(field)) for field in fields]


def number_format(field: Field) -> str | None:
    """How a spreadsheet program shows the cells of a field; "@" is text, whatever it looks like."""
    # The first that fits: a Moment is a Date, Money and Percent are Numbers.
    formats: tuple[tuple[type[Field], str | None], ...] = (
        (Moment, "yyyy-mm-dd hh:mm"),
        (Date, "yyyy-mm-dd"),
        (Money, "#,##0.00"),
        (Percent, 'General"%"'),
        (Integer, "0"),
        (Number, None),
    )
    return next((shape for kind, shape in formats if isinstance(field, kind)), "@")


def write_file(path: Path, format: str, found: listing.Listing) -> int:
    """Write the list to `path`; returns how many rows there were. Constant memory."""
    with remembering():
        if format == "csv":
            return writing.write_csv(path, columns(found.columns), rows(found))
        sheet = writing.SheetOut(str(found.entity.label), columns(found.columns), rows(found))
        return writing.write_xlsx(path, [sheet])


def file_name(entity: Entity, format: str) -> str:
    """客户 2026-11-22.xlsx."""
    return f"{entity.label} {i18n.today().isoformat()}.{format}"


def temporary(format: str) -> Path:
    """A new name in the folder of exports."""
    return folder("exports") / f"{secrets.token_hex(16)}.{format}"


def log(found: listing.Listing, query: str, format: str, count: int) -> None:
    """Write down an export that was sent at once."""
    row = begun(found, query, format)
    row.state, row.rows, row.finished_at = ExportState.finished, count, clock.now()
    with write() as session:
        session.add(row)


def begun(found: listing.Listing, query: str, format: str) -> Export:
    """The row of a new export, not yet in the session."""
    return Export(
        token=secrets.token_hex(16),
        user_id=found.user.id,
        entity=found.entity.key,
        query=query,
        columns=[field.key for field in found.columns],
        format=format,
    )


def start(found: listing.Listing, query: str, format: str) -> Export:
    """Order an export that the background writes; inside write(). Raises Refused."""
    running = select(func.count()).where(Export.user_id == found.user.id, Export.state == ExportState.running)
    if (db.session.scalar(running) or 0) >= MOST_RUNNING:
        raise Refused(_("Several of your exports are being written. Wait until they are ready."))
    row = begun(found, query, format)
    db.session.add(row)
    db.session.flush()
    return row


def write_kept(row: Export) -> tuple[int, str]:
    """Write the file of a large export and keep it; returns (rows, name of the file). Raises Refused."""
    entity = rights.entity_of(row)
    user = db.session.get_one(User, row.user_id)
    if not user.is_active:
        raise Forbidden(_("This account is disabled."))
    arguments = MultiDict(parse_qsl(row.query, keep_blank_values=True))
    try:
        found = wanted(entity, user, arguments)
        readable = {field.key: field for field in access.readable_fields(entity, user)}
        found.columns = [readable[key] for key in row.columns if key in readable]
        path = temporary(row.format)
        return write_file(path, row.format, found), path.name
    except listing.BadListing as bad:
        raise Refused(str(bad))
