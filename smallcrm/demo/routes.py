"""Taking the example data away."""

from flask import Blueprint, g
from flask_babel import gettext as _
from flask_babel import ngettext as _n
from werkzeug.wrappers import Response

from ..core.web import redirect_to_url, say
from ..users.gate import needs
from .removal import Removed, remove

bp = Blueprint("example_data", __name__, url_prefix="/example-data")


@bp.post("/removal")
@needs("manage_settings")
def create_removal() -> Response:
    removed = remove(g.user)
    say(_summary(removed))
    return redirect_to_url("/")


def _summary(removed: Removed) -> str:
    count = removed.records.get("customers", 0)
    words = _n(
        "The example data is gone: %(num)s customer and all around it.",
        "The example data is gone: %(num)s customers and all around them.",
        count,
    )
    if removed.kept:
        names = _(", ").join(dict.fromkeys(removed.kept))
        words += " " + _("Kept, because your own data refers to it: %(names)s.", names=names)
    return words
