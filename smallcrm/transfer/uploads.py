"""Taking a file in, and the verbs of an import: read it another way, arrange it, check it, run it, stop it."""

import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

from flask_babel import gettext as _

from ..access import Forbidden
from ..core import clock, lane
from ..core.db import after_commit, db, write
from ..core.errors import Invalid, Refused
from ..core.sheets.errors import SheetError
from ..entities import Entity, attachments
from ..users.models import User
from . import mapping, options, rights, source, tasks, trial
from .models import WORKING, Import, ImportState, folder

LARGEST = 25 * 1024 * 1024
# What a file must be called; what it is, is told by its content.
EXTENSIONS = ("xlsx", "xls", "xlsm", "xlsb", "ods", "et", "csv", "tsv", "txt")


def receive(stream: BinaryIO, name: str, entity: Entity, user: User) -> Import:
    """Keep an uploaded file and look into it; returns its import, saved. Raises Refused. Not inside write()."""
    if not rights.may_import(user, entity):
        raise Forbidden(_("You do not have the right to do this. Ask your administrator if you need it."))
    shown = attachments.clean_name(name)
    ending = attachments.extension(shown)
    if ending not in EXTENSIONS:
        raise SheetError("not_a_spreadsheet")
    token = secrets.token_hex(16)
    path = folder("imports") / f"{token}.{ending}"
    size = _keep(stream, path)
    row = Import(token=token, user_id=user.id, entity=entity.key, file_name=shown, stored_as=path.name, size=size)
    try:
        _take(row, source.look(path), entity, user)
    except Refused:
        path.unlink()
        raise
    row.options = options.defaults(entity)
    with write() as session:
        session.add(row)
    return row


def _take(row: Import, found: Mapping[str, Any], entity: Entity, user: User) -> None:
    """Note what was found in the file, and which column seems to be which field. Raises Refused for an empty table."""
    for key, value in found.items():
        setattr(row, key, value)
    if row.row_count <= row.first_row:
        raise Refused(_("There are no rows below the column labels in this file."))
    row.mapping = mapping.suggest(entity, user, source.columns(row))


def _keep(stream: BinaryIO, path: Path) -> int:
    size = 0
    with path.open("xb") as file:
        while block := stream.read(1 << 20):
            size += len(block)
            if size > LARGEST:
                break
            file.write(block)
        file.flush()
        os.fsync(file.fileno())
    if not 0 < size <= LARGEST:
        path.unlink()
        raise Refused(_("The file is empty.") if not size else _("The file is too large. Files may be up to 25 MB."))
    return size


def read_again(row: Import, asked: Mapping[str, str], user: User) -> None:
    """Read another sheet, with another encoding, or take another row for the labels. Raises Refused.

    `asked`: sheet, encoding, header_row (counted from 1; 0: there are no labels). Not inside write().
    """
    _demand_idle(row)
    entity, found = rights.entity_of(row), {}
    sheet, encoding = asked.get("sheet") or row.sheet, asked.get("encoding") or row.encoding
    if (sheet, encoding) != (row.sheet, row.encoding):
        found = source.look(row.path, sheet, encoding)
    elif (header := asked.get("header_row", "")).isdecimal() and int(header) <= len(source.sight(row).head):
        found = {"header_row": int(header) - 1 if int(header) else None}
    with write():
        fresh = db.session.get_one(Import, row.id)
        _demand_idle(fresh)
        _take(fresh, found, entity, user)
        fresh.state, fresh.trial = ImportState.draft, None


def arrange(row: Import, chosen: Mapping[str, str], asked: Mapping[str, Any], user: User) -> None:
    """Take the person's mapping ({position: field key}) and options. Inside write(). Raises Invalid, Refused."""
    _demand_idle(row)
    entity = rights.entity_of(row)
    row.mapping = mapping.checked(entity, user, chosen, source.columns(row))
    row.options = options.checked(entity, asked, row.mapping)
    lacking = mapping.missing(entity, row.mapping)
    if lacking and row.options["mode"] != "update":
        words = _(", ").join(str(field.label) for field in lacking)
        raise Invalid({"": _("No column is matched to %(fields)s, which every record needs.", fields=words)})


def begin_check(row: Import) -> None:
    """Send it to the trial run; inside write(). Small files are to be checked at once by :func:`check_now`."""
    row.state, row.counts, row.trial, row.failure, row.turn_at = ImportState.checking, {}, None, None, clock.now()
    if row.row_count > tasks.SMALL:
        after_commit(tasks.work_on_import, row.id)


def check_now(row: Import) -> None:
    """Do the trial run of a small file here and now; not inside write()."""
    if row.row_count <= tasks.SMALL:
        tasks.work_on_import.run(row.id)


def run(row: Import) -> None:
    """Send a checked import, or one that was stopped half-way, on its way; inside write(). Raises Refused."""
    if row.state == ImportState.checked:
        row.counts, row.last_row, row.seconds = {}, 0, 0.0
    elif row.state not in (ImportState.cancelled, ImportState.failed) or row.trial is None:
        raise Refused(_("This import cannot be started now."))
    row.state, row.failure, row.finished_at, row.turn_at = ImportState.running, None, None, clock.now()
    after_commit(tasks.work_on_import, row.id)


def cancel(row: Import) -> None:
    """Stop it; what is in stays in. Inside write(). Raises Refused when there is nothing to stop."""
    if row.state not in WORKING:
        raise Refused(_("This import is not under way."))
    if row.state == ImportState.checking:
        row.state, row.counts = ImportState.draft, {}
    else:
        row.state, row.finished_at = ImportState.cancelled, clock.now()
    lane.leave(row)


def discard(row: Import) -> None:
    """Delete an import that brought nothing in, with its file. Not inside write(). Raises Refused."""
    if row.state not in (ImportState.draft, ImportState.checked):
        raise Refused(_("Only imports that were not started can be deleted."))
    path = row.path
    trial.forget_rows(row.id, "trial")
    with write() as session:
        session.delete(session.get_one(Import, row.id))
    path.unlink(missing_ok=True)


def _demand_idle(row: Import) -> None:
    if row.state not in (ImportState.draft, ImportState.checked) and not (
        row.state == ImportState.failed and row.trial is None
    ):
        raise Refused(_("This import has been started; upload the file again for another one."))
