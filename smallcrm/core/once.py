"""Answers that stay the same during one piece of work, asked for only once in it.

A chunk of an import saves hundreds of records in one transaction; who may do what, the time zone and the fields do not
change meanwhile, and asking for them again with every record takes longer than saving it.
"""

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

T = TypeVar("T")

_known: ContextVar[dict[Hashable, Any] | None] = ContextVar("known", default=None)


@contextmanager
def remembering() -> Iterator[None]:
    """Let :func:`once` remember until the end of the block, which changes no rights, settings, people or fields."""
    token = _known.set({})
    try:
        yield
    finally:
        _known.reset(token)


def once(key: Hashable, make: Callable[[], T]) -> T:
    """`make()`; inside :func:`remembering` the answer that the same key had before. Exceptions are not remembered."""
    known = _known.get()
    if known is None:
        return make()
    if key not in known:
        known[key] = make()
    return known[key]
