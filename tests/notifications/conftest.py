import pytest
from sqlalchemy import select

from smallcrm.core.db import db
from smallcrm.notifications.models import Notification, Reminder


@pytest.fixture
def reminders(app):
    """reminders(): every reminder as (entity, record id, field, state)."""

    def found():
        db.session.expire_all()
        rows = db.session.scalars(select(Reminder).order_by(Reminder.id))
        return [(row.entity, row.record_id, row.field, row.state) for row in rows]

    return found


@pytest.fixture
def told(app):
    """told(person): their notifications, oldest first."""

    def found(person):
        db.session.expire_all()
        lines = select(Notification).where(Notification.user_id == person.id).order_by(Notification.id)
        return list(db.session.scalars(lines))

    return found
