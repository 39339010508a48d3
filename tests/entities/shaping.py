"""Short ways to shape and to be refused."""

import pytest

from smallcrm.core.db import write
from smallcrm.core.errors import Invalid
from smallcrm.records import operations as records


def errors_of(call, *arguments, **given):
    with pytest.raises(Invalid) as caught:
        call(*arguments, **given)
    return caught.value.errors


def change(record, by, **raw):
    with write():
        records.change(record, raw, by)
