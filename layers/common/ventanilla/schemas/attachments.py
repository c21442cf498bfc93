"""What attachments take and give."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints, ValidationInfo, field_validator

from ventanilla.domain.attachments import LARGEST, LONGEST_NAME, MOST, Attachment, read_file_name
from ventanilla.domain.errors import Invalid
from ventanilla.schemas.base import Instant, Schema, refuse

_LONGEST_ID = 40


def _each_once(ids: list[str]) -> list[str]:
    if len(set(ids)) < len(ids):
        raise refuse(Invalid("attachment_twice"))
    return ids


AttachmentIds = Annotated[
    list[Annotated[str, StringConstraints(min_length=1, max_length=_LONGEST_ID)]],
    Field(max_length=MOST),
    AfterValidator(_each_once),
]
"""The attachments of a notification, in their order."""


class AttachmentIn(Schema):
    """A file that is about to be uploaded: `size` in bytes, `sha256` in hexadecimal."""

    media_type: Annotated[str, StringConstraints(strip_whitespace=True, to_lower=True, min_length=1, max_length=100)]
    file_name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_NAME)]
    size: Annotated[int, Field(ge=1, le=LARGEST, strict=True)]
    sha256: Annotated[str, StringConstraints(to_lower=True, pattern=r"^[0-9a-fA-F]{64}$")]

    @field_validator("file_name")
    @classmethod
    def _misleads_nobody(cls, file_name: str, info: ValidationInfo) -> str:
        try:
            return read_file_name(file_name, info.data.get("media_type", ""))
        except Invalid as invalid:
            raise refuse(invalid) from None


class UploadOut(Schema):
    """The one request that uploads the file: these headers, and the file's bytes as its body."""

    url: str
    method: str
    headers: dict[str, str]
    expires_at: Instant


class AttachmentDeclared(Schema):
    """The attachment's id, for the notifications that it goes with, and how its file is uploaded."""

    attachment_id: str
    upload: UploadOut
    expires_at: Instant = Field(description="Until when it waits for its first use")


class AttachmentOut(Schema):
    """A file that goes with a notification."""

    id: str
    file_name: str
    media_type: str
    size: int = Field(description="Bytes")
    sha256: str = Field(description="In hexadecimal")


def attachments_out(files: tuple[Attachment, ...]) -> list[AttachmentOut]:
    """Return files as they are shown."""
    return [AttachmentOut(**asdict(file)) for file in files]
