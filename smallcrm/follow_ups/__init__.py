"""Follow-ups, tasks and what must not be forgotten."""

from flask import Flask

from ..entities import schema
from ..records import panels
from ..users.signals import company_ready
from .models import FollowUp, Task


def init_app(app: Flask) -> None:
    from . import phrases, routes

    schema.register(FollowUp)
    schema.register(Task)
    company_ready.connect(phrases.company_ready)
    panels.add("tasks", "actions", "follow_ups/_task_actions.html")
    app.register_blueprint(routes.tasks)
    app.register_blueprint(routes.phrases)
