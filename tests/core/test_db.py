"""The database: one writer at a time in the order they came, all or nothing, exact values."""

import threading
import time
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import text

from smallcrm.core import settings
from smallcrm.core.db import FairLock, Scaled, UtcDateTime, after_commit, db, sqlite_is_safe, write
from smallcrm.core.settings import Setting


def test_a_change_outside_write_is_refused(app):
    db.session.add(Setting(key="x", value=1))
    with pytest.raises(RuntimeError, match="outside write"):
        db.session.flush()
    db.session.rollback()


def test_an_exception_leaves_nothing_behind(app):
    done = []
    with pytest.raises(ZeroDivisionError), write():
        settings.put("x", 1)
        after_commit(done.append, "told")
        _ = 1 / 0
    assert settings.get("x") is None
    assert done == []


def test_what_waits_for_the_commit_runs_after_it(app):
    seen = []
    with write():
        settings.put("x", 1)
        after_commit(lambda: seen.append(settings.get("x")))
        assert seen == []
    assert seen == [1]


def test_inner_writes_join_the_outer_one(app):
    with pytest.raises(ZeroDivisionError), write():
        with write():
            settings.put("x", 1)
        _ = 1 / 0
    assert settings.get("x") is None


def test_what_was_read_before_is_read_again_inside(app, company):
    with write():
        settings.put("counter", 1)
    row = db.session.get(Setting, "counter")
    assert row.value == 1
    from smallcrm.core.db import sqlite_module

    other = sqlite_module().connect(str(company.path))
    other.execute("UPDATE settings SET value = '2' WHERE key = 'counter'")
    other.commit()
    other.close()
    with write():
        assert row.value == 2
        row.value = row.value + 1
    assert settings.get("counter") == 3


def test_fifty_writers_lose_nothing(app):
    with write():
        settings.put("counter", 0)

    def add():
        with app.app_context():
            for _ in range(4):
                with write():
                    settings.put("counter", settings.get("counter") + 1)

    threads = [threading.Thread(target=add) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    db.session.rollback()
    assert settings.get("counter") == 200


def test_the_lock_serves_in_order_and_lets_its_holder_in_again():
    lock, order = FairLock(), []
    lock.acquire()
    lock.acquire()

    def wait(number):
        with lock:
            order.append(number)

    threads = []
    for number in range(8):
        thread = threading.Thread(target=wait, args=(number,))
        thread.start()
        threads.append(thread)
        while len(lock._waiting) <= number:
            time.sleep(0.001)
    lock.release()
    assert order == []
    lock.release()
    for thread in threads:
        thread.join()
    assert order == list(range(8))


def test_the_settings_of_every_connection_are_the_safe_ones(app):
    ask = lambda name: db.session.execute(text(f"PRAGMA {name}")).scalar()  # noqa: E731
    assert ask("journal_mode") == "wal"
    assert ask("synchronous") == 2
    assert ask("foreign_keys") == 1
    assert ask("trusted_schema") == 0


@pytest.mark.parametrize(
    "version, safe",
    [
        ((3, 40, 1), False),
        ((3, 44, 5), False),
        ((3, 44, 6), True),
        ((3, 50, 6), False),
        ((3, 50, 7), True),
        ((3, 51, 2), False),
        ((3, 51, 3), True),
        ((3, 52, 0), False),
        ((3, 53, 0), True),
    ],
)
def test_only_sqlite_without_the_wal_reset_bug_is_used(version, safe):
    assert sqlite_is_safe(version) is safe


def test_amounts_stay_exact():
    kind = Scaled(2)
    for amount in ("0.01", "0.29", "1234567890.12", "-0.07"):
        assert kind.process_result_value(kind.process_bind_param(Decimal(amount), None), None) == Decimal(amount)


def test_moments_without_a_zone_are_refused():
    kind = UtcDateTime()
    with pytest.raises(ValueError):
        kind.process_bind_param(datetime(2026, 1, 1), None)
    moment = datetime(2026, 1, 1, 8, tzinfo=UTC) + timedelta(milliseconds=5)
    assert kind.process_result_value(kind.process_bind_param(moment, None), None) == moment
