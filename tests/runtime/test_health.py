import logging

import pytest
from flask import abort
from sqlalchemy import event

from smallcrm.core import health, logs, settings
from smallcrm.core.db import db, sqlite_module, write


@pytest.fixture
def impatient(core_app, monkeypatch):
    """An application that waits a hundredth of a second for the database instead of five."""
    with core_app.app_context():
        event.listen(db.engine, "connect", lambda connection, _record: connection.execute("PRAGMA busy_timeout=10"))
        db.engine.dispose()
    monkeypatch.setattr(health._last, "moment", float("-inf"))
    return core_app


@pytest.fixture
def other_program(data):
    connection = sqlite_module().connect(str(data / "crm.db"), isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    yield connection
    connection.close()


def test_the_health_check_writes_and_reads(impatient):
    assert impatient.test_client().get("/healthz").get_json() == {"status": "ok"}
    with impatient.app_context():
        assert settings.get("heartbeat")


def test_a_database_held_by_another_program_is_not_healthy(impatient, other_program):
    answer = impatient.test_client().get("/healthz")
    assert (answer.status_code, answer.get_json()) == (503, {"status": "error"})


def test_a_save_that_finds_the_database_held_says_so_and_when_to_try_again(impatient, other_program):
    @impatient.get("/save")
    def save():
        with write():
            settings.put("name", "Acme")
        return "saved"

    answer = impatient.test_client().get("/save", headers={"Accept": "application/json"})
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "5"
    other_program.execute("ROLLBACK")
    assert impatient.test_client().get("/save").data == b"saved"


def test_a_full_disk_says_so(impatient):
    @impatient.get("/save")
    def save():
        with write() as session:
            pages = session.connection().exec_driver_sql("PRAGMA page_count").scalar()
            session.connection().exec_driver_sql(f"PRAGMA max_page_count={pages}")
            settings.put("much", "x" * 100_000)

    answer = impatient.test_client().get("/save", headers={"Accept": "application/json"})
    assert answer.status_code == 507
    assert answer.get_json()["error"]["message"]


def test_a_one_time_token_in_the_path_does_not_reach_the_log(core_app, caplog):
    core_app.add_url_rule("/invitations/<token>", "invitation", lambda token: abort(404))
    with caplog.at_level(logging.INFO, logs.requests.name):
        core_app.test_client().get("/invitations/abc123?next=/secret", headers={"Accept": "application/json"})
    assert "/invitations/***" in caplog.text
    assert "abc123" not in caplog.text and "secret" not in caplog.text
