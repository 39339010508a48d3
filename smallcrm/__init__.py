"""smallcrm: a customer-management system a small company runs by itself."""

from importlib import import_module
from typing import TYPE_CHECKING

# Flask is imported when an app is made: the process that opens uploaded spreadsheets starts through this file too,
# and would take ten times as long.
if TYPE_CHECKING:
    from flask import Flask

    from .config import Settings

__version__ = "0.1.0"

# The rooms, in the order they may import from each other: a slice imports only from slices above it.
SLICES = (
    "users",
    "entities",
    "access",
    "activity",
    "search",
    "records",
    "transfer",
    "notifications",
    "reports",
    "customers",
    "follow_ups",
    "pool",
    "dashboard",
    "demo",
    "admin",
    "api",
)


def create_app(settings: "Settings") -> "Flask":
    """The application for one data folder: core first, then the slices in order."""
    from flask import Flask

    app = Flask(__name__)
    app.config.from_mapping(settings.flask_config())
    app.extensions["smallcrm.settings"] = settings
    import_module("smallcrm.core.setup").init_app(app)
    for name in SLICES:
        import_module(f"smallcrm.{name}").init_app(app)
    return app
