"""The same company on PostgreSQL: `app`, `cast`, `make` and `client` work as everywhere."""

import postgresql
import pytest
from conftest import people


@pytest.fixture(scope="session")
def company(tmp_path_factory):
    yield from postgresql.company(tmp_path_factory, people)
