"""Option lists as administrators edit them."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext as _

from . import naming
from .field import FieldError
from .types.choices import COLOURS, Option

MOST_OPTIONS = 200


def read(given: Sequence[Any], before: Sequence[Option]) -> list[dict[str, Any]]:
    """The list to keep, as dicts of value, label, colour, retired, in the order given. Raises FieldError.

    `given`: labels, or dicts of label, colour, value (None for a new option), retired. Rows without label and value
    are empty rows of a form. What stands in `before` and is not given is retired and comes last: records may hold it.
    """
    known = {option.value: option for option in before}
    listed: list[dict[str, Any]] = []
    fresh: list[dict[str, Any]] = []
    for row in given:
        option = _one(row if isinstance(row, Mapping) else {"label": row}, known)
        if option is None:
            continue
        listed.append(option)
        if option["value"] is None:
            fresh.append(option)
    named = {option["value"] for option in listed}
    listed += [
        {"value": o.value, "label": str(o.label), "colour": o.colour, "retired": True}
        for o in before
        if o.value not in named
    ]
    taken = {option["value"] for option in listed}
    for option in fresh:
        option["value"] = naming.option_value(option["label"], taken)
        taken.add(option["value"])
    _check(listed)
    return listed


def _one(row: Mapping[str, Any], known: Mapping[str, Option]) -> dict[str, Any] | None:
    label = naming.clean(str(row.get("label") or ""))
    value = row.get("value") or None
    if value is not None and value not in known:
        raise FieldError(_("An option was changed by somebody else meanwhile. Open the list again."))
    if not label:
        if value is None:
            return None
        raise FieldError(_("An option needs a name. To take it away, retire it."))
    if len(label) > naming.LONGEST_LABEL:
        raise FieldError(
            _(
                "“%(label)s”: at most %(longest)s characters.",
                label=f"{label[:20]}…",
                longest=naming.LONGEST_LABEL,
            )
        )
    colour = row.get("colour") or (known[value].colour if value else "grey")
    if colour not in COLOURS:
        raise FieldError(_("Choose a colour from the list."))
    return {"value": value, "label": label, "colour": colour, "retired": bool(row.get("retired"))}


def _check(listed: Sequence[Mapping[str, Any]]) -> None:
    used = [option for option in listed if not option["retired"]]
    if not used:
        raise FieldError(_("At least one option must stay."))
    if len(listed) > MOST_OPTIONS:
        raise FieldError(_("At most %(most)s options.", most=MOST_OPTIONS))
    for i, option in enumerate(used):
        if any(naming.same(option["label"], other["label"]) for other in used[:i]):
            raise FieldError(_("“%(label)s” is in the list twice.", label=option["label"]))
