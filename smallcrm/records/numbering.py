"""Giving automatic numbers: one counter row per field and period, counted in the transaction of the new record."""

from ..core.db import db
from ..core.once import once
from ..entities import Entity
from ..entities.models import Counter
from ..entities.types import AutoNumber
from .values import Values


def fill(entity: Entity, values: Values) -> None:
    """Give every AutoNumber field of a new record its number; inside write()."""
    for field in entity.fields:
        if isinstance(field, AutoNumber) and not values.get(field.key):
            values[field.key] = take(entity.key, field)


def take(entity: str, field: AutoNumber) -> str:
    """The next number of `field`."""
    day = field.today()
    key = (entity, field.key, field.period(day))
    counter = once(("counter", *key), lambda: _counter(key))
    counter.last += 1
    return field.compose(day, counter.last)


def _counter(key: tuple[str, str, str]) -> Counter:
    # Where one writer at a time is the rule, what this transaction has read of the counter is still true.
    alone = db.session.get_bind().dialect.name == "sqlite"
    counter = db.session.get(Counter, key, with_for_update=None if alone else True)
    if counter is None:
        counter = Counter(entity=key[0], field=key[1], period=key[2], last=0)
        db.session.add(counter)
    return counter
