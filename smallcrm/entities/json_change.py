"""SQL that sets one key of a JSON column and leaves the others, for many rows in one statement."""

from typing import Any

from sqlalchemy import JSON, ColumnElement, literal, literal_column
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from .json_path import KEY


class JsonWith(FunctionElement[Any]):
    """A JSON object with another value for one key."""

    type = JSON()
    inherit_cache = True
    name = "json_with"


def with_json_value(column: Any, key: str, value: int | str) -> ColumnElement[Any]:
    """`column` with `value` under `key`; raises ValueError for anything that is not a field key."""
    if not KEY.match(key):
        raise ValueError(f"not a field key: {key!r}")
    return JsonWith(column, literal_column(f"'{key}'"), literal(value))


@compiles(JsonWith)
def _sqlite(element: JsonWith, compiler: Any, **kw: Any) -> str:
    column, key, value = (compiler.process(part, **kw) for part in element.clauses)
    return f"json_set({column}, '$.{key.strip(chr(39))}', {value})"


@compiles(JsonWith, "postgresql")
def _postgresql(element: JsonWith, compiler: Any, **kw: Any) -> str:
    column, key, value = (compiler.process(part, **kw) for part in element.clauses)
    return f"jsonb_set(({column})::jsonb, ARRAY[{key}], to_jsonb({value}))::json"
