"""Which column of a file is which field: by label, in either language, by synonyms, and only if the values fit."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from flask_babel import force_locale
from flask_babel import gettext as _

from .. import access
from ..core.errors import Invalid
from ..core.i18n import LANGUAGES
from ..core.sheets.cells import Cell
from ..core.sheets.reading import Column
from ..entities import Entity, Field, FieldError
from ..entities.entity import built_in_fields
from ..entities.types import AutoNumber, RecordLink
from ..users.models import User
from . import synonyms

IN_BRACKETS = re.compile(r"[(\[【<].*?[)\]】>]")
NOT_WORD = re.compile(r"[\W_]+")
LABEL, KEY, OLD_LABEL, SYNONYM, TYPE, PART = 100, 95, 90, 80, 40, 20


def targets(entity: Entity, user: User) -> list[Field]:
    """The fields a column can go to: what `user` may write, and automatic numbers to recognise records by."""
    writable = [
        field
        for field in access.writable_fields(entity, user)
        if not field.holds_files and not isinstance(field, RecordLink)
    ]
    numbers = [field for field in access.readable_fields(entity, user) if isinstance(field, AutoNumber)]
    return [*writable, *numbers]


def suggest(entity: Entity, user: User, columns: Sequence[Column]) -> dict[str, str]:
    """{column position: field key} of the columns whose field is plain; the best pairs first, each used once."""
    names = {field.key: known_names(field) for field in targets(entity, user)}
    scores = []
    for column in columns:
        label = plain(column.label)
        if not label:
            continue
        for place, (key, known) in enumerate(names.items()):
            score = _score(label, known)
            if score and (entity[key].required or fits(entity[key], column.samples)):
                scores.append((-score, column.position, place, key))
    mapping: dict[str, str] = {}
    for _negative, position, _place, key in sorted(scores):
        if str(position) not in mapping and key not in mapping.values():
            mapping[str(position)] = key
    return dict(sorted(mapping.items(), key=lambda item: int(item[0])))


def plain(text: str) -> str:
    """How labels are compared: half width, lower case, only letters and digits, without what is in brackets."""
    normal = unicodedata.normalize("NFKC", text).casefold()
    return NOT_WORD.sub("", IN_BRACKETS.sub("", normal)) or NOT_WORD.sub("", normal)


def known_names(field: Field) -> dict[str, int]:
    """{plain name: how sure} of everything this field may be called in a file."""
    found: dict[str, int] = {}
    _add(found, [str(field.label)], LABEL)
    _add(found, [field.key, field.attribute], KEY)
    _add(found, _labels(field), OLD_LABEL)
    for rank, word in enumerate(synonyms.of_field(field.entity.key, field.key)):
        _add(found, [word], SYNONYM - rank)
    _add(found, synonyms.of_type(field.type), TYPE)
    return found


def _labels(field: Field) -> Iterable[str]:
    """The label in every language, and the shipped one if an administrator changed it."""
    shipped = [] if field.custom else [f.label for f in built_in_fields(field.entity.model) if f.key == field.key]
    for language in LANGUAGES:
        with force_locale(language):
            yield from (str(label) for label in (field.label, *shipped))


def _add(found: dict[str, int], words: Iterable[str], score: int) -> None:
    for word in words:
        if word and (name := plain(word)):
            found.setdefault(name, score)


def _score(label: str, known: Mapping[str, int]) -> int:
    if label in known:
        return known[label]
    # 客户手机号码 ends with 手机号码; shorter words would be found by chance.
    ends = [score for name, score in known.items() if len(name) >= 3 and label.endswith(name)]
    return PART + max(ends) // 10 if ends else 0


def fits(field: Field, samples: Sequence[Cell]) -> bool:
    """Whether at least half of the sample values could be values of this field."""
    good = 0
    for sample in samples:
        try:
            value = field.parse(sample)
            if value is not None:
                field.check(value)
            good += 1
        except FieldError:
            continue
    return good * 2 >= len(samples)


def checked(entity: Entity, user: User, chosen: Mapping[str, str], columns: Sequence[Column]) -> dict[str, str]:
    """The mapping a form or a program asks for, without columns that go nowhere. Raises Invalid (by "column-N")."""
    known = {field.key: field for field in targets(entity, user)}
    places = {str(column.position) for column in columns}
    mapping: dict[str, str] = {}
    errors: dict[str, str] = {}
    for position, key in chosen.items():
        if not key or position not in places:
            continue
        if key not in known:
            errors[f"column-{position}"] = _("“%(field)s” cannot be set.", field=key[:60])
        elif key in mapping.values():
            errors[f"column-{position}"] = _("“%(field)s” is chosen for two columns.", field=known[key].label)
        mapping[position] = key
    if not mapping:
        errors[""] = _("Choose a field for at least one column.")
    if errors:
        raise Invalid(errors)
    return mapping


def missing(entity: Entity, mapping: Mapping[str, Any]) -> list[Field]:
    """The fields that a new record needs and no column gives."""
    given = set(mapping.values())
    return [f for f in entity.form_fields if f.required and f.default is None and f.key not in given and not f.system]
