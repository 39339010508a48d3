"""Words and numbers for the pages of this room."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import Flask, g
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from ..core import i18n
from ..core.sheets.cells import Cell
from ..entities import Entity, every
from . import rights
from .models import OUTCOMES, STATE_WORDS, Export, Import

ENCODINGS = (
    ("utf-8", _l("UTF-8 (usual)")),
    ("gb18030", _l("GBK / GB18030 (Chinese Windows)")),
    ("big5", _l("Big5 (traditional Chinese)")),
    ("utf-16-le", "UTF-16 LE"),
    ("utf-16-be", "UTF-16 BE"),
    ("latin-1", _l("Latin-1 (Western)")),
)

# outcome → (in a trial run, in an import, tone of the number).
OUTCOME_WORDS: dict[str, tuple[Any, Any, str | None]] = {
    "created": (_l("To be added"), _l("Added"), "green"),
    "updated": (_l("To be updated"), _l("Updated"), None),
    "unchanged": (_l("Already the same"), _l("Already the same"), None),
    "duplicate": (_l("Duplicates"), _l("Skipped duplicates"), "amber"),
    "faulty": (_l("Faulty"), _l("Faulty"), "red"),
}


@dataclass(frozen=True)
class Progress:
    """How far it is: percent, rows, and in words how fast and how long still."""

    percent: int
    done: int
    total: int
    speed: str
    left: str


def progress(row: Import) -> Progress:
    """How far an import or its trial run is."""
    total = max(row.total, 1)
    done = min(row.done, total)
    rate = done / row.seconds if row.seconds > 0.2 else 0.0
    speed = _("%(rate)s rows a second", rate=f"{rate:,.0f}") if rate >= 1 else ""
    return Progress(
        done * 100 // total, done, total, speed, i18n.seconds_left((total - done) / rate) if rate >= 1 else ""
    )


def outcome_tiles(counts: dict[str, int], is_trial: bool) -> list[tuple[str, str, str | None]]:
    """(words, number, tone) of each outcome; what did not happen has no tone."""
    tiles = []
    for outcome in OUTCOMES:
        trial, done, tone = OUTCOME_WORDS[outcome]
        count = counts.get(outcome, 0)
        tiles.append((str(trial if is_trial else done), f"{count:,}", tone if count else None))
    return tiles


def counts_words(row: Import) -> str:
    """The counts of the import, before it those of the trial run, in words."""
    return outcomes_words(row.counts or row.trial or {}, is_trial=not row.counts)


def outcomes_words(counts: Mapping[str, int], *, is_trial: bool = False) -> str:
    """新增 800 · 跳过重复 29, without what did not happen."""
    words = ((OUTCOME_WORDS[outcome][0 if is_trial else 1], counts.get(outcome, 0)) for outcome in OUTCOMES)
    return " · ".join(f"{label} {count:,}" for label, count in words if count)


def state_chip(row: Import | Export) -> tuple[str, str]:
    """(words, colour) of a state."""
    words, colour = STATE_WORDS[row.state]
    return str(words), colour


def entity_label(key: str) -> str:
    """An entity's name, or its key when it was retired since."""
    return next((str(entity.label) for entity in every() if entity.key == key), key)


def sample_words(samples: tuple[Cell, ...], most: int = 3) -> list[str]:
    """The first sample values of a column, short."""
    texts = [" ".join(str(sample).split()) for sample in samples[:most]]
    return [text if len(text) <= 40 else f"{text[:39]}…" for text in texts]


def init_app(app: Flask) -> None:
    app.jinja_env.globals.update(
        outcome_tiles=outcome_tiles,
        counts_words=counts_words,
        state_chip=state_chip,
        entity_label=entity_label,
        sample_words=sample_words,
        may_import_into=_may_import_into,
        may_export_from=_may_export_from,
    )


def _may_import_into(entity: Entity) -> bool:
    return rights.may_import(g.user, entity)


def _may_export_from(entity: Entity) -> bool:
    return rights.may_export(g.user, entity)
