"""Deleting with and without JavaScript."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint


def deletes(bp: Blueprint, rule: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register a view for DELETE `rule`, and for POST `rule`/deletion, which is all a plain form can send."""

    def decorate(view: Callable[..., Any]) -> Callable[..., Any]:
        bp.delete(rule)(view)
        bp.post(f"{rule}/deletion", endpoint=f"{view.__name__}_by_form")(view)
        return view

    return decorate
