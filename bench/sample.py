"""What is asked for when measuring: words, records and values that are really in the data, found in the database."""

import contextlib
import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from smallcrm.core.db import sqlite_module

from .client import Failed

LONG_TIMELINE = 50
LOOKED_AT = 20_000
SAVED = 200


@dataclass(frozen=True)
class Sample:
    """`rare` and `common` are two characters of customers' names, `phone` is part of a number."""

    rare: str
    common: str
    phone: str
    tag: str
    province: str
    busiest: int
    entries: int
    customers: tuple[int, ...]


def take(database: Path) -> Sample:
    """Look through the database, read-only. Raises Failed when there is nothing to look at."""
    module = sqlite_module()
    with contextlib.closing(module.connect(f"{database.absolute().as_uri()}?mode=ro", uri=True)) as connection:

        def column(statement: str, *values: Any) -> list[Any]:
            return [row[0] for row in connection.execute(statement, values)]

        live = "FROM customers WHERE deleted_at IS NULL"
        names = column(f"SELECT name {live} ORDER BY id LIMIT ?", LOOKED_AT)
        if not names:
            raise Failed(f"there are no customers in {database}")
        pairs = Counter(name[i : i + 2] for name in names for i in range(len(name) - 1))
        tags = Counter(
            tag for raw in column(f"SELECT tags {live} AND tags IS NOT NULL LIMIT 2000", *()) for tag in json.loads(raw)
        )
        regions = column(f"SELECT json_extract(address, '$.region') {live} AND address IS NOT NULL LIMIT 2000")
        busiest, entries = connection.execute(
            "SELECT host_id, count(*) FROM activities WHERE host_entity = 'customers' AND action <> 'planned' "
            "GROUP BY host_id ORDER BY abs(count(*) - ?), host_id LIMIT 1",
            (LONG_TIMELINE,),
        ).fetchone()
        phones = column(f"SELECT phone {live} AND length(phone) = 11 ORDER BY id LIMIT 1 OFFSET ?", len(names) // 3)
        return Sample(
            rare=min(pairs, key=lambda pair: (pairs[pair], pair)),
            common=max(pairs, key=lambda pair: (pairs[pair], pair)),
            phone=(phones or ["13800138000"])[0][3:8],
            tag=max(tags, default="", key=lambda tag: (tags[tag], tag)),
            province=Counter(code[:2] for code in regions if code).most_common(1)[0][0] if any(regions) else "",
            busiest=busiest,
            entries=entries,
            customers=tuple(column(f"SELECT id {live} ORDER BY id DESC LIMIT ?", SAVED)),
        )
