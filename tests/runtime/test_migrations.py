import logging

import pytest
from sqlalchemy import text

from smallcrm import create_app
from smallcrm.config import Settings
from smallcrm.core import migrations
from smallcrm.core.db import db


def test_there_is_one_newest_revision():
    assert len(migrations.heads()) == 1


def test_a_new_database_is_behind_and_then_is_not(core_app, tmp_path):
    fresh = Settings(data=tmp_path)
    core_app.config["SQLALCHEMY_DATABASE_URI"] = fresh.database
    assert migrations.check(fresh)
    migrations.upgrade(core_app)
    assert migrations.stored(fresh) == migrations.heads()
    assert not migrations.check(fresh)


# SQLAlchemy cannot read expression indexes back from SQLite and says so.
@pytest.mark.filterwarnings("ignore:Skipped unsupported reflection")
def test_the_migrations_make_what_the_models_say(tmp_path):
    app = create_app(Settings(data=tmp_path))
    migrations.upgrade(app)
    assert migrations.differences(app) == []


@pytest.mark.filterwarnings("ignore:Skipped unsupported reflection")
def test_a_database_of_the_first_published_state_gets_the_tables_it_lacked(tmp_path):
    app = create_app(Settings(data=tmp_path))
    migrations.upgrade(app, "0005")
    engine = migrations.engine_for(f"sqlite:///{tmp_path / 'crm.db'}")
    with engine.begin() as connection:
        for table in ("import_rows", "imports", "exports", "admin_events"):
            connection.execute(text(f"DROP TABLE {table}"))
        connection.execute(text("UPDATE alembic_version SET version_num = '0004'"))
    engine.dispose()
    migrations.upgrade(app)
    assert migrations.differences(app) == []


def test_upgrading_leaves_the_loggers_alone(core_app, tmp_path):
    logger = logging.getLogger("smallcrm.somewhere")
    handlers = list(logging.getLogger().handlers)
    core_app.config["SQLALCHEMY_DATABASE_URI"] = Settings(data=tmp_path).database
    migrations.upgrade(core_app)
    assert not logger.disabled
    assert logging.getLogger().handlers == handlers


def test_a_migration_that_breaks_a_reference_is_undone(tmp_path):
    engine = migrations.engine_for(f"sqlite:///{tmp_path / 'crm.db'}")
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE a (id INTEGER PRIMARY KEY)"))
        connection.execute(text("CREATE TABLE b (a_id INTEGER REFERENCES a (id))"))
    with pytest.raises(RuntimeError, match="point nowhere"), engine.begin() as connection:
        connection.execute(text("INSERT INTO b VALUES (1)"))
        migrations.check_foreign_keys(connection)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM b")).scalar() == 0
    engine.dispose()


def test_an_upgraded_database_has_the_safe_settings(core_app):
    with core_app.app_context(), db.engine.connect() as connection:
        assert connection.execute(text("PRAGMA journal_mode")).scalar() == "wal"
        assert connection.execute(text("PRAGMA synchronous")).scalar() == 2
        assert connection.execute(text("PRAGMA foreign_keys")).scalar() == 1
