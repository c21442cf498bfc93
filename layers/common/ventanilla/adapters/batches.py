"""Batches: what is known of them in a table, their files in a bucket."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from ventanilla.adapters.dynamo import ConditionFailed, Dynamo, update_if
from ventanilla.adapters.items import (
    ALONE,
    BatchChunkItem,
    BatchItem,
    BatchTodoItem,
    differences,
    entity_of,
    item_of,
)
from ventanilla.adapters.linked_files import LinkedFiles
from ventanilla.adapters.outbox import Outbox
from ventanilla.domain.batches import UPLOAD_LIFE, Batch, Chunk, Counts
from ventanilla.domain.ids import LENGTH
from ventanilla.domain.outbox import OutboxItem

MEDIA_TYPE = "application/x-ndjson"
_CHUNK, _TODO = "chunk#", "todo#"
_BLOCK = 1024 * 1024
_PART = 8 * 1024 * 1024
"""Bytes of a part of a file that is put together: S3 takes five million or more, but for the last one."""


def _at(batch_id: str) -> str:
    return f"batch#{batch_id}"


class Batches:
    """All batches; they lie among what has an end, a partition each."""

    def __init__(self, dynamo: Dynamo, outbox: Outbox, *, tokens: str) -> None:
        self._dynamo = dynamo
        self._outbox = outbox
        self._batch = dynamo.bind(BatchItem, tokens)
        self._chunk = dynamo.bind(BatchChunkItem, tokens)
        self._todo = dynamo.bind(BatchTodoItem, tokens)

    def put(self, batch: Batch, owed: OutboxItem | None) -> None:
        """Put a new batch down, and what is owed for it."""
        writes = self._dynamo.transaction()
        writes.put("batch", item_of(self._batch, batch, _at(batch.id), ttl=batch.expires_at))
        if owed:
            writes.put("owed", self._outbox.row(owed))
        writes.commit()

    def get(self, batch_id: str) -> Batch | None:
        """Return a batch as it is now."""
        if len(batch_id) != LENGTH:  # none of ours, and perhaps longer than a key may be
            return None
        item = self._dynamo.get(self._batch, _at(batch_id))
        return entity_of(Batch, item) if item else None

    def start(self, batch: Batch, owed: OutboxItem) -> bool:
        """Let a batch that waited for its file run; tell whether it still waited."""
        writes = self._dynamo.transaction()
        actions = [BatchItem.status.set(batch.status), BatchItem.by.set(batch.by)]
        writes.update("batch", self._batch(_at(batch.id), ALONE), actions, BatchItem.status == "uploading")
        writes.put("owed", self._outbox.row(owed))
        try:
            writes.commit()
        except ConditionFailed:
            return False
        return True

    def add_chunk(self, batch: Batch, chunk: Chunk, owed: OutboxItem) -> bool:
        """Put a chunk down as one that is to be done, with what is owed for it; tell whether it is new."""
        pk, ttl = _at(batch.id), batch.expires_at
        writes = self._dynamo.transaction()
        writes.create("chunk", item_of(self._chunk, chunk, pk, f"{_CHUNK}{chunk.number:06}", ttl=ttl))
        writes.put("todo", self._todo(pk, f"{_TODO}{chunk.number:06}", ttl=ttl))
        writes.put("owed", self._outbox.row(owed))
        try:
            writes.commit()
        except ConditionFailed:
            return False
        return True

    def chunk(self, batch_id: str, number: int) -> Chunk | None:
        """Return a chunk."""
        item = self._dynamo.get(self._chunk, _at(batch_id), f"{_CHUNK}{number:06}")
        return entity_of(Chunk, item) if item else None

    def chunks(self, batch_id: str) -> list[Chunk]:
        """Return all chunks that there are so far, in their order."""
        items = self._dynamo.query(self._chunk, _at(batch_id), BatchChunkItem.sk.startswith(_CHUNK))
        return [entity_of(Chunk, item) for item in items]

    def finish_chunk(self, chunk: Chunk, counts: Counts) -> bool:
        """Write down that a chunk was done, and what came of it; tell whether it was still to be done."""
        pk, number = _at(chunk.batch), f"{chunk.number:06}"
        writes = self._dynamo.transaction()
        writes.delete("todo", self._todo(pk, f"{_TODO}{number}"), BatchTodoItem.pk.exists())
        writes.update("chunk", self._chunk(pk, f"{_CHUNK}{number}"), [BatchChunkItem.counts.set(counts)])
        try:
            writes.commit()
        except ConditionFailed:
            return False
        return True

    def has_todo(self, batch_id: str) -> bool:
        """Tell whether a chunk is still to be done."""
        left = self._dynamo.query(self._todo, _at(batch_id), BatchTodoItem.sk.startswith(_TODO), limit=1)
        return next(left, None) is not None

    def change(self, before: Batch, after: Batch) -> bool:
        """Write what differs in a running batch; tell whether it still ran."""
        item = self._batch(_at(before.id), ALONE)
        actions = differences(item, before, after)  # none if this is told again
        return not actions or update_if(item, actions, BatchItem.status == "running")


class BatchFiles(LinkedFiles):
    """The files of batches, and of their results."""

    def put(self, path: str, content: bytes) -> None:
        """Keep a file, in place of what was there."""
        self._client.put_object(Bucket=self._bucket, Key=path, Body=content, ContentType=MEDIA_TYPE)

    def upload(self, path: str, size: int, sha256: str) -> tuple[str, dict[str, str]]:
        """Return the link that takes in these bytes alone, once, and the headers that it demands."""
        return self._link_in(path, UPLOAD_LIFE, media_type=MEDIA_TYPE, size=size, sha256=sha256)

    def blocks(self, path: str, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        """Return the bytes of a file, or of the part from `start` up to `end`, some at a time."""
        part = {} if end is None else {"Range": f"bytes={start}-{end - 1}"}
        yield from self._client.get_object(Bucket=self._bucket, Key=path, **part)["Body"].iter_chunks(_BLOCK)

    def join(self, paths: Iterable[str], target: str) -> None:
        """Keep several files as one, in their order, holding no more of it than a part."""
        upload_id: str | None = None
        parts: list[dict[str, Any]] = []
        held = bytearray()
        for path in paths:
            for block in self.blocks(path):
                held += block
            if len(held) >= _PART:
                upload_id = upload_id or self._begin(target)
                parts.append(self._part(target, upload_id, len(parts) + 1, held))
                held.clear()
        if upload_id is None:
            self.put(target, bytes(held))
            return
        if held:
            parts.append(self._part(target, upload_id, len(parts) + 1, held))
        whole = {"Parts": parts}
        self._client.complete_multipart_upload(
            Bucket=self._bucket, Key=target, UploadId=upload_id, MultipartUpload=whole
        )

    def download(self, path: str, name: str) -> str:
        """Return the link by which a file is saved under a name."""
        return self._link_out(path, disposition=f'attachment; filename="{name}"', media_type=MEDIA_TYPE)

    def _begin(self, target: str) -> str:
        begun = self._client.create_multipart_upload(Bucket=self._bucket, Key=target, ContentType=MEDIA_TYPE)
        return str(begun["UploadId"])

    def _part(self, target: str, upload_id: str, number: int, content: bytearray) -> dict[str, Any]:
        sent = self._client.upload_part(
            Bucket=self._bucket, Key=target, UploadId=upload_id, PartNumber=number, Body=bytes(content)
        )
        # the client adds a checksum to each part, and S3 wants to be told it again
        checksums = {name: value for name, value in sent.items() if name.startswith("Checksum")}
        return {"PartNumber": number, "ETag": sent["ETag"], **checksums}
