"""The feed of an institution: numbered events in chunks, without gaps."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain, islice
from typing import Any

from ventanilla.adapters.counts import Counts
from ventanilla.adapters.dynamo import ConditionFailed, Dynamo
from ventanilla.adapters.items import ChunkItem
from ventanilla.domain.errors import Busy
from ventanilla.domain.ids import derived_id

_ATTEMPTS = 20
_PAGE = 25
_REMEMBERED = 10
"""Messages of one delivery (template.yaml): any of them may come again, should the function die before it answers."""


def _number(first: int) -> str:
    return f"{first:015}"


class Feed:
    """The feeds of all institutions."""

    def __init__(self, dynamo: Dynamo, counts: Counts, *, notifications: str) -> None:
        self._dynamo = dynamo
        self._counts = counts
        self._chunk = dynamo.bind(ChunkItem, notifications)

    def append(self, institution: str, events: Sequence[dict[str, Any]]) -> None:
        """Put a chunk behind the last one, and count what it tells; its number is claimed by the put.

        The last chunk knows which messages were put down lately, so that one that comes again changes nothing. What
        the stream tells again in another message is left out where the last chunk has it.

        Raises:
            Busy: others kept claiming it first.
        """
        message = derived_id(*(event["id"] for event in events))
        for _ in range(_ATTEMPTS):
            last = next(self._backwards(institution, None, 1), None)
            told: tuple[str, ...] = (last.told or ()) if last else ()
            known = {event["id"] for event in last.events} if last else set[str]()
            new = tuple(event for event in events if event["id"] not in known)
            if message in told or not new:
                return
            first = int(last.first) + len(last.events) if last else 1
            remembered = (*told, message)[-_REMEMBERED:]
            chunk = self._chunk(f"feed#{institution}", _number(first), first=first, events=new, told=remembered)
            if self._put(chunk, institution, new):
                return
        raise Busy

    def _put(self, chunk: ChunkItem, institution: str, events: Sequence[dict[str, Any]]) -> bool:
        writes = self._dynamo.transaction()
        writes.create("chunk", chunk)
        self._counts.write(writes, institution, events)
        try:
            writes.commit()
        except (ConditionFailed, Busy):  # Busy: somebody else was at the same shard of the counts all the time
            return False
        return True

    def backwards(self, institution: str, before: int | None) -> Iterator[tuple[int, dict[str, Any]]]:
        """Return the events with their numbers, newest first, beginning below a number."""
        for chunk in self._backwards(institution, before, None):
            for offset, event in reversed(list(enumerate(chunk.events))):
                number = int(chunk.first) + offset
                if before is None or number < before:
                    yield number, event

    def forwards(self, institution: str, after: int, limit: int) -> list[tuple[int, dict[str, Any]]]:
        """Return the events behind a number, oldest first; that number may lie in the middle of a chunk."""
        behind: list[ChunkItem] = list(self._backwards(institution, after + 1, 1)) if after else []
        newer = ChunkItem.sk >= _number(after + 1)
        chunks = self._dynamo.query(self._chunk, f"feed#{institution}", newer, page_size=max(_PAGE, limit // 10))
        numbered = (
            (int(chunk.first) + offset, event)
            for chunk in chain(behind, chunks)
            for offset, event in enumerate(chunk.events)
        )
        return list(islice((one for one in numbered if one[0] > after), limit))

    def _backwards(self, institution: str, before: int | None, limit: int | None) -> Iterator[ChunkItem]:
        older = ChunkItem.sk < _number(before) if before is not None else None
        return self._dynamo.query(
            self._chunk, f"feed#{institution}", older, scan_index_forward=False, limit=limit, page_size=limit or _PAGE
        )
