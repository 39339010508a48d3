"""What is right on SQLite is right on PostgreSQL: the same tests, on the other database."""

from entities.conftest import boss  # noqa: F401
from entities.test_acid import *  # noqa: F403
from records.test_cursors import *  # noqa: F403
from records.test_neighbours import *  # noqa: F403
from records.test_rules import *  # noqa: F403
