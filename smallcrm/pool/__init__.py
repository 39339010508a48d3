"""The public pool (公海): what has no owner and waits for somebody who can use it."""

from flask import Flask
from flask_babel import lazy_gettext as _l

from ..notifications import wording as notices
from ..records import panels as places
from ..records import timeline
from ..records.bulk import verbs
from . import bulk, panels, wording


def init_app(app: Flask) -> None:
    from . import routes, tasks  # noqa: F401 - the job must be known

    places.add("*", "meta", "pool/_state.html", panels.state)
    places.add("*", "actions", "pool/_actions.html", panels.actions)
    places.add("*", "menu", "pool/_menu.html", panels.actions)
    places.add("*", "dialog", "pool/_dialog.html", panels.actions)
    timeline.ACTIONS.update(
        claimed=_l("claimed from the pool"),
        released=_l("released to the pool"),
        pooled=_l("put into the pool for want of care"),
        locked=_l("locked"),
        unlocked=_l("unlocked"),
    )
    timeline.ICONS.update(
        claimed=("hand-grab", "green"), released=("ripple", "amber"), pooled=("ripple", "red"), locked=("lock", "grey")
    )
    notices.KINDS.update(
        pool_warning=(wording.warning, "clock"),
        pool_released=(wording.released, "ripple"),
        pool_taken=(wording.taken, "ripple"),
    )
    verbs.add(bulk.RELEASE)
    app.register_blueprint(routes.bp)
