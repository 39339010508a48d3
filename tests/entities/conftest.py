"""Who shapes fields and modules in these tests."""

import pytest


@pytest.fixture
def boss(cast):
    """An administrator."""
    return cast.admin
