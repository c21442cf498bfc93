"""Batches in memory: what is known of them, and a bucket with their files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from hashlib import sha256
from typing import TYPE_CHECKING

from ventanilla.domain.attachments import StoredFile
from ventanilla.domain.batches import Batch, Chunk, Counts
from ventanilla.domain.outbox import OutboxItem

if TYPE_CHECKING:
    from tests.fakes import Outbox


class Batches:
    """Batches, and their chunks."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox
        self.kept: dict[str, Batch] = {}
        self.parts: dict[tuple[str, int], Chunk] = {}

    def put(self, batch: Batch, owed: OutboxItem | None) -> None:
        self.kept[batch.id] = batch
        if owed:
            self._outbox.put(owed)

    def get(self, batch_id: str) -> Batch | None:
        return self.kept.get(batch_id)

    def start(self, batch: Batch, owed: OutboxItem) -> bool:
        if self.kept[batch.id].status != "uploading":
            return False
        self.put(batch, owed)
        return True

    def add_chunk(self, batch: Batch, chunk: Chunk, owed: OutboxItem) -> bool:
        if (batch.id, chunk.number) in self.parts:
            return False
        self.parts[batch.id, chunk.number] = chunk
        self._outbox.put(owed)
        return True

    def chunk(self, batch_id: str, number: int) -> Chunk | None:
        return self.parts.get((batch_id, number))

    def chunks(self, batch_id: str) -> list[Chunk]:
        return [self.parts[key] for key in sorted(self.parts) if key[0] == batch_id]

    def finish_chunk(self, chunk: Chunk, counts: Counts) -> bool:
        key = chunk.batch, chunk.number
        if self.parts[key].counts is not None:
            return False
        self.parts[key] = replace(chunk, counts=counts)
        return True

    def has_todo(self, batch_id: str) -> bool:
        return any(chunk.counts is None for chunk in self.chunks(batch_id))

    def change(self, before: Batch, after: Batch) -> bool:
        if self.kept[before.id].status != "running":
            return False
        self.kept[before.id] = after
        return True


class BatchFiles:
    """A bucket."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}

    def put(self, path: str, content: bytes) -> None:
        self.files[path] = content

    def upload(self, path: str, size: int, sha256: str) -> tuple[str, dict[str, str]]:
        return f"https://bucket.example.ec/{path}?put", {"content-length": str(size)}

    def stored(self, path: str) -> StoredFile | None:
        content = self.files.get(path)
        return StoredFile(len(content), sha256(content).hexdigest(), "application/x-ndjson") if content else None

    def blocks(self, path: str, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        content = self.files[path][start:end]
        return iter([content[at : at + 7] for at in range(0, len(content), 7)])

    def join(self, paths: Iterable[str], target: str) -> None:
        self.files[target] = b"".join(self.files[path] for path in paths)

    def download(self, path: str, name: str) -> str:
        return f"https://bucket.example.ec/{path}?get={name}"
