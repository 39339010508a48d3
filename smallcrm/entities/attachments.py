"""Stored files: content-addressed on disk, one row per use, reached only through the record they belong to."""

import hashlib
import os
import secrets
from collections.abc import Iterable, Mapping
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import ForeignKey, Index, String, select
from sqlalchemy.orm import Mapped, mapped_column

from ..core.db import BigId, UtcDateTime, db, now
from ..core.errors import Refused
from .field import UNPRINTABLE

LARGEST = 25 * 1024 * 1024
LONGEST_SIDE = 2560
MOST_PIXELS = 40_000_000
IMAGE_TYPES = {"JPEG": "image/jpeg", "PNG": "image/png", "GIF": "image/gif", "WEBP": "image/webp"}
# What may be kept besides pictures. Never executed, never shown inline: always sent as a download.
EXTENSIONS = frozenset(
    "pdf doc docx xls xlsx xlsm xlsb ppt pptx wps et dps ofd odt ods odp txt csv md rtf zip rar 7z gz dwg dxf stp "
    "step mp3 wav m4a amr aac ogg mp4 mov avi vcf eml msg json xml key pages numbers tif tiff bmp "
    "heic heif svg psd ai".split()
)


class Attachment(db.Model):
    """One use of a stored file. `entity` is empty until the record it was uploaded for is saved."""

    __tablename__ = "attachments"
    __table_args__ = (Index("ix_attachments_record", "entity", "record_id"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    token: Mapped[str] = mapped_column(String(32), unique=True)
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    name: Mapped[str] = mapped_column(String(200))
    media_type: Mapped[str] = mapped_column(String(80))
    size: Mapped[int]
    entity: Mapped[str] = mapped_column(String(64), default="")
    record_id: Mapped[int | None]
    field: Mapped[str] = mapped_column(String(64), default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now, index=True)
    created_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))

    @property
    def is_image(self) -> bool:
        return self.media_type in IMAGE_TYPES.values()

    @property
    def path(self) -> Path:
        return folder() / self.sha256[:2] / self.sha256


def folder() -> Path:
    """Where the files of this data folder lie."""
    return Path(current_app.config["DATA"]) / "files"


def by_tokens(tokens: Iterable[str]) -> Mapping[str, Attachment]:
    """The rows with these tokens."""
    wanted = [UNPRINTABLE.sub("", str(token)) for token in tokens]
    if not wanted:
        return {}
    return {row.token: row for row in db.session.scalars(select(Attachment).where(Attachment.token.in_(wanted)))}


def store(stream: BinaryIO, name: str, user_id: int) -> Attachment:
    """Keep an uploaded file: fsynced before any row names it (SECURITY.md R07). Call outside write().

    Returns a row that is not yet in the session. Raises Refused for what may not be kept.
    """
    content = stream.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise Refused(_("“%(name)s” is too large. Files may be up to 25 MB.", name=name[:80]))
    if not content:
        raise Refused(_("“%(name)s” is empty.", name=name[:80]))
    shown = clean_name(name)
    kind, content = _picture(content)
    if kind is None and extension(shown) not in EXTENSIONS:
        raise Refused(_("Files of the kind “%(kind)s” cannot be kept here.", kind=extension(shown) or "?"))
    digest = hashlib.sha256(content).hexdigest()
    _keep(content, digest)
    return Attachment(
        token=secrets.token_hex(16),
        sha256=digest,
        name=shown,
        media_type=kind or "application/octet-stream",
        size=len(content),
        created_by_id=user_id,
    )


def clean_name(name: str) -> str:
    """The last path part without control and direction characters, 150 characters at most; for showing only."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    kept = "".join(c for c in last if c.isprintable() and c not in '<>:"|?*').strip(" .")
    stem, dot, ending = kept.rpartition(".")
    return f"{stem[:140]}{dot}{ending[:10]}" if dot else kept[:150] or "file"


def extension(name: str) -> str:
    """The ending in lower case, without its dot."""
    return name.rpartition(".")[2].lower() if "." in name else ""


def _picture(content: bytes) -> tuple[str | None, bytes]:
    """(media type, re-encoded bytes) of a picture; (None, the bytes) of anything else.

    Re-encoding drops EXIF (where it was taken) and whatever hides behind the pixels (SECURITY.md T14, T19).
    """
    from PIL import Image, ImageOps, UnidentifiedImageError

    try:
        with Image.open(BytesIO(content), formats=list(IMAGE_TYPES)) as image:
            if image.width * image.height > MOST_PIXELS:
                raise Refused(_("This picture has too many pixels. Send a smaller one."))
            kind = image.format or "PNG"
            if kind == "GIF":
                return IMAGE_TYPES["GIF"], content
            turned = ImageOps.exif_transpose(image)
            turned.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
            out = BytesIO()
            if kind == "JPEG":
                turned.convert("RGB").save(out, "JPEG", quality=85, optimize=True)
            else:
                turned.save(out, kind)
            return IMAGE_TYPES[kind], out.getvalue()
    except Image.DecompressionBombError:
        raise Refused(_("This picture has too many pixels. Send a smaller one.")) from None
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError):
        return None, content


def _keep(content: bytes, digest: str) -> None:
    target = folder() / digest[:2] / digest
    if target.exists():
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_suffix(f".{secrets.token_hex(4)}.part")
    with part.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    part.replace(target)
    if hasattr(os, "O_DIRECTORY"):
        directory = os.open(target.parent, os.O_DIRECTORY)
        os.fsync(directory)
        os.close(directory)


def thumbnail(file: Attachment, side: int = 240) -> Path:
    """A small JPEG of a picture, made once."""
    from PIL import Image

    target = folder() / "thumbnails" / f"{file.sha256}-{side}.jpg"
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        with Image.open(file.path) as image:
            image.thumbnail((side * 2, side * 2))
            part = target.with_suffix(f".{secrets.token_hex(4)}.part")
            image.convert("RGB").save(part, "JPEG", quality=80)
            part.replace(target)
    return target


def claim(tokens: Iterable[str], entity: str, record_id: int, field: str, user_id: int) -> None:
    """Bind freshly uploaded files to the record they were uploaded for; only the uploader's own, only free ones."""
    for file in by_tokens(tokens).values():
        if file.entity == "" and file.created_by_id == user_id:
            file.entity, file.record_id, file.field = entity, record_id, field
        elif (file.entity, file.record_id) != (entity, record_id):
            # A token of someone else's file must not open it through one's own record (SECURITY.md T15).
            raise Refused(_("A file is gone. Choose it again."))
