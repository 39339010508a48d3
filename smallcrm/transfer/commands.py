"""Import and export without a browser: the same engine, waited for."""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select
from werkzeug.datastructures import MultiDict

from ..core import lane
from ..core.console import CannotStart
from ..core.db import db, write
from ..core.errors import Invalid, Refused
from ..entities import Entity, every
from ..users.models import User, normalise_email
from . import exports, reports, running, trial, uploads
from .models import OUTCOMES, WORKING, Import, ImportState

# How the counts are called in the output.
NAMES = {"created": "new", "updated": "updated", "unchanged": "unchanged", "duplicate": "duplicate", "faulty": "faulty"}


def import_file(
    entity: str, path: Path, email: str, mode: str, match: str | None, *, only_trial: bool
) -> dict[str, Any]:
    """Import a file as the person with this address; returns {rows, new, updated, …, problems: path or None}.

    Raises CannotStart for everything that is wrong with what was asked.
    """
    user, into = _person(email), _entity(entity)
    if not path.is_file():
        raise CannotStart(_("There is no file %(path)s.", path=path))
    try:
        with path.open("rb") as file:
            row = uploads.receive(file, path.name, into, user)
        asked = {"mode": mode, "match": _field(into, match) if match else None}
        with write():
            uploads.arrange(row, dict(row.mapping), asked, user)
            row.state = ImportState.checking
        _work(row.id)
        if not only_trial:
            with write():
                row = db.session.get_one(Import, row.id)
                row.state, row.counts, row.last_row = ImportState.running, {}, 0
            while not _work(row.id):
                pass
    except Invalid as invalid:
        raise CannotStart(" ".join(invalid.errors.values()))
    except Refused as refused:
        raise CannotStart(str(refused))
    return _result(db.session.get_one(Import, row.id), into, path)


def _work(import_id: int) -> bool:
    """Check or run for a turn; True when there is nothing left to do."""
    worker = lane.claim(Import, import_id, WORKING, alone=False)
    assert worker is not None, "commands have the data folder to themselves"
    if db.session.get_one(Import, import_id).state == ImportState.checking:
        trial.check(import_id, worker)
    else:
        running.run(import_id, worker)
    return db.session.get_one(Import, import_id).state not in WORKING


def _result(row: Import, entity: Entity, path: Path) -> dict[str, Any]:
    counts: Mapping[str, int] = (row.trial if row.state == ImportState.checked else row.counts) or {}
    result: dict[str, Any] = {"rows": sum(counts.values())}
    result |= {NAMES[outcome]: counts.get(outcome, 0) for outcome in OUTCOMES}
    result["problems"] = None
    if counts.get("faulty") or counts.get("duplicate"):
        problems = path.with_name(f"{path.stem}-problems.xlsx")
        reports.write(row, entity, problems)
        result["problems"] = str(problems)
    return result


def export_file(entity: str, path: Path, email: str) -> int:
    """Export all records and fields that the person may export to `path` (.xlsx or .csv); returns how many rows."""
    user, what = _person(email), _entity(entity)
    format = path.suffix.lower().lstrip(".")
    if format not in exports.FORMATS:
        raise CannotStart(_("Exports are written as .xlsx or .csv."))
    try:
        found = exports.wanted(what, user, MultiDict(), everything=True)
        part = exports.temporary(format)
        rows = exports.write_file(part, format, found)
        exports.log(found, "", format, rows)
        shutil.move(part, path)
    except Refused as refused:
        raise CannotStart(str(refused))
    except OSError as error:
        raise CannotStart(_("%(path)s cannot be written: %(error)s.", path=path, error=error.strerror or error))
    return rows


def as_text(result: Mapping[str, Any], as_json: bool) -> str:
    """The result of an import for the terminal."""
    if as_json:
        return json.dumps(result, ensure_ascii=False)
    lines = [f"{name:<10} {value:>8,}" for name, value in result.items() if isinstance(value, int)]
    if result["problems"]:
        lines.append(_("The rows that stay out are in %(path)s.", path=result["problems"]))
    return "\n".join(lines)


def _person(email: str) -> User:
    user = db.session.scalars(select(User).where(User.email == normalise_email(email))).first()
    if user is None or not user.is_active:
        raise CannotStart(_("Nobody active has the e-mail address %(email)s.", email=email))
    return user


def _entity(name: str) -> Entity:
    for entity in every():
        if name in (entity.key, entity.slug, str(entity.label)):
            return entity
    raise CannotStart(_("There is no module called %(name)s.", name=name))


def _field(entity: Entity, name: str) -> str:
    if name == "similar":
        return name
    for field in entity.fields:
        if name in (field.key, str(field.label)):
            return field.key
    raise CannotStart(_("There is no field called %(name)s.", name=name))
