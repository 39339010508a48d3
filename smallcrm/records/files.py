"""Sending stored files, and only to those who may see the record they belong to."""

from flask import Response, abort, g, send_file

from .. import access
from ..entities import attachments, find
from ..entities.attachments import Attachment
from .routes import bp

SANDBOX = "default-src 'none'; sandbox; style-src 'unsafe-inline'; img-src 'self'"


def _visible_file(token: str) -> Attachment:
    """The file, if its record is visible; a fresh upload only to who sent it. 404 otherwise."""
    file = attachments.by_tokens([token]).get(token)
    if file is None:
        abort(404)
    if not file.entity:
        if file.created_by_id != g.user.id:
            abort(404)
        return file
    try:
        entity = find(file.entity)
    except KeyError:
        abort(404)
    record = access.visible_or_404(entity, file.record_id or 0)
    field = entity.get(file.field)
    if field is None or field not in access.readable_fields(entity, g.user):
        abort(404)
    if file.token not in (field.get(record) or ()):
        abort(404)
    return file


@bp.get("/files/<token>")
def show_file(token: str) -> Response:
    file = _visible_file(token)
    if not file.path.exists():
        abort(404)
    # Pictures were re-encoded when they came in and may be shown; everything else is only ever a download.
    response = send_file(
        file.path,
        mimetype=file.media_type if file.is_image else "application/octet-stream",
        as_attachment=not file.is_image,
        download_name=file.name,
        max_age=0,
    )
    response.headers["Content-Security-Policy"] = SANDBOX
    response.headers["Cache-Control"] = "private, no-store"
    return response


@bp.get("/files/<token>/thumbnail")
def show_thumbnail(token: str) -> Response:
    file = _visible_file(token)
    if not file.is_image or not file.path.exists():
        abort(404)
    response = send_file(attachments.thumbnail(file), mimetype="image/jpeg", max_age=0)
    response.headers["Content-Security-Policy"] = SANDBOX
    response.headers["Cache-Control"] = "private, max-age=3600"
    return response
