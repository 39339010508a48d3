"""The company of conftest.py with the example data in it, loaded once for all tests that look at it."""

from datetime import UTC, datetime, timedelta

import pytest

from smallcrm.core import clock
from smallcrm.core.db import db, sqlite_module
from smallcrm.users.models import User

# A Tuesday afternoon, between two agreed times: no test may depend on the hour it runs at.
LOADED_AT = datetime(2026, 11, 24, 6, 37, tzinfo=UTC)


def _copy(company, source) -> None:
    db.session.remove()
    target = sqlite_module().connect(str(company.path))
    source.backup(target)
    target.close()
    company.app.extensions.pop("smallcrm.schema", None)


@pytest.fixture(scope="session")
def loaded(company):
    """The bytes of the database after the owner asked for example data."""
    from smallcrm.demo import loading

    kept = sqlite_module().connect(":memory:", check_same_thread=False)
    with company.app.app_context():
        _copy(company, company.snapshot)
        with clock.shifted(LOADED_AT - clock.now()):
            loading.load(db.session.get(User, company.ids["owner"]))
        db.session.remove()
        source = sqlite_module().connect(str(company.path))
        source.backup(kept)
        source.close()
    return kept


@pytest.fixture
def afresh(app, company):
    """afresh(): the small company as a test finds it, once more."""
    return lambda: _copy(company, company.snapshot)


@pytest.fixture
def example(loaded, app, company):
    """The application with the example data, half a minute after it was loaded."""
    _copy(company, loaded)
    with clock.shifted(LOADED_AT + timedelta(seconds=30) - clock.now()):
        yield app
