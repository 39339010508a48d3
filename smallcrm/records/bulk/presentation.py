"""Words and numbers about bulk actions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Flask, g
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from ... import access
from ...core import i18n
from ...core.db import db
from ...entities import Entity, every
from ...users.models import User
from .models import CONFLICT, DONE, FORBIDDEN, GONE, INVALID, REFUSED, SAME, UNDO, BulkRun, BulkSkip
from .verbs import VERBS, offered

STATE_WORDS = {
    "running": (_l("At work"), "blue"),
    "finished": (_l("Finished"), "green"),
    "cancelled": (_l("Stopped"), "amber"),
    "failed": (_l("Failed"), "red"),
    "undoing": (_l("Being taken back"), "blue"),
    "undone": (_l("Taken back"), "grey"),
}
REASON_WORDS = {
    FORBIDDEN: _l("No right to do this"),
    CONFLICT: _l("Changed by somebody else meanwhile"),
    INVALID: _l("Not accepted"),
    REFUSED: _l("A rule says no"),
    GONE: _l("Not there any more"),
}
SHOWN = 100


def state_chip(run: BulkRun) -> tuple[str, str]:
    """(words, colour) of a state."""
    words, colour = STATE_WORDS[run.state]
    return str(words), colour


def entity_of(run: BulkRun) -> Entity | None:
    """What a run is about; None when it was retired since."""
    return next((each for each in every() if each.key == run.entity), None)


def _worded(words: Any, key: str, number: int) -> str:
    entity = next((each for each in every() if each.key == key), None)
    return str(words) % {"num": f"{number:,}", "what": entity.label if entity else key}


def title(run: BulkRun) -> str:
    """What was asked for: 修改 3 条客户的字段."""
    return title_of(run.verb, run.entity, run.total)


def title_of(word: str, key: str, number: int) -> str:
    """As :func:`title`, of the verb `word` and the entity called `key`."""
    verb = VERBS.get(word)
    return _worded(verb.title, key, number) if verb else word


def result(run: BulkRun) -> str:
    """What happened, as a short sentence."""
    verb = VERBS.get(run.verb)
    if run.phase == UNDO:
        return _("Took back %(num)s changes.", num=f"{run.undo_counts.get(DONE, 0):,}")
    if verb is None:
        return run.verb
    if not run.counts.get(DONE):
        return _("Nothing had to be changed.") if not run.skipped else _("Nothing was changed.")
    return _("%(what)s.", what=_worded(verb.result, run.entity, run.counts[DONE]))


def counts_words(run: BulkRun) -> str:
    """已处理 800 · 无需改动 12 · 跳过 3, without what did not happen."""
    return outcomes_words(run.shown_counts, run.skipped, undone=run.phase == UNDO)


def outcomes_words(counts: Mapping[str, int], skipped: int, *, undone: bool) -> str:
    """As :func:`counts_words`, of counts by outcome."""
    numbers = [(_("Taken back") if undone else _("Done"), counts.get(DONE, 0))]
    numbers += [(_("Already so"), counts.get(SAME, 0)), (_("Skipped"), skipped)]
    return " · ".join(f"{words} {number:,}" for words, number in numbers if number)


def tiles(run: BulkRun) -> list[tuple[str, str, str | None]]:
    """(words, number, tone) of what happened; what did not has no tone."""
    counts = run.shown_counts
    found = [
        (_("Taken back") if run.phase == UNDO else _("Done"), counts.get(DONE, 0), "green"),
        (_("Already so"), counts.get(SAME, 0), None),
        (_("Skipped"), run.skipped, "amber"),
    ]
    return [(words, f"{number:,}", tone if number else None) for words, number, tone in found]


def reasons(run: BulkRun) -> list[tuple[str, int]]:
    """(why, how many) of what was skipped."""
    counts = run.shown_counts
    return [(str(words), counts[reason]) for reason, words in REASON_WORDS.items() if counts.get(reason)]


def words(run: BulkRun) -> list[str]:
    """What was set to what."""
    entity, verb = entity_of(run), VERBS.get(run.verb)
    return verb.words(entity, run.values) if entity is not None and verb is not None else []


@dataclass(frozen=True)
class Skipped:
    """A record that was left as it was. `href` None: not this reader's to see; then it has no name either."""

    id: int
    name: str
    href: str | None
    why: str


def skipped(run: BulkRun, reader: User, most: int = SHOWN) -> list[Skipped]:
    """The first records that stayed out in this phase, with the reason, as far as `reader` may see them."""
    entity = entity_of(run)
    if entity is None:
        return []
    rows = db.session.scalars(
        select(BulkSkip).where(BulkSkip.run_id == run.id, BulkSkip.phase == run.phase).order_by(BulkSkip.id).limit(most)
    ).all()
    names = _names(entity, [row.record_id for row in rows], reader)
    return [
        Skipped(
            row.record_id,
            names.get(row.record_id) or f"#{row.record_id}",
            f"/{entity.slug}/{row.record_id}" if row.record_id in names else None,
            _why(entity, row),
        )
        for row in rows
    ]


def _names(entity: Entity, ids: Sequence[int], reader: User) -> dict[int, str]:
    title, model = entity.title, entity.model
    seen = select(model.id, title.column(model)).where(model.id.in_(ids), access.visible(entity, reader))
    return {id: title.text(title.from_row(value)) for id, value in db.session.execute(seen)}


def _why(entity: Entity, row: BulkSkip) -> str:
    said = []
    for key, sentence in row.errors.items():
        field = entity.get(key) if key else None
        said.append(f"{field.label}{_(': ')}{sentence}" if field is not None else sentence)
    return " ".join(said) or str(REASON_WORDS[row.reason])


@dataclass(frozen=True)
class Progress:
    """How far it is."""

    percent: int
    done: str
    total: str
    left: str


def progress(run: BulkRun) -> Progress:
    """How far a run that is at work is, and how long it still takes."""
    total, done = max(run.to_do, 1), min(run.done, run.to_do)
    rate = done / run.seconds if run.seconds > 0.2 else 0.0
    left = i18n.seconds_left((total - done) / rate) if rate >= 1 else ""
    return Progress(done * 100 // total, f"{done:,}", f"{total:,}", left)


def init_app(app: Flask) -> None:
    """Register the globals of the templates."""
    app.jinja_env.globals.update(
        bulk_state=state_chip,
        bulk_title=title,
        bulk_counts=counts_words,
        bulk_result=result,
        bulk_words=words,
        bulk_offered=_offered,
    )


def _offered(entity: Entity) -> bool:
    return bool(offered(entity, g.user))
