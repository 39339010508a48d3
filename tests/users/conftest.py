"""People with a password, and a database before anybody set it up."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import delete, update

from smallcrm.core import settings
from smallcrm.core.db import db, write
from smallcrm.users import passwords
from smallcrm.users.models import Department, Role, RolePower, RoleRight, User

PASSWORD = "qu nian xiatian de huoche"


@pytest.fixture
def ids(company):
    """Name of a person or department → id; plain numbers survive what happens to sessions."""
    return company.ids


@pytest.fixture
def password(app):
    """Everybody's password."""
    hashed = passwords.hash_password(PASSWORD)
    with write() as session:
        session.execute(update(User).values(password_hash=hashed))
    return PASSWORD


@pytest.fixture
def person(app, ids):
    """person("manager"): that user as the database has it now."""

    def find(key):
        db.session.rollback()
        return db.session.get(User, ids[key])

    return find


@pytest.fixture
def blank(app):
    """The application before its first setup."""
    with write() as session:
        for model in (User, RolePower, RoleRight, Role, Department, settings.Setting):
            if model is Department:
                session.execute(update(Department).values(parent_id=None))
            session.execute(delete(model))
    return app


@pytest.fixture
def at_once(app):
    """at_once(20, function): call it from that many threads together; what each returned or raised."""
    flask_app = app

    def run(count, function):
        def one(number):
            with flask_app.app_context():
                try:
                    return function(number)
                except Exception as error:
                    return error

        db.session.remove()
        with ThreadPoolExecutor(count) as pool:
            return list(pool.map(one, range(count)))

    return run
