"""Writing a follow-up where the customer is: what was said, pictures, the next date and the status in one save."""

from typing import Any

from flask import Blueprint, g, request
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from .. import access
from ..core import i18n
from ..core.db import write
from ..core.errors import Invalid
from ..core.web import page, redirect_to_url, say
from ..customers.models import Customer
from ..entities import find
from ..records import operations, submitted
from .queries import phrases

bp = Blueprint("follow_ups", __name__)


def values(customer: Customer) -> dict[str, Any]:
    """The variables of the composer on a customer's page."""
    return {
        "customer": customer,
        "fields": find("follow_ups"),
        "statuses": find("customers")["status"],
        "may_write": access.may(g.user, find("follow_ups"), "create"),
        "may_change": access.allows(g.user, customer, "edit"),
        "phrases": phrases(g.user),
        "sent": {},
        "errors": {},
        "key": submitted.key(),
    }


@bp.post("/customers/<int:id>/follow-ups")
def create(id: int) -> Response:
    customer = access.visible_or_404(find("customers"), id)
    follow_ups = find("follow_ups")
    access.demand_any(g.user, follow_ups, "create")
    try:
        raw = submitted.values(follow_ups, g.user)
        raw["customer"] = str(id)
        with write():
            submitted.once(lambda: _save(customer, raw))
    except Invalid as invalid:
        shown = {**values(customer), "sent": submitted.again(follow_ups), "errors": invalid.errors}
        return page("follow_ups/composer.html", block="composer", status=422, values=shown, customer=customer)
    customer_next = customer.next_follow_up_at
    if customer_next is not None:
        say(_("Follow-up saved. Next: %(when)s", when=i18n.moment_words(customer_next)))
    else:
        say(_("Follow-up saved."))
    return redirect_to_url(f"/customers/{id}")


def _save(customer: Customer, raw: dict[str, Any]) -> int:
    follow_up = operations.create(find("follow_ups"), raw, g.user)
    status = request.form.get("status", "")
    if status and status != customer.status and access.allows(g.user, customer, "edit"):
        operations.change(customer, {"status": status}, g.user)
    return int(follow_up.id)
