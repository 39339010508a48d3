"""Labels that administrators type, and the keys made of them: what the API, exports and the database call things."""

import re
import unicodedata
from collections.abc import Container

from flask import current_app
from flask_babel import gettext as _

from .field import UNPRINTABLE
from .json_path import KEY
from .pooled import POOL_FIELDS

LONGEST_LABEL = 30
LONGEST_HELP = 200
# Words with a meaning of their own in forms, addresses, columns and history.
TAKEN_BY_FORMS = frozenset(
    "id version custom entity deleted_at deleted_by_id deleted_with after anyway before columns csrf_token field"
    " form_key kind next page q search sort type me name".split()
).union(POOL_FIELDS)
# First words of addresses that rooms to come will want, beside those in use now.
PLANNED_ROOMS = frozenset(
    "activity admin api approvals audit automation calendar campaigns contracts dashboard doctor example files help"
    " import imports invoices knowledge leads login me mobile notifications opportunities orders payments pool products"
    " profile quotes recycle reports roles search settings setup share sign static suppliers tags teams tickets today"
    " transfer users webhooks widgets".split()
)


def clean(text: str) -> str:
    """A label without line breaks, doubled spaces and unprintable characters."""
    return " ".join(UNPRINTABLE.sub("", unicodedata.normalize("NFC", text)).split())


def same(one: str, other: str) -> bool:
    """Whether two labels look the same to a reader: without case, width and spaces."""
    return _plain(one) == _plain(other)


def label_problem(label: str, others: list[str]) -> str | None:
    """What is wrong with a cleaned label; `others` are those it must differ from."""
    if not label:
        return _("Enter a name.")
    if len(label) > LONGEST_LABEL:
        return _(
            "At most %(longest)s characters; this has %(length)s.",
            longest=LONGEST_LABEL,
            length=len(label),
        )
    if any(same(label, other) for other in others):
        return _("“%(label)s” exists already.", label=label)
    return None


def field_key(label: str, taken: Container[str]) -> str:
    """A key for a field called `label` that is not in `taken`."""
    return _free(_slug(label, "field"), taken)


def entity_key(label: str, taken: Container[str]) -> str:
    """A key for an entity called `label`: neither `taken` nor the first word of an address of this application."""
    return _free(_slug(label, "module"), {*_route_words(), *PLANNED_ROOMS}, taken)


def option_value(label: str, taken: Container[str]) -> str:
    """What is stored for an option called `label`; stays when the label is changed."""
    return _free(_slug(label, "option"), taken)


def _slug(label: str, otherwise: str) -> str:
    """ASCII letters, digits and underscores: 质保期 gives zhibaoqi, SN 码 sn_ma. `otherwise` when nothing is left."""
    words = re.findall(r"[a-z0-9]+|[^\x00-\x7f]+", unicodedata.normalize("NFKC", label).casefold())
    spelled = [word if word.isascii() else _pinyin(word) for word in words]
    found = "_".join(word for word in spelled if word)[:40].strip("_")
    return found if KEY.match(found) else f"{otherwise}_{found}".strip("_")


def _pinyin(word: str) -> str:
    # Loading its dictionary takes half a second, which only administrators who add fields should pay for.
    from pypinyin import lazy_pinyin

    return re.sub(r"[^a-z0-9]", "", "".join(lazy_pinyin(word, errors="ignore")).replace("ü", "v"))


def _free(key: str, *taken: Container[str]) -> str:
    found, count = key, 1
    while any(found in names for names in taken):
        count += 1
        found = f"{key}_{count}"
    return found


def _route_words() -> set[str]:
    """First words of all addresses that do not begin with a placeholder, as keys."""
    words = {rule.rule.strip("/").split("/")[0] for rule in current_app.url_map.iter_rules()}
    return {word.replace("-", "_") for word in words if word and "<" not in word}


def _plain(text: str) -> str:
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text)).casefold()
