"""The migrations on PostgreSQL."""

from sqlalchemy import text

from smallcrm.core import migrations
from smallcrm.core.db import db


def test_all_migrations_make_what_the_models_say(app):
    assert migrations.differences(app) == []
    assert set(db.session.scalars(text("SELECT version_num FROM alembic_version"))) == migrations.heads()


def test_a_program_that_starts_beside_another_finds_nothing_to_upgrade(app):
    assert not migrations.check(app.extensions["smallcrm.settings"])
    migrations.upgrade(app)
    assert migrations.differences(app) == []
