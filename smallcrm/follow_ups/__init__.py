"""Follow-ups, tasks and what must not be forgotten."""

from flask import Flask

from ..entities import schema
from .models import FollowUp, Task


def init_app(app: Flask) -> None:
    schema.register(FollowUp)
    schema.register(Task)
