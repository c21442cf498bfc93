"""What documents gives."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from ventanilla.schemas.base import Schema


class DocumentTaken(Schema):
    """A document that was sent in and accepted."""

    kind: str
    signature: Literal["electronic", "scan"]
    signer: str | None = Field(description="The name in the certificate; of a scan nobody's is known")
