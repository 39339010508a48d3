"""Customers and the people there."""

from flask import Flask

from ..entities import schema
from ..records import events
from ..records import panels as places
from . import charts
from .models import Contact, Customer, references_moved
from .panels import actions, contact_actions


def init_app(app: Flask) -> None:
    schema.register(Customer)
    schema.register(Contact)
    charts.declare()
    events.references_moved.connect(references_moved)
    places.add("customers", "actions", "customers/_actions.html", actions)
    places.add("contacts", "actions", "customers/_actions.html", contact_actions)
    places.add_row_actions("customers", "customers/_row_actions.html")
