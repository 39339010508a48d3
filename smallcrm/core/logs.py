"""The log: JSON lines in the data folder, short lines on the console, one line per request; never secrets."""

import json
import logging
import re
import sys
import time
from datetime import UTC, datetime
from logging.handlers import RotatingFileHandler
from pathlib import Path

from flask import Flask, Response, g, has_request_context, request

from .jobs import current_job

requests = logging.getLogger("smallcrm.requests")

FILE_SIZE = 10 * 1024 * 1024
FILES = 10
QUIET = {"huey": logging.ERROR, "waitress.queue": logging.ERROR, "alembic": logging.WARNING}
SECRET_PARTS = {"token", "secret", "key", "code"}
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


class JsonLines(logging.Formatter):
    """One JSON object a line: time (UTC), level, logger, message, and the request or job it belongs to."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            **_where(),
            **getattr(record, "details", {}),
        }
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)


class ConsoleLines(logging.Formatter):
    """What a person reads: the time of day, the level if it matters, the message."""

    def format(self, record: logging.LogRecord) -> str:
        moment = time.strftime("%H:%M:%S", time.localtime(record.created))
        level = "" if record.levelno <= logging.INFO else f"{record.levelname} "
        text = f"{moment} {level}{CONTROL.sub('?', record.getMessage())}"
        if record.exc_info:
            text += "\n" + self.formatException(record.exc_info)
        return text


def configure(folder: Path, level: str) -> None:
    """Send everything to `folder`/smallcrm.log (10 files of 10 MB) and to the console."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    file = RotatingFileHandler(folder / "smallcrm.log", maxBytes=FILE_SIZE, backupCount=FILES - 1, encoding="utf-8")
    file.setFormatter(JsonLines())
    console = logging.StreamHandler(sys.stderr)
    console.setFormatter(ConsoleLines())
    root = logging.getLogger()
    root.setLevel(level)
    root.addHandler(file)
    root.addHandler(console)
    for name, quiet in QUIET.items():
        logging.getLogger(name).setLevel(quiet)
    logging.captureWarnings(True)


def init_app(app: Flask) -> None:
    app.before_request(_start)
    app.after_request(_finish)


def _start() -> None:
    g.request_started = time.perf_counter()


def _finish(response: Response) -> Response:
    if request.endpoint in ("static", "health.show") and response.status_code < 400:
        return response
    took = round((time.perf_counter() - g.get("request_started", time.perf_counter())) * 1000, 1)
    path = safe_path()
    details = {"method": request.method, "path": path, "status": response.status_code, "ms": took}
    details["address"] = request.remote_addr or ""
    requests.info("%s %s %s %s ms", request.method, path, response.status_code, took, extra={"details": details})
    return response


def safe_path() -> str:
    """The path of this request without its query and without one-time tokens in it."""
    path = request.path
    for name, value in (request.view_args or {}).items():
        if name in SECRET_PARTS and value:
            path = path.replace(str(value), "***")
    return path


def _where() -> dict[str, str]:
    if has_request_context():
        return {"request": g.get("request_id", "")}
    if job := current_job.get():
        return {"job": job[0], "job_id": job[1]}
    return {}
