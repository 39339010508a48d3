"""The way back for a company whose only owner forgot the password: the command line."""

import pytest

from smallcrm.core.db import db
from smallcrm.core.errors import Invalid, Refused
from smallcrm.users import operations

NEW = "six green herons walked to the lake"


def test_a_lost_password_is_replaced_and_every_device_signed_out(client, cast):
    stolen = client.as_(cast.owner)
    assert stolen.get("/today").status_code == 200
    operations.recover("OWNER@example.cn", NEW)
    assert stolen.get("/today").status_code == 303
    fresh = client.as_(None)
    assert fresh.post("/sign-in", {"email": "owner@example.cn", "password": NEW}).status_code == 303
    assert fresh.get("/today").status_code == 200


def test_a_disabled_account_comes_back_to_life(client, cast):
    operations.recover("disabled@example.cn", NEW)
    db.session.rollback()
    assert cast.disabled.status == "active"


def test_a_weak_password_and_an_unknown_person_are_refused(app, cast):
    with pytest.raises(Invalid):
        operations.recover("owner@example.cn", "123456789012345")
    with pytest.raises(Refused):
        operations.recover("nobody@example.cn", NEW)
