"""The floor under every figure: the customer list as bare Flask, one Jinja loop and one SQL would make it.

The same fifty rows and eight columns from the same database file (read-only), answered by the same server with as many
threads, in a process of its own; no sign-in, rights, languages, frame or compression. Nobody could use it, nothing
that renders this page in Python is faster: python -m bench.floor --database FILE --port PORT.
"""

import argparse
import threading
from pathlib import Path
from typing import Any

from flask import Flask, request
from waitress import serve

from smallcrm.core.db import sqlite_module

ROWS = 50
HEADS = ("名称", "状态", "级别", "电话", "下次跟进", "最近跟进", "负责人", "来源")
LIST = """
SELECT customers.id, customers.name, customers.status, level, customers.phone, next_follow_up_at, last_follow_up_at,
       users.name, source
FROM customers LEFT JOIN users ON users.id = customers.owner_id
WHERE customers.deleted_at IS NULL AND customers.id < ? ORDER BY customers.id DESC LIMIT ?
"""
PAGE = """<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8"><title>客户</title></head><body>
<table><thead><tr>{% for head in heads %}<th>{{ head }}</th>{% endfor %}</tr></thead>
<tbody>
{% for row in rows %}
<tr><td><a href="/customers/{{ row[0] }}">{{ row[1] }}</a></td>
{% for cell in row[2:] %}<td>{{ cell or "" }}</td>{% endfor %}</tr>
{% endfor %}
</tbody></table>
{% if rows %}<a href="?before={{ rows[-1][0] }}">下一页</a>{% endif %}
</body></html>
"""


def floor_app(database: Path) -> Flask:
    """The application: one page, /."""
    app = Flask("floor")
    # A template made from a string has no name to tell from that it is HTML.
    app.jinja_env.autoescape = True
    template = app.jinja_env.from_string(PAGE)
    mine = threading.local()

    def connection() -> Any:
        if not hasattr(mine, "connection"):
            mine.connection = sqlite_module().connect(f"{database.absolute().as_uri()}?mode=ro", uri=True)
        return mine.connection

    @app.get("/")
    def index() -> str:
        before = request.args.get("before", 2**62, type=int)
        return template.render(heads=HEADS, rows=connection().execute(LIST, (before, ROWS)).fetchall())

    return app


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.floor", description=__doc__)
    parser.add_argument("--database", type=Path, required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--threads", type=int, default=4)
    given = parser.parse_args()
    serve(floor_app(given.database), host="127.0.0.1", port=given.port, threads=given.threads, ident=None)


if __name__ == "__main__":
    main()
