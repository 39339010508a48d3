"""What is done to tasks beyond editing, and the page of phrases."""

from datetime import date
from typing import Any

from flask import Blueprint, abort, g, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from .. import access
from ..core import i18n
from ..core.db import db, write
from ..core.errors import Invalid
from ..core.web import page, redirect_to, redirect_to_url, safe_next, say
from ..entities import FieldError, find
from ..entities.types.dates import parse_moment
from . import phrases as phrase_book
from . import queries
from .models import Phrase, Task

tasks = Blueprint("tasks", __name__, url_prefix="/tasks/<int:id>")
phrases = Blueprint("phrases", __name__, url_prefix="/phrases")


@tasks.post("/completion")
def complete(id: int) -> Response:
    with write():
        following = _task(id).complete(g.user)
    words = _("Done.")
    if following is not None and following.due_at is not None:
        words = _("Done. Next time: %(when)s.", when=i18n.due_words(following.due_at)[0])
    say(words, undo=url_for(".reopen", id=id, next=_back(id)))
    return redirect_to_url(_back(id))


@tasks.post("/reopening")
def reopen(id: int) -> Response:
    with write():
        _task(id).reopen(g.user)
    say(_("The task is open again."))
    return redirect_to_url(_back(id))


@tasks.post("/postponement")
def postpone(id: int) -> Response:
    day = _day(request.form.get("day", ""))
    with write():
        task = _task(id)
        task.postpone(g.user, day)
        when = i18n.day_words(day)
    say(_("Postponed to %(when)s.", when=when), undo=f"/tasks/{id}/reversal")
    return redirect_to_url(_back(id))


def _task(id: int) -> Task:
    task: Task = access.permitted(find("tasks"), id, "edit")
    return task


def _back(id: int) -> str:
    return safe_next(request.values.get("next"), f"/tasks/{id}")


def _day(text: str) -> date:
    try:
        found = parse_moment(text)
    except FieldError as error:
        raise Invalid({"day": str(error)})
    if found is None:
        raise Invalid({"day": _("Choose a day.")})
    return found[0]


@phrases.get("")
def index() -> Response:
    return _index()


@phrases.post("")
def create() -> Response:
    shared = bool(request.form.get("shared"))
    if shared and not phrase_book.may_share(g.user):
        abort(403)
    try:
        with write():
            phrase_book.add(g.user, request.form.get("text", ""), shared=shared)
    except Invalid as invalid:
        return _index(invalid.errors, 422)
    return redirect_to(".index")


@phrases.post("/<int:id>")
def update(id: int) -> Response:
    with write():
        _phrase(id).text = phrase_book.checked(request.form.get("text", ""))
    say(_("The phrase was changed."))
    return redirect_to(".index")


@phrases.post("/<int:id>/position")
def move(id: int) -> Response:
    with write():
        phrase_book.move(_phrase(id), -1 if request.form.get("to") == "up" else 1)
    return redirect_to(".index")


@phrases.post("/<int:id>/deletion")
def delete(id: int) -> Response:
    with write():
        db.session.delete(_phrase(id))
    say(_("The phrase was deleted."))
    return redirect_to(".index")


def _phrase(id: int) -> Phrase:
    """The phrase, if it is this person's to change: else 404 (not theirs to see) or 403 (everybody's)."""
    phrase = db.session.scalars(queries.reachable(g.user).where(Phrase.id == id)).first()
    if phrase is None:
        abort(404)
    if not phrase_book.may_change(g.user, phrase):
        abort(403)
    return phrase


def _index(errors: dict[str, str] | None = None, status: int = 200) -> Response:
    found: dict[str, Any] = {"own": [], "shared": []}
    for phrase in queries.phrases(g.user):
        found["shared" if phrase.user_id is None else "own"].append(phrase)
    return page(
        "follow_ups/phrases.html",
        status=status,
        lists=found,
        may_share=phrase_book.may_share(g.user),
        text=request.form.get("text", "") if errors else "",
        errors=errors or {},
        longest=phrase_book.LONGEST,
    )
