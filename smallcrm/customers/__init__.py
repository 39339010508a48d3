"""Customers and the people there."""

from flask import Flask

from ..entities import schema
from .models import Contact, Customer


def init_app(app: Flask) -> None:
    schema.register(Customer)
    schema.register(Contact)
