"""Attachments: files that an institution declares, uploads, and then sends along with its notifications."""

from __future__ import annotations

import unicodedata
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from ventanilla.domain.errors import Invalid

MOST = 15
"""Attachments of a notification."""
LARGEST = 25 * 1024 * 1024
"""Bytes of an attachment."""
LONGEST_NAME = 120
"""Characters of a file's name."""
UPLOAD_LIFE = timedelta(minutes=15)
DOWNLOAD_LIFE = timedelta(seconds=60)
DECLARATION_LIFE = timedelta(hours=24)
"""How long what was declared waits for its first use; the bucket's own rule takes unused files away later than that."""
TYPES: dict[str, tuple[str, ...]] = {
    "application/pdf": (".pdf",),
    "application/xml": (".xml",),
    "application/zip": (".zip",),
    "application/vnd.oasis.opendocument.text": (".odt",),
    "application/vnd.oasis.opendocument.spreadsheet": (".ods",),
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": (".docx",),
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": (".xlsx",),
    "image/jpeg": (".jpg", ".jpeg"),
    "image/png": (".png",),
    "image/tiff": (".tif", ".tiff"),
    "text/csv": (".csv",),
    "text/plain": (".txt",),
}
"""What an installation may take, each with the endings of its files: none that runs or that a browser obeys."""
_FORBIDDEN = frozenset('/\\:*?"<>|')
_UNSEEN = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file as it was declared, and as its bytes are: nothing of it ever changes."""

    id: str
    file_name: str
    media_type: str
    size: int
    sha256: str

    @property
    def content(self) -> dict[str, Any]:
        """What a notification's digest says of it: all but the id, which is ours and not the file's."""
        return {name: value for name, value in asdict(self).items() if name != "id"}

    @property
    def disposition(self) -> str:
        """What lets a browser save it under its name, never show it (RFC 6266 §4, RFC 8187 §3.2)."""
        stem, dot, ending = self.file_name.rpartition(".")
        letters = unicodedata.normalize("NFKD", stem).encode("ascii", "ignore").decode()
        # a wide quotation mark, for one, becomes a plain one only here
        plain = "".join(sign if sign.isalnum() or sign in " .,-_()" else "_" for sign in letters)
        whole = quote(self.file_name, safe="")
        return f"attachment; filename=\"{plain or 'file'}{dot}{ending}\"; filename*=UTF-8''{whole}"


@dataclass(frozen=True, slots=True)
class StoredFile:
    """What the store says of a file that was uploaded."""

    size: int
    sha256: str | None
    media_type: str

    def is_of(self, attachment: Attachment) -> bool:
        """Tell whether this is the file that was declared."""
        declared = (attachment.size, attachment.sha256, attachment.media_type)
        return (self.size, self.sha256, self.media_type) == declared


@dataclass(frozen=True, slots=True)
class Declaration:
    """An institution's attachment; `kept_at` says when its file was checked and first used."""

    institution: str
    file: Attachment
    declared_at: datetime
    kept_at: datetime | None = None

    @property
    def path(self) -> str:
        """Where its file lies."""
        return path_of(self.institution, self.file.id)

    @property
    def expires_at(self) -> datetime:
        """Until when it waits for its first use."""
        return self.declared_at + DECLARATION_LIFE

    def may_be_used(self, now: datetime) -> bool:
        """Tell whether it lives: it was used before, or was declared a short while ago."""
        return self.kept_at is not None or now < self.expires_at

    def kept(self, now: datetime) -> Declaration:
        """Return it as it is from its first use on."""
        return replace(self, kept_at=now)


def path_of(institution: str, attachment_id: str) -> str:
    """Return where an institution's file lies."""
    return f"{institution}/{attachment_id}"


def read_file_name(typed: str, media_type: str) -> str:
    """Return a file's name that can be saved anywhere and misleads nobody about what it is.

    Raises:
        Invalid: `file_name`: it has characters that can't be seen or stand for places;
            `file_extension`: its ending is not one of the media type's.
    """
    name = unicodedata.normalize("NFC", typed).strip()
    if any(sign in _FORBIDDEN or unicodedata.category(sign) in _UNSEEN for sign in name) or name.startswith("."):
        raise Invalid("file_name")
    endings = TYPES.get(media_type, ())
    if endings and not name.lower().endswith(endings):
        raise Invalid("file_extension", expected=", ".join(endings))
    return name


def read_types(names: tuple[str, ...]) -> tuple[str, ...]:
    """Return the media types that an installation takes.

    Raises:
        ValueError: one of them is none that may be taken.
    """
    if unknown := [name for name in names if name not in TYPES]:
        raise ValueError(f"no type of attachments: {', '.join(unknown)}")
    return names
