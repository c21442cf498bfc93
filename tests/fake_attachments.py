"""Attachments in memory: what was declared, and a bucket into which a test uploads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from ventanilla.domain.attachments import Attachment, Declaration, StoredFile


class Attachments:
    """What institutions have declared."""

    def __init__(self) -> None:
        self.declared: dict[tuple[str, str], Declaration] = {}

    def declare(self, declaration: Declaration) -> None:
        self.declared[declaration.institution, declaration.file.id] = declaration

    def several(self, institution: str, ids: Sequence[str]) -> list[Declaration | None]:
        return [self.declared.get((institution, one)) for one in ids]

    def keep(self, declaration: Declaration, now: datetime) -> bool:
        key = declaration.institution, declaration.file.id
        if key in self.declared:
            self.declared[key] = replace(declaration, kept_at=now)
        return key in self.declared


class AttachmentFiles:
    """A bucket: what was uploaded, what of it is kept, and how often it was asked."""

    def __init__(self) -> None:
        self.files: dict[str, StoredFile] = {}
        self.kept: set[str] = set()
        self.asked: list[str] = []

    def take(self, declaration: Declaration, **changes: object) -> None:
        """Let a file be uploaded: the one that was declared, but for what is said."""
        file = declaration.file
        stored = StoredFile(file.size, file.sha256, file.media_type)
        self.files[declaration.path] = replace(stored, **changes)  # type: ignore[arg-type]  # fields of it

    def upload(self, path: str, file: Attachment) -> tuple[str, dict[str, str]]:
        return f"https://bucket.example.ec/{path}?put", {"content-type": file.media_type}

    def stored(self, path: str) -> StoredFile | None:
        self.asked.append(path)
        return self.files.get(path)

    def keep(self, path: str) -> bool:
        self.kept |= {path} & self.files.keys()
        return path in self.files

    def download(self, path: str, file: Attachment) -> str:
        return f"https://bucket.example.ec/{path}?get={file.file_name}"
