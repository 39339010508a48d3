"""The bulk data of the benchmarks: a small piece of it, as a user of the command makes it."""

import contextlib

import pytest

from bench import generate
from smallcrm.config import Settings
from smallcrm.core import start
from smallcrm.core.db import sqlite_module

PASSWORD = "violet-harbour-9 teaspoon"
# Without the indexes of custom fields, which a fresh database has none of.
SCHEMA = "SELECT type, name, tbl_name, sql FROM sqlite_master WHERE name NOT GLOB 'cx_*' ORDER BY type, name"


def make(folder, *, seed=1, password=PASSWORD):
    sizes = ("--customers", "200", "--follow-ups", "600", "--seed", str(seed))
    generate.main(["--data", str(folder), *sizes, "--password", password])
    return folder


def rows(folder, statement):
    with contextlib.closing(sqlite_module().connect(str(folder / "crm.db"))) as connection:
        return connection.execute(statement).fetchall()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return make(tmp_path_factory.mktemp("bulk") / "data")


def test_it_makes_as_much_as_was_asked_for(folder):
    assert rows(folder, "SELECT count(*) FROM customers") == [(200,)]
    assert 590 <= rows(folder, "SELECT count(*) FROM follow_ups")[0][0] <= 600
    contacts = rows(folder, "SELECT count(*) FROM contacts")[0][0]
    assert 210 < contacts < 290
    assert rows(folder, "SELECT count(*) FROM users WHERE status = 'active' AND password_hash IS NOT NULL") == [(21,)]


def test_it_leaves_every_index_in_place(folder, tmp_path):
    with start.opened(Settings.load({"data": tmp_path / "fresh"}, environ={})):
        pass
    assert rows(folder, SCHEMA) == rows(tmp_path / "fresh", SCHEMA)
    assert rows(folder, "PRAGMA integrity_check") == [("ok",)]
    assert rows(folder, "PRAGMA foreign_key_check") == []


def test_customers_have_fields_that_an_administrator_added(folder):
    filled = "SELECT count(*) FROM customers, json_each(customers.custom) GROUP BY json_each.key ORDER BY 1"
    assert [len(rows(folder, filled)), rows(folder, "SELECT count(*) FROM fields")[0][0]] == [3, 3]
    assert all(20 < count < 190 for (count,) in rows(folder, filled))
    assert rows(folder, "SELECT count(*) FROM sqlite_master WHERE name GLOB 'cx_customers_*'") == [(3,)]


def test_everything_is_searchable_and_has_its_history(folder):
    records = sum(
        rows(folder, f"SELECT count(*) FROM {name}")[0][0] for name in ("customers", "contacts", "follow_ups", "tasks")
    )
    assert rows(folder, "SELECT count(*) FROM search_index_docsize") == [(records,)]
    assert rows(folder, "SELECT count(*) FROM activities WHERE action = 'created'") == [(records,)]
    assert rows(folder, "SELECT count(DISTINCT number) FROM customers") == [(200,)]


def test_the_same_seed_gives_the_same_company(folder, tmp_path):
    names = "SELECT name, phone, level FROM customers ORDER BY id"
    again, other = make(tmp_path / "again"), make(tmp_path / "other", seed=2)
    assert rows(again, names) == rows(folder, names)
    assert rows(other, names) != rows(folder, names)


def test_a_folder_in_use_is_left_alone(folder, capsys):
    before = rows(folder, "SELECT count(*) FROM customers")
    with pytest.raises(SystemExit) as ended:
        make(folder)
    assert ended.value.code == 1
    assert len(capsys.readouterr().err.splitlines()) == 1
    assert rows(folder, "SELECT count(*) FROM customers") == before


def test_a_weak_password_is_refused(tmp_path, capsys):
    with pytest.raises(SystemExit) as ended:
        make(tmp_path / "data", password="123456")
    assert ended.value.code == 1
