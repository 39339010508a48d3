"""Alembic asks this file how to reach the database. No logging configuration: the loggers belong to the program."""

from alembic import context
from sqlalchemy.types import TypeDecorator

from smallcrm.core.db import Base
from smallcrm.core.migrations import check_foreign_keys, engine_for


def include_object(_item, _name, kind, reflected, compare_to):
    """Leave tables alone that are no models: the search index and what it keeps beside it."""
    return not (kind == "table" and reflected and compare_to is None)


def render_item(kind, item, _autogenerate):
    """Write our own column types as what they are in the database: a migration must not change when the code does."""
    if kind == "type" and isinstance(item, TypeDecorator):
        return f"sa.{item.impl_instance!r}"
    return False


def run():
    engine = engine_for(context.config.attributes["url"])
    with engine.connect() as connection, connection.begin():
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            render_as_batch=connection.dialect.name == "sqlite",
            compare_type=True,
            transactional_ddl=True,
            include_object=include_object,
            render_item=render_item,
        )
        context.run_migrations()
        check_foreign_keys(connection)
    engine.dispose()


run()
