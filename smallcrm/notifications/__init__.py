"""What people are told without asking: due reminders, records that are theirs now. Rooms further out add kinds."""

from flask import Flask

from ..entities.signals import field_changed
from ..records import events
from ..records.bulk.signals import bulk_finished
from ..transfer import signals


def init_app(app: Flask) -> None:
    from . import assignments, bulk_runs, reminders, routes, tasks, transfers

    events.record_saved.connect(reminders.record_saved)
    events.record_deleted.connect(reminders.record_deleted)
    events.record_restored.connect(reminders.record_restored)
    field_changed.connect(tasks.field_changed)
    events.record_saved.connect(assignments.record_saved)
    bulk_finished.connect(bulk_runs.bulk_finished)
    signals.import_finished.connect(transfers.import_finished)
    signals.export_finished.connect(transfers.export_finished)
    app.register_blueprint(routes.bp)
