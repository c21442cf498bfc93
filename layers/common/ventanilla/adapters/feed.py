"""The feed of an institution: numbered events in chunks, without gaps."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from ventanilla.adapters.dynamo import Dynamo, put_if_free
from ventanilla.adapters.items import ChunkItem
from ventanilla.domain.errors import Busy

_ATTEMPTS = 20


def _number(first: int) -> str:
    return f"{first:015}"


class Feed:
    """The feeds of all institutions."""

    def __init__(self, dynamo: Dynamo, *, notifications: str) -> None:
        self._dynamo = dynamo
        self._chunk = dynamo.bind(ChunkItem, notifications)

    def append(self, institution: str, events: Sequence[dict[str, Any]]) -> None:
        """Put a chunk behind the last one: its number is claimed by the put.

        Raises:
            Busy: others kept claiming it first.
        """
        for _ in range(_ATTEMPTS):
            last = next(self._backwards(institution, None, 1), None)
            first = int(last.first) + len(last.events) if last else 1
            chunk = self._chunk(f"feed#{institution}", _number(first), first=first, events=list(events))
            if put_if_free(chunk):
                return
        raise Busy

    def backwards(self, institution: str, before: int | None) -> Iterator[tuple[int, dict[str, Any]]]:
        """Return the events with their numbers, newest first, beginning below a number."""
        for chunk in self._backwards(institution, before, None):
            for offset, event in reversed(list(enumerate(chunk.events))):
                number = int(chunk.first) + offset
                if before is None or number < before:
                    yield number, event

    def _backwards(self, institution: str, before: int | None, limit: int | None) -> Iterator[ChunkItem]:
        older = ChunkItem.sk < _number(before) if before is not None else None
        return self._dynamo.query(
            self._chunk, f"feed#{institution}", older, scan_index_forward=False, limit=limit, page_size=limit or 25
        )
