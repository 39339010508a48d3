"""Fill a new data folder and print who is signed in there: python prepare.py DATA [example]. Runs as its own process."""

import json
import sys
from pathlib import Path

from flask import Flask
from sqlalchemy import select

from smallcrm.config import Settings
from smallcrm.core import start
from smallcrm.core.db import db, write
from smallcrm.users import passwords, sessions
from smallcrm.users import setup as first_run
from smallcrm.users.models import Department, Role, User

PASSWORD = "qu nian xiatian de huoche"
# key, name, role, department
COLLEAGUES = (
    ("fang", "王芳", "sales", "销售一部"),
    ("lei", "李雷", "sales", "销售二部"),
    ("viewer", "小读", "readonly", "销售一部"),
)


def main(data: Path, example: bool) -> None:
    with start.opened(Settings.load({"data": data}, environ={})) as app, app.app_context():
        with app.test_request_context():
            owner = first_run.run_setup("鑫源贸易", "owner@example.cn", PASSWORD, "老板", "Asia/Shanghai", example)
        with write():
            people = {"owner": owner.id, **_colleagues(passwords.hash_password(PASSWORD))}
            for id in people.values():
                db.session.get_one(User, id).language = "zh_CN"
        cookies = {key: _cookie(app, id) for key, id in people.items()}
    print(json.dumps({"people": people, "cookies": cookies}))


def _colleagues(hashed: str) -> dict[str, int]:
    roles = {role.key: role.id for role in db.session.scalars(select(Role))}
    departments: dict[str, Department] = {}
    found = {}
    for key, name, role, place in COLLEAGUES:
        if place not in departments:
            departments[place] = Department(name=place)
            db.session.add(departments[place])
            db.session.flush()
        user = User(
            name=name,
            email=f"{key}@example.cn",
            password_hash=hashed,
            role_id=roles[role],
            department_id=departments[place].id,
            status="active",
        )
        db.session.add(user)
        db.session.flush()
        found[key] = user.id
    return found


def _cookie(app: Flask, user_id: int) -> str:
    """The session cookie of a device where this person signed in."""
    with app.test_request_context(), write():
        secret = sessions.open_session(user_id)
    serializer = app.session_interface.get_signing_serializer(app)
    return serializer.dumps({sessions.COOKIE_KEY: secret, "_permanent": True})


if __name__ == "__main__":
    main(Path(sys.argv[1]), "example" in sys.argv[2:])
