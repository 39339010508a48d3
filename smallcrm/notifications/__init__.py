"""What people are told without asking: due reminders, records that are theirs now. Rooms further out add kinds."""

from flask import Flask

from ..records import events
from ..transfer import signals


def init_app(app: Flask) -> None:
    from . import assignments, reminders, routes, tasks, transfers  # noqa: F401 - the sweeper must be known to the scheduler

    events.record_saved.connect(reminders.record_saved)
    events.record_deleted.connect(reminders.record_deleted)
    events.record_restored.connect(reminders.record_restored)
    events.record_saved.connect(assignments.record_saved)
    signals.import_finished.connect(transfers.import_finished)
    signals.export_finished.connect(transfers.export_finished)
    app.register_blueprint(routes.bp)
