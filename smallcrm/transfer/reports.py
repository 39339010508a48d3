"""The rows that did not get in, as a sheet to correct and send again."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select

from ..core.db import db
from ..core.sheets import writing
from ..core.sheets.cells import unpacked
from ..core.sheets.table import letter
from ..entities import Entity, Field, FieldError
from ..users.models import User
from . import names, source
from .models import Import, ImportRow, ImportState

PAGE = 1_000


def phase(row: Import) -> str:
    """Which rows are shown: those of the trial run until the import has begun."""
    return "trial" if row.state in (ImportState.checking, ImportState.checked) else "run"


def problems(row: Import, kind: str, *, after: int = -1, most: int = PAGE) -> Sequence[Any]:
    """(number, packed cells, errors) of the faulty or duplicate rows behind the row number `after`."""
    found = select(ImportRow.number, ImportRow.cells, ImportRow.errors).where(
        ImportRow.import_id == row.id,
        ImportRow.phase == phase(row),
        ImportRow.kind == kind,
        ImportRow.number > after,
    )
    return db.session.execute(found.order_by(ImportRow.number).limit(most)).all()


def sentences(entity: Entity, errors: Mapping[str, str]) -> list[str]:
    """What is wrong with a row, each with the name of its field."""
    return [
        _("%(field)s: %(sentence)s", field=entity[key].label, sentence=sentence)
        if key in entity.all_fields
        else sentence
        for key, sentence in errors.items()
    ]


def write(row: Import, entity: Entity, path: Path) -> int:
    """Write the faulty rows, and on a second sheet the skipped ones, with the columns of the file and the reasons."""
    labels = [column.label or letter(column.position) for column in source.columns(row)]
    columns = [*(writing.Column(label) for label in labels), writing.Column(_("Reason"), "@", 60)]
    kinds = (("faulty", _("Faulty rows")), ("duplicate", _("Skipped duplicates")))
    counts = row.counts if phase(row) == "run" else row.trial or {}
    sheets = [
        writing.SheetOut(name, columns, _rows(row, entity, kind, len(labels)))
        for kind, name in kinds
        if counts.get(kind) or kind == "faulty"
    ]
    return writing.write_xlsx(path, sheets)


def _rows(row: Import, entity: Entity, kind: str, width: int) -> Iterator[list[Any]]:
    after = -1
    while page := problems(row, kind, after=after):
        after = page[-1].number
        for _number, packed, errors in page:
            cells = unpacked(packed.encode())[:width]
            yield [*cells, *([None] * (width - len(cells))), "\n".join(sentences(entity, errors))]


@dataclass(frozen=True)
class Shown:
    """A row on a page: its number, [(text, what is wrong with it)] for each shown column, what is wrong with all."""

    number: int
    cells: list[tuple[str, str]]
    notes: list[str]


def preview(row: Import, entity: Entity, user: User, most: int = 5) -> tuple[list[Field], list[Shown]]:
    """(fields, the first rows of the file as they would be stored)."""
    fields = [entity[key] for key in row.mapping.values()]
    batch = source.first_rows(row, most)
    raws = [source.raw(row.mapping, cells) for _number, cells in batch]
    wrong = names.resolve(entity, row.mapping.values(), raws, user)
    shown = []
    for (number, _cells), raw, errors in zip(batch, raws, wrong, strict=True):
        shown.append(Shown(number, [_stored(field, raw, errors) for field in fields], []))
    return fields, shown


def _stored(field: Field, raw: Mapping[str, Any], errors: Mapping[str, str]) -> tuple[str, str]:
    if field.key in errors:
        return "", errors[field.key]
    try:
        value = field.parse(raw.get(field.key))
        if value is not None:
            field.check(value)
    except FieldError as error:
        return str(raw.get(field.key)), str(error)
    return field.text(value), ""


def faulty_rows(row: Import, entity: Entity, most: int = 50) -> tuple[list[tuple[int, str]], list[Shown]]:
    """([(position, label) of the columns in which something is wrong], the first faulty rows with those columns)."""
    found = problems(row, "faulty", most=most)
    places = {key: int(position) for position, key in row.mapping.items()}
    first = places.get(entity.title_key, min(places.values(), default=0))
    wanted = {first} | {places[key] for _number, _cells, errors in found for key in errors if key in places}
    labels = {column.position: column.label or column.letter for column in source.columns(row)}
    order = sorted(wanted, key=lambda position: (position != first, position))
    columns = [(position, labels.get(position, "")) for position in order]
    keys = {position: key for key, position in places.items()}
    rows = []
    for number, packed, errors in found:
        cells = unpacked(packed.encode())
        texts = [str(cells[place]) if place < len(cells) and cells[place] is not None else "" for place, _ in columns]
        marked = [(text, errors.get(keys.get(place, ""), "")) for text, (place, _) in zip(texts, columns, strict=True)]
        rest = {key: sentence for key, sentence in errors.items() if key not in places}
        rows.append(Shown(number, marked, sentences(entity, rest)))
    return columns, rows
