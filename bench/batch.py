"""A batch of 10,000 lines on the durable engine; and from its keys, whether a partition of a table gets too hot."""

from __future__ import annotations

import json
import math
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import md5, sha256
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bench.acts import INSTITUTION, WHERE, Acts
from bench.events import messages
from bench.meter import Meter, Usage
from bench.report import Section, Value
from bench.stage import Stage
from local.dynoxide import Dynoxide, find_dynoxide
from local.positions import Positions
from local.sources import StreamSource
from local.streams import StreamReader, to_record
from tests.makers import make_cedula

_LINES = 10_000
_METERED = 1_000
_RATE = 10_000
"""Notifications a second, over all institutions."""
_INSTITUTIONS = 1_000
"""That post, the n-th of them a share of 1/n (Zipf): the largest has 13 %."""
_RECIPIENTS = 100_000
_MOST = 1_000
"""Write units a second that a partition takes."""
_AFTER = ("alerted", "sent", "delivered", "opened")
"""What becomes of a notification: each is an entry of its timeline, and an event of the feed."""
_RECORDS = 100
"""Of a stream, that the relay is handed at once (template.yaml)."""
_OWED = "OutboxTable, by chance"
_PUT_TOGETHER = 25
_SERIALS = count(1)


def measure() -> Iterator[tuple[str, Section]]:
    """Post a batch, then look at what a thousand lines of another write, and where."""
    with TemporaryDirectory() as folder:
        engine = Dynoxide(find_dynoxide(), Path(folder) / "bench.db")
        try:
            with Stage(engine=engine.endpoint) as stage:
                engine.index()
                Acts(stage)  # puts the institution down
                yield "batch", _speed(stage)
                yield "partitions", _partitions(stage)
        finally:
            engine.stop()


def _speed(stage: Stage) -> Section:
    _run(stage, _lines(stage, "warm", 10))
    letters = _lines(stage, "batch", _LINES)
    seconds, chunks = _timed(stage, letters)
    again, _ = _timed(stage, letters)
    lines = _lines(stage, "metered", _METERED)
    with Meter().usage() as usage:
        _run(stage, lines)
    row: dict[str, Value] = {
        "lines": _LINES,
        "chunks": chunks,
        "seconds": round(seconds, 1),
        "lines a second": round(_LINES / seconds, 1),
        "replayed a second": round(_LINES / again, 1),
        "write units a line": round(usage.writes / _METERED, 2),
        "of indexes": round(usage.index_writes / _METERED, 2),
        "read units a line": round(usage.reads / _METERED, 2),
        "trips a line": round(usage.trips / _METERED, 3),
    }
    notes = [
        "one function, with the engine on the same machine; Lambda runs up to 50 of them at once",
        f"units by DynamoDB's rules of size, of {_METERED} lines: letters of 2 KB, each to another open mailbox",
    ]
    return Section("A batch, on dynoxide", [row], notes)


@dataclass(slots=True)
class _Kind:
    """Partition keys of one kind: how much is written under all of them, and under the heaviest."""

    keys: int = 0
    units: float = 0
    heaviest: float = 0

    def add(self, units: float) -> None:
        self.keys, self.units, self.heaviest = self.keys + 1, self.units + units, max(self.heaviest, units)


@dataclass(slots=True)
class _Queues:
    """Takes what the relay sends."""

    told: list[tuple[str, list[dict[str, Any]]]] = field(default_factory=list)

    def send(self, *_: object, **__: object) -> None:
        """Forget an outbox item."""

    def send_events(self, institution: str, events: list[dict[str, Any]]) -> None:
        """Keep a message of the feed."""
        self.told.append((institution, events))


def _partitions(stage: Stage) -> Section:
    from ventanilla.adapters.counts import SHARDS

    reader = StreamReader(StreamSource("RelayFunction", "NotificationsTable", latest=True), stage.clients, Positions())
    lines = _lines(stage, "spread", _METERED)
    with Meter().usage() as posted:
        _run(stage, lines)
    _live(stage)
    with Meter().usage() as fed:
        for institution, events in _messages(stage, reader):
            stage.services.feed.append(institution, events)
    kinds = _kinds(posted, fed)
    largest = _RATE * _shares()[0]
    whole = sum(kind.units for kind in kinds.values())
    rows: list[dict[str, Value]] = []
    for name, kind in sorted(kinds.items()):
        shared = kind.keys < _METERED // 2  # under a few keys, however many lines there are
        of_all = kind.heaviest / whole if shared else kind.heaviest / (whole / _METERED * _RECIPIENTS)
        if "platform" in name:  # all institutions' together, by lot
            of_all, rate = kind.units / whole / SHARDS, kind.units / _METERED / SHARDS * _RATE
        elif shared:
            rate = kind.heaviest / _METERED * largest
        else:
            rate = _spread(kind.units / _METERED, name)
        rows.append(
            {
                "keys": name,
                "are": kind.keys,
                "units a notification": round(kind.units / _METERED, 3),
                "share of the heaviest key": f"{of_all:.4%}",
                "units a second": round(rate, 1),
                "within": rate <= _MOST,
            }
        )
    rows.append(_index(kinds))
    notes = [
        f"{_METERED} lines, what becomes of them, and the feed; share: of a batch to {_RECIPIENTS:,} people writes",
        f"units a second: on the heaviest partition, at {_RATE:,} notifications a second over all institutions:",
        f"{_INSTITUTIONS:,} of them (Zipf), of which the largest posts {largest:.0f}",
        "keys that are many are spread by their hash over as many partitions as the rate takes, half full",
    ]
    return Section("Where a batch writes", rows, notes)


def _index(kinds: dict[str, _Kind]) -> dict[str, Value]:
    """Return what a shard of the index of what is due takes: each outbox item is put there, and taken away."""
    from ventanilla.adapters.outbox import SHARDS

    writes = 2 * kinds[_OWED].keys / _METERED
    rate = writes * _RATE / SHARDS
    return {
        "keys": "OutboxTable, index due",
        "are": SHARDS,
        "units a notification": round(writes, 3),
        "share of the heaviest key": f"{1 / SHARDS:.4%}",
        "units a second": round(rate, 1),
        "within": rate <= _MOST,
    }


def _live(stage: Stage) -> None:
    """Let happen to each notification what happens to notifications."""
    from ventanilla.domain.notifications import notification_id

    services = stage.services
    for place in range(_METERED):
        thread = services.notifications.thread(notification_id(INSTITUTION, f"spread-{place}"))
        for event in _AFTER:
            moment = thread.next(event, at=services.clock.now(), by="bench")
            services.notifications.append(thread, moment)
            thread = thread.after(moment)


def _messages(stage: Stage, reader: StreamReader) -> list[tuple[str, list[dict[str, Any]]]]:
    """Return what the relay sends to the feed's queue of all that the stream has to tell."""
    from ventanilla.usecases.relay import relay

    services, queues = stage.services, _Queues()
    while records := reader.read(_RECORDS):
        told = [to_record(record, reader.arn) for record in records]
        mine = [record for record in told if record["dynamodb"]["Keys"]["pk"]["S"].startswith("n#")]
        relay(services.changes({"Records": mine}), queues=queues, clock=services.clock)
        reader.advance(records)
    return queues.told


def _kinds(*usages: Usage) -> dict[str, _Kind]:
    """Return what was written, by the kinds of partition keys."""
    written: Counter[tuple[str, str]] = Counter()
    for usage in usages:
        written.update(usage.keys)
    kinds: dict[str, _Kind] = defaultdict(_Kind)
    for (_, pk), units in written.items():
        kind, _, rest = pk.partition("#")
        name = "counts#platform#…" if rest.startswith("platform#") else f"{kind}#…"
        kinds[name if rest else _OWED].add(units)
    return dict(kinds)


def _shares() -> list[float]:
    """Return each institution's share of all notifications, the largest first."""
    weights = [1 / rank for rank in range(1, _INSTITUTIONS + 1)]
    return [weight / sum(weights) for weight in weights]


def _spread(units: float, name: str) -> float:
    """Return the units a second of the heaviest partition, where keys that are many are spread by their hash.

    DynamoDB splits a table until each partition has room; here each is half full on average.
    """
    partitions = max(1, math.ceil(units * _RATE / (_MOST / 2)))
    held = Counter(_bucket(f"{name}{number}", partitions) for number in range(_RECIPIENTS))
    return max(held.values()) / _RECIPIENTS * units * _RATE


def _bucket(key: str, most: int) -> int:
    return int.from_bytes(md5(key.encode(), usedforsecurity=False).digest()[:8]) % most


def _timed(stage: Stage, letters: bytes) -> tuple[float, int]:
    started = time.perf_counter()
    chunks = _run(stage, letters)
    return time.perf_counter() - started, chunks


def _lines(stage: Stage, name: str, most: int) -> bytes:
    """Return letters of 2 KB, each to somebody else with an open mailbox."""
    body = "Se le comunica lo resuelto en el expediente. " * 45
    same = {"portal": WHERE, "subject": "Resolución del expediente", "body": body, "deadline": {"working_days": 10}}
    numbers = [make_cedula(17, next(_SERIALS)) for _ in range(most)]
    for at in range(0, most, _PUT_TOGETHER):
        puts: Any = [{"PutRequest": {"Item": _mailbox(number)}} for number in numbers[at : at + _PUT_TOGETHER]]
        stage.clients.dynamodb.batch_write_item(RequestItems={"NotificationsTable": puts})
    letters = (
        {**same, "reference": f"{name}-{place}", "recipient": {"kind": "cedula", "number": number}}
        for place, number in enumerate(numbers)
    )
    return "".join(f"{json.dumps(letter, ensure_ascii=False)}\n" for letter in letters).encode()


def _mailbox(number: str) -> Any:
    from ventanilla.adapters.notifications import MAILBOX, box_of

    return {
        "pk": {"S": box_of(WHERE, number)},
        "sk": {"S": MAILBOX},
        "open": {"BOOL": True},
        "unread_count": {"N": "0"},
    }


def _run(stage: Stage, letters: bytes) -> int:
    """Take a batch all its way, as its queue would; return its chunks.

    Raises:
        RuntimeError: a line was refused.
    """
    from ventanilla.domain.ids import derived_id
    from ventanilla.schemas.batches import BatchIn
    from ventanilla.usecases import batches
    from ventanilla.usecases.notify import Sender
    from ventanilla.web import line_problem

    services = stage.services
    stores = {"batches": services.batches, "files": services.batch_files, "clock": services.clock}
    sender = Sender(services.institutions.get(INSTITUTION), f"{INSTITUTION}.k1")
    file = {"size": len(letters), "sha256": sha256(letters).hexdigest()}
    batch_id = batches.declare(BatchIn.model_validate({"upload": file}), sender, "es", **stores).id
    stage.clients.s3.put_object(
        Bucket="batchesbucket", Key=services.batches.get(batch_id).path, Body=letters, ChecksumAlgorithm="SHA256"
    )
    batches.start(batch_id, sender, base_url="", tell=line_problem, **stores)
    _step(stage, derived_id("batch_split", batch_id))
    chunks = int(services.batches.get(batch_id).chunks or 0)
    for number in range(chunks):
        _step(stage, derived_id("batch_chunk", batch_id, str(number)))
    _step(stage, derived_id("batch_assemble", batch_id))
    done = services.batches.get(batch_id)
    if done.status != "done" or done.counts.refused:
        raise RuntimeError(f"the batch came to {done}")
    return chunks


def _step(stage: Stage, item_id: str) -> None:
    answer = stage.invoke("BatchFunction", messages("BatchQueue", {"id": item_id}))
    if answer["batchItemFailures"]:
        raise RuntimeError("a step of a batch failed")
