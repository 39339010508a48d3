"""The schema's version: compared without Alembic, brought up to date with it."""

import re
from functools import cache
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import Connection, Engine, NullPool, create_engine, event, inspect, text
from sqlalchemy.exc import SQLAlchemyError

from ..config import Settings, migrations_folder
from .console import CannotStart
from .console import text as _
from .db import engine_options, sqlite_module

REVISION = re.compile(r"^revision(?:\s*:\s*\w+)?\s*=\s*[\"']([^\"']+)[\"']", re.MULTILINE)
DOWN_REVISION = re.compile(r"^down_revision(?:\s*:[^=]+)?\s*=\s*(.+)$", re.MULTILINE)


@cache
def known() -> dict[str, set[str]]:
    """Every revision this program knows, with those it follows. Read from the files: importing Alembic is slow."""
    found = {}
    for path in sorted((migrations_folder() / "versions").glob("*.py")):
        content = path.read_text(encoding="utf-8")
        revision, follows = REVISION.search(content), DOWN_REVISION.search(content)
        if not revision or not follows:
            raise ValueError(f"{path.name} is not a migration")
        found[revision[1]] = set(re.findall(r"[\"']([^\"']+)[\"']", follows[1]))
    return found


def heads() -> set[str]:
    """The newest revisions: normally one."""
    revisions = known()
    followed = {each for follows in revisions.values() for each in follows}
    return revisions.keys() - followed


def stored(settings: Settings) -> set[str]:
    """The revisions the database says it has; empty for a new one. A SQLite file is opened read-only."""
    file = settings.database_file
    if file is not None:
        return _stored_in_file(file) if file.exists() else set()
    engine = create_engine(settings.database, poolclass=NullPool)
    try:
        with engine.connect() as connection:
            if not inspect(connection).has_table("alembic_version"):
                return set()
            return set(connection.scalars(text("SELECT version_num FROM alembic_version")))
    except SQLAlchemyError as error:
        raise CannotStart(_("The database cannot be reached: %(error)s", error=_first_line(error)))


def _stored_in_file(file: Path) -> set[str]:
    module = sqlite_module()
    try:
        connection = module.connect(f"{file.as_uri()}?mode=ro", uri=True, timeout=5)
        try:
            found = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'").fetchone()
            if not found:
                return set()
            return {row[0] for row in connection.execute("SELECT version_num FROM alembic_version")}
        finally:
            connection.close()
    except module.Error as error:
        raise CannotStart(_("The database %(path)s cannot be opened: %(error)s.", path=file, error=error))


def check(settings: Settings) -> bool:
    """Whether the database must be upgraded. Refuses one that a newer program has written, before touching it."""
    has = stored(settings)
    unknown = has - known().keys()
    if unknown:
        raise CannotStart(
            _(
                "The database was written by a newer smallcrm (schema %(revision)s). "
                "Start that version, or restore a backup made with this one.",
                revision=", ".join(sorted(unknown)),
            )
        )
    return has != heads()


def upgrade(app: Flask) -> None:
    """Bring the database to the newest schema, in one transaction: all of it or nothing."""
    from alembic import command

    command.upgrade(_config(app), "heads")


def new_revision(app: Flask, message: str) -> None:
    """Write a new migration from the difference between the models and the database. For developers."""
    from alembic import command

    command.revision(_config(app), message, autogenerate=True)


def _config(app: Flask) -> Any:
    from alembic.config import Config

    config = Config()
    # The parser of the configuration takes % for the start of a placeholder.
    config.set_main_option("script_location", app.config["MIGRATIONS"].replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["url"] = app.config["SQLALCHEMY_DATABASE_URI"]
    return config


def engine_for(url: str) -> Engine:
    """An engine for changing the schema: writes from the start, and without foreign keys on SQLite.

    Alembic changes a SQLite table by building it anew, and dropping the old one with foreign keys on would delete
    or refuse the rows that point at it. :func:`check_foreign_keys` looks before the commit.
    """
    engine = create_engine(url, poolclass=NullPool, **engine_options(url))
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _sqlite_settings)
        event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    return engine


def _sqlite_settings(connection: Any, _record: Any) -> None:
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=OFF", "busy_timeout=5000"):
        connection.execute(f"PRAGMA {pragma}")


def check_foreign_keys(connection: Connection) -> None:
    """Fail if a migration left a row that points nowhere; PostgreSQL checks by itself."""
    if connection.dialect.name == "sqlite":
        broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchmany(5)
        if broken:
            raise RuntimeError(f"the migration leaves rows that point nowhere: {broken}")


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
