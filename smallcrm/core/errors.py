"""The three kinds of things that go wrong: bad input, a rule that says no, a bug (which is left to crash)."""

from collections.abc import Mapping
from typing import Any


class Refused(Exception):
    """A rule says no. The message is a whole sentence for the user; shown with 409, nothing is written."""

    status = 409


class Invalid(Exception):
    """Input that cannot be accepted: `errors` maps a field key to a sentence for the user; "" is the whole form."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__("; ".join(f"{key}: {text}" for key, text in errors.items()))
        self.errors = dict(errors)


class Conflict(Refused):
    """Someone else changed the same fields meanwhile.

    `fields` maps a field key to the value now in the database (stored form), `version` is the record's version now.
    """

    def __init__(self, message: str, version: int, fields: Mapping[str, Any]) -> None:
        super().__init__(message)
        self.version = version
        self.fields = dict(fields)
