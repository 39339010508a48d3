"""What a customer's page has beyond any record's: call, copy the WeChat name, go there."""

from typing import Any

from flask import g
from sqlalchemy import select

from .. import access
from ..core.db import db
from ..entities import find
from .models import Contact, Customer


def actions(customer: Customer) -> dict[str, Any]:
    """The variables of the action bar: the customer's own number, else its primary contact's."""
    phone, wechat, who = customer.phone or customer.other_phone, customer.wechat, customer.name
    if not phone or not wechat:
        contact = db.session.scalars(
            select(Contact)
            .where(access.visible(find("contacts"), g.user), Contact.customer_id == customer.id)
            .order_by(Contact.is_primary.desc(), Contact.id)
            .limit(1)
        ).first()
        if contact is not None:
            if not phone and contact.phone:
                phone, who = contact.phone, contact.name
            wechat = wechat or contact.wechat
    address = find("customers")["address"]
    return {
        "phone": phone,
        "who": who,
        "wechat": wechat,
        "place": address.text(customer.address),
        "may_log": access.may(g.user, find("follow_ups"), "create"),
    }
