"""Attachments: a file is declared, and uploaded by the link that is answered."""

from __future__ import annotations

import hashlib
import mimetypes
from typing import TYPE_CHECKING

from cli.errors import CommandError
from cli.problems import answer

if TYPE_CHECKING:
    from pathlib import Path

    from cli.client import InstitutionClient

# not the machine's own table: the same everywhere
_TYPES = mimetypes.MimeTypes(())


def attach(path: Path, client: InstitutionClient) -> str:
    """Declares and uploads a file; returns the attachment's id.

    Raises:
        Refused: the platform does not take it.
        CommandError: the file can't be read, or the store does not take it.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise CommandError(f"{path}: {error.strerror}") from error
    declared = answer(
        client.declare(
            {
                "file_name": path.name,
                "media_type": _TYPES.guess_type(path.name)[0] or "application/octet-stream",
                "size": len(content),
                "sha256": hashlib.sha256(content).hexdigest(),
            }
        )
    )
    upload = declared["upload"]
    stored = client.upload(upload["method"], upload["url"], upload["headers"], content)
    if not stored.is_success:
        raise CommandError(f"{path}: the store answered {stored.status_code}; nothing was posted")
    return str(declared["attachment_id"])
