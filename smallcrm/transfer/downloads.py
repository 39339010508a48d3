"""Sending a file that is wanted once: it is gone from the disk before anybody could find it there."""

from pathlib import Path

from flask import Response, send_file


def sent_once(path: Path, name: str) -> Response:
    """The answer with the content of `path`, which is deleted."""
    size = path.stat().st_size
    file = path.open("rb")
    response = send_file(file, as_attachment=True, download_name=name, max_age=0)
    response.content_length = size
    try:
        path.unlink()
    except PermissionError:
        # Windows deletes no open file.
        response.call_on_close(lambda: path.unlink(missing_ok=True))
    return response
