"""The search finds on PostgreSQL what it finds on SQLite."""

from search.test_rules import *  # noqa: F403
