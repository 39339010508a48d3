"""smallcrm: a customer-management system a small company runs by itself."""

from importlib import import_module

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
    "customers",
    "follow_ups",
    "dashboard",
    "admin",
)


def create_app(settings: Settings) -> Flask:
    """The application for one data folder: core first, then the slices in order."""
    app = Flask(__name__)
    app.config.from_mapping(settings.flask_config())
    app.extensions["smallcrm.settings"] = settings
    import_module("smallcrm.core.setup").init_app(app)
    for name in SLICES:
        import_module(f"smallcrm.{name}").init_app(app)
    return app
