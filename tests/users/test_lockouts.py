from datetime import timedelta

import pytest
from sqlalchemy import select

from smallcrm.core import clock
from smallcrm.core.db import db, write
from smallcrm.users import lockouts
from smallcrm.users.lockouts import TooManyAttempts
from smallcrm.users.models import SignInAttempt


def fail(email="li@example.cn", ip="10.0.0.1", times=1):
    for _ in range(times):
        attempt = lockouts.reserve(email, ip)
        with write():
            lockouts.settle(attempt, False)


def test_the_fifth_failure_locks_the_account_for_fifteen_minutes(app):
    fail(times=5)
    with pytest.raises(TooManyAttempts) as refused:
        lockouts.reserve("LI@example.cn ", "10.0.0.2")
    assert 14 * 60 < refused.value.seconds <= 15 * 60
    assert lockouts.is_locked("li@example.cn")
    with clock.shifted(timedelta(minutes=16)):
        lockouts.reserve("li@example.cn", "10.0.0.2")


def test_each_lock_is_twice_as_long_up_to_four_hours(app):
    waits = []
    passed = timedelta()
    for _round in range(7):
        with clock.shifted(passed):
            fail(times=5)
            with pytest.raises(TooManyAttempts) as refused:
                lockouts.reserve("li@example.cn", "10.0.0.9")
        waits.append(round(refused.value.seconds / 60))
        passed += timedelta(seconds=refused.value.seconds + 60)
    assert waits == [15, 30, 60, 120, 240, 240, 240]


def test_a_success_clears_the_count(app):
    fail(times=4)
    attempt = lockouts.reserve("li@example.cn", "10.0.0.1")
    with write():
        lockouts.settle(attempt, True)
    fail(times=4)
    lockouts.reserve("li@example.cn", "10.0.0.1")


def test_old_failures_do_not_count(app):
    fail(times=4)
    with clock.shifted(timedelta(minutes=16)):
        fail(times=1)
        assert not lockouts.is_locked("li@example.cn")


def test_an_unknown_account_locks_like_a_known_one(app):
    fail("nobody@example.cn", times=5)
    with pytest.raises(TooManyAttempts):
        lockouts.reserve("nobody@example.cn", "10.0.0.1")


def test_twenty_failures_stop_an_address_whatever_the_account(app):
    for number in range(20):
        fail(f"p{number}@example.cn", "10.0.0.1")
    with pytest.raises(TooManyAttempts):
        lockouts.reserve("another@example.cn", "10.0.0.1")
    lockouts.reserve("another@example.cn", "10.0.0.2")


def test_ipv6_addresses_of_one_subscriber_count_together(app):
    for number in range(20):
        fail(f"p{number}@example.cn", f"2001:db8:1:2::{number:x}")
    with pytest.raises(TooManyAttempts):
        lockouts.reserve("another@example.cn", "2001:db8:1:2:ffff::1")
    lockouts.reserve("another@example.cn", "2001:db8:1:3::1")


def test_a_hundred_failures_a_minute_stop_everybody(app):
    for number in range(100):
        fail(f"p{number}@example.cn", f"10.0.{number}.1")
    with pytest.raises(TooManyAttempts):
        lockouts.reserve("another@example.cn", "10.9.9.9")
    with clock.shifted(timedelta(minutes=2)):
        lockouts.reserve("another@example.cn", "10.9.9.9")


def test_of_a_hundred_tries_at_once_no_more_than_five_are_looked_at(app, at_once):
    results = at_once(40, lambda number: lockouts.reserve("li@example.cn", f"10.0.{number}.1"))
    assert sum(isinstance(result, int) for result in results) == 5
    assert sum(isinstance(result, TooManyAttempts) for result in results) == 35


def test_an_administrator_can_unlock(app):
    fail(times=5)
    lockouts.unlock("li@example.cn")
    lockouts.reserve("li@example.cn", "10.0.0.2")


def test_what_was_typed_as_account_is_not_kept(app):
    fail("my-secret-password", times=1)
    assert all("secret" not in key for key in db.session.scalars(select(SignInAttempt.account)))
