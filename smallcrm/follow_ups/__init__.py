"""Follow-ups, tasks and what must not be forgotten."""

from flask import Flask
from flask_babel import lazy_gettext as _l

from ..entities import schema
from ..records import events, panels, timeline
from ..users.signals import company_ready
from .models import FollowUp, Task, references_moved


def init_app(app: Flask) -> None:
    from . import charts, composer, phrases, routes, task_page

    schema.register(FollowUp)
    schema.register(Task)
    charts.declare()
    company_ready.connect(phrases.company_ready)
    events.references_moved.connect(references_moved)
    panels.add("customers", "composer", "follow_ups/_composer.html", composer.values)
    timeline.templates["follow_ups"] = "follow_ups/_event.html"
    panels.add_row_actions("tasks", "follow_ups/_task_row_actions.html")
    panels.add("tasks", "actions", "follow_ups/_task_actions.html", task_page.actions)
    timeline.ACTIONS.update(completed=_l("finished"), reopened=_l("reopened"))
    timeline.ICONS.update(completed=("circle-check", "green"), reopened=("arrow-back-up", "grey"))
    app.register_blueprint(composer.bp)
    app.register_blueprint(routes.tasks)
    app.register_blueprint(routes.phrases)
