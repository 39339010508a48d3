"""What a customer's page has beyond any record's: call, copy the WeChat name, go there."""

from typing import Any

from flask import g
from sqlalchemy import select

from .. import access
from ..core.db import db
from ..entities import find, of
from .models import Contact, Customer


def actions(customer: Customer) -> dict[str, Any]:
    """The variables of the action bar: the customer's own number, else its primary contact's."""
    known = _readable(customer)
    phone, wechat, who = known.get("phone") or known.get("other_phone"), known.get("wechat"), customer.name
    if not phone or not wechat:
        contact = db.session.scalars(
            select(Contact)
            .where(access.visible(find("contacts"), g.user), Contact.customer_id == customer.id)
            .order_by(Contact.is_primary.desc(), Contact.id)
            .limit(1)
        ).first()
        if contact is not None:
            theirs = _readable(contact)
            if not phone and theirs.get("phone"):
                phone, who = theirs["phone"], contact.name
            wechat = wechat or theirs.get("wechat")
    return {
        "phone": phone,
        "who": who,
        "after_call": "#composer",
        "wechat": wechat,
        "place": find("customers")["address"].text(known.get("address")),
        "may_log": access.may(g.user, find("follow_ups"), "create"),
        # Whoever may claim it does that first.
        "claimable": customer.owner_id is None and access.may_claim(g.user, customer),
    }


def contact_actions(contact: Contact) -> dict[str, Any]:
    """The variables of the action bar of a person: their own number and WeChat name."""
    known = _readable(contact)
    return {
        "phone": known.get("phone"),
        "who": contact.name,
        "after_call": f"/customers/{contact.customer_id}#composer" if contact.customer_id else None,
        "wechat": known.get("wechat"),
        "place": None,
        "may_log": False,
    }


def _readable(record: Any) -> dict[str, Any]:
    """The values that this person may read; none of fields out of use."""
    return {field.key: field.get(record) for field in access.readable_fields(of(record), g.user)}
