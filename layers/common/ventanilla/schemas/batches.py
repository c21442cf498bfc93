"""What batches take and give."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from ventanilla.domain.batches import LARGEST
from ventanilla.domain.notifications import State
from ventanilla.schemas.attachments import UploadOut
from ventanilla.schemas.base import Instant, Schema, left_out


class BatchUpload(Schema):
    """A file of lines that is about to be uploaded: `size` in bytes, `sha256` in hexadecimal."""

    size: Annotated[int, Field(ge=1, le=LARGEST, strict=True)]
    sha256: Annotated[str, StringConstraints(to_lower=True, pattern=r"^[0-9a-fA-F]{64}$")]


class BatchIn(Schema):
    """A batch that is too large for a body."""

    upload: BatchUpload


class LineFault(Schema):
    """What is wrong with one field of a line."""

    field: str
    code: str
    message: str


class LineProblem(Schema):
    """Why a line, or a whole file, was refused: the same as the call itself would have answered."""

    type: str = Field(description="urn:ventanilla:problem:<slug>, stable")
    detail: str
    retryable: bool = Field(description="Whether the same again may be accepted later")
    errors: list[LineFault]


class LineResult(Schema):
    """What became of a line: a line of the file of results."""

    line: int = Field(description="Its number in the file, as an editor counts")
    reference: str | None
    status: Literal["accepted", "replayed", "refused"]
    id: str | None = left_out("The notification's; of a reference that stands for other content, the first one's")
    state: State | None = left_out("The state that it was accepted in")
    problem: LineProblem | None = left_out("Where it was refused")


class BatchProgress(Schema):
    """How many lines have come to what; `left` is null as long as nobody has counted them."""

    accepted: int
    replayed: int
    refused: int
    left: int | None


class BatchResults(Schema):
    """Where the results are: JSON Lines, in the order of the lines."""

    url: str


class BatchOut(Schema):
    """A batch; empty lines count for nothing."""

    id: str
    status: Literal["uploading", "running", "done", "refused"]
    lines: int | None
    progress: BatchProgress
    created_at: Instant
    expires_at: Instant = Field(description="Until when it can be looked at, and its results downloaded")
    upload: UploadOut | None = left_out("How its file is uploaded, once, in the answer that made it")
    results: BatchResults | None = left_out("Once it is done")
    problem: LineProblem | None = left_out("Why the whole file was refused")
