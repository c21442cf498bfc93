"""Batches: many notifications in one file (JSON Lines), a notification a line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

MOST_LINES = 1_000_000
MOST_ENDS = 4 * MOST_LINES
"""Lines with the empty ones, which count for nothing but take their time."""
LARGEST = 1024**3
"""Bytes of a file that is uploaded."""
MOST_LINES_AT_ONCE = 1_000
LARGEST_AT_ONCE = 4 * 1024 * 1024
"""Bytes of a body: in base 64, as the gateway hands it over, it fits into the 6 MB that a function takes."""
LONGEST_LINE = 64 * 1024
"""Bytes of a line: as many as the body of a call may have."""
UPLOAD_LIFE = timedelta(hours=1)
LIFE = timedelta(days=30)
"""How long a batch can be looked at; the bucket's own rule takes its files away then."""
_MOST_LINES_OF_A_CHUNK = 250
_LARGEST_CHUNK = 4 * 1024 * 1024
_MARK = b"\xef\xbb\xbf"  # some editors put it before UTF-8

Status = Literal["uploading", "running", "done", "refused"]


@dataclass(frozen=True, slots=True)
class Counts:
    """What became of so many lines."""

    accepted: int = 0
    replayed: int = 0
    refused: int = 0

    @property
    def done(self) -> int:
        """How many there are in all."""
        return self.accepted + self.replayed + self.refused

    def __add__(self, other: Counts) -> Counts:
        """Return both together."""
        return Counts(self.accepted + other.accepted, self.replayed + other.replayed, self.refused + other.refused)


@dataclass(frozen=True, slots=True)
class Batch:
    """A file of notifications that an institution has handed over, and who let it begin (a key, or an administrator).

    `lines` and `chunks` are known once it has been split; `counts` when it is done; `refusal` says why it was refused.
    """

    id: str
    institution: str
    by: str
    status: Status
    locale: str
    created_at: datetime
    size: int
    sha256: str | None = None
    lines: int | None = None
    chunks: int | None = None
    counts: Counts | None = None
    refusal: str | None = None

    @property
    def expires_at(self) -> datetime:
        """Until when it can be looked at."""
        return self.created_at + LIFE

    @property
    def path(self) -> str:
        """Where its file lies."""
        return f"{self.institution}/{self.id}/lines.jsonl"

    @property
    def results_path(self) -> str:
        """Where its results lie, once it is done."""
        return f"{self.institution}/{self.id}/results.jsonl"

    def results_path_of(self, chunk: int) -> str:
        """Return where the results of one of its chunks lie."""
        return f"{self.institution}/{self.id}/results/{chunk:06}.jsonl"


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some lines of a batch, one after the other: bytes from `start` up to `end`; `counts` once they were posted."""

    batch: str
    number: int
    start: int
    end: int
    first_line: int
    lines: int
    counts: Counts | None = None


@dataclass(frozen=True, slots=True)
class RawLine:
    """A line, numbered as an editor does, and where it lies; without content if it is too long."""

    number: int
    start: int
    end: int
    content: bytes | None

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing in it, which is no mistake."""
        return self.content == b""


def read_lines(blocks: Iterable[bytes], *, first: int = 1, start: int = 0) -> Iterator[RawLine]:
    """Return the lines of a stream as they come, holding no more of them than the longest may have.

    Args:
        blocks: the stream's bytes, cut anywhere.
        first: the number of its first line in the file.
        start: where the stream begins in the file, in bytes.
    """
    content, length, number = bytearray(), 0, first
    for block in blocks:
        *ended, rest = block.split(b"\n")
        for piece in ended:
            _keep(content, piece)
            length += len(piece) + 1
            yield _line(number, start, start + length, content)
            start, number, length = start + length, number + 1, 0
            content.clear()
        _keep(content, rest)
        length += len(rest)
    if length:
        yield _line(number, start, start + length, content)


def count_lines(content: bytes) -> int:
    """Return how many lines of a body are not empty; much faster than reading them."""
    pieces = content.removeprefix(_MARK).split(b"\n")
    return sum(1 for piece in pieces if piece and (len(piece) > LONGEST_LINE + 1 or not piece.isspace()))


def chunks_of(batch: str, lines: Iterable[RawLine]) -> Iterator[Chunk]:
    """Return what the lines are posted by: so many at a time that a function does them in a few seconds."""
    number, held = 0, 0
    first: RawLine | None = None
    last: RawLine | None = None
    for line in lines:
        if line.is_empty:
            continue
        first, last, held = first or line, line, held + 1
        if held == _MOST_LINES_OF_A_CHUNK or last.end - first.start >= _LARGEST_CHUNK:
            yield Chunk(batch, number, first.start, last.end, first.number, held)
            number, held, first = number + 1, 0, None
    if first and last:
        yield Chunk(batch, number, first.start, last.end, first.number, held)


def _keep(content: bytearray, piece: bytes) -> None:
    if len(content) <= LONGEST_LINE:
        content += piece


def _line(number: int, start: int, end: int, content: bytearray) -> RawLine:
    if len(content) > LONGEST_LINE + 1:  # one more for a carriage return
        return RawLine(number, start, end, None)
    plain = bytes(content).removeprefix(_MARK if start == 0 else b"").strip()
    return RawLine(number, start, end, plain if len(plain) <= LONGEST_LINE else None)
