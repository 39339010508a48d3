"""Programs with tokens, before the same small company as everybody else."""

import json
from contextvars import Context

import pytest

from smallcrm.api import limits
from smallcrm.core.db import db, write
from smallcrm.users import api_tokens


@pytest.fixture(autouse=True)
def fresh_limits():
    limits.forget()


class Program:
    """Sends JSON with a token."""

    def __init__(self, app, token):
        self.app, self.token = app, token

    def __call__(self, method, path, body=None, **headers):
        options = {"data": json.dumps(body), "content_type": "application/json"} if body is not None else {}
        return self.send(method, path, headers, **options)

    def send(self, method, path, headers=(), **options):
        """As the test client's open, with the token and in a context of its own."""
        headers = dict(headers)
        if self.token:
            headers.setdefault("Authorization", f"Bearer {self.token}")
        db.session.rollback()
        http = self.app.test_client()
        answer = Context().run(lambda: http.open(f"/api/v1/{path}", method=method, headers=headers, **options))
        db.session.rollback()
        assert answer.status_code in (200, 204) or answer.is_json, (method, path, answer.status_code, answer.mimetype)
        assert "Set-Cookie" not in answer.headers
        return answer


def token_of(user, scopes="read,write", **options):
    with write():
        return api_tokens.create(user, "test", scopes, by=user, **options)


@pytest.fixture
def program(app):
    """program(person, scopes) → call(method, path, body, **headers)."""
    return lambda user, scopes="read,write": Program(app, token_of(user, scopes))


@pytest.fixture
def nobody(app):
    """A program without a token."""
    return Program(app, None)
