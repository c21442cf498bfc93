"""DynamoDB streams: read, filtered, handed over in order, retried, split, and at last put aside."""

from __future__ import annotations

import json
import uuid
from base64 import b64encode
from collections import deque
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from local.cfn import REGION
from local.clock import as_text
from local.filters import passes
from local.platform import Platform
from local.positions import Positions
from local.runtime import arn
from local.sources import StreamSource
from local.stores import Clients
from local.workers import run_batch

_FIRST_PAUSE, _LONGEST_PAUSE = 0.02, 2.0  # seconds between retries; Lambda's are longer


class StreamReader:
    """Reads the stream of a table from where it stands in `positions`.

    Each read takes a new iterator: moto leaves open ones dead after a cancelled transaction, and shows them a record
    that is none (build.md, 1e).
    """

    def __init__(self, source: StreamSource, clients: Clients, positions: Positions) -> None:
        table = clients.dynamodb.describe_table(TableName=source.table)["Table"]
        self.arn = table["LatestStreamArn"]
        self._streams, self._positions = clients.streams, positions
        self._shards: list[str] = []
        if source.latest and positions.new(self.arn):
            while records := self.read(1000):
                self.advance(records)

    def read(self, limit: int) -> list[dict[str, Any]]:
        """Return the next records of one shard, with its id under `shard`."""
        if not self._shards:
            shards = self._streams.describe_stream(StreamArn=self.arn)["StreamDescription"].get("Shards", [])
            self._shards = [shard["ShardId"] for shard in shards]
        for shard in list(self._shards):
            iterator = self._streams.get_shard_iterator(StreamArn=self.arn, ShardId=shard, **self._start(shard))
            answer = self._streams.get_records(ShardIterator=iterator["ShardIterator"], Limit=limit)
            if answer["Records"]:
                return [{**record, "shard": shard} for record in answer["Records"]]
            if not answer.get("NextShardIterator"):
                self._shards.remove(shard)  # closed and read; the next read asks for new ones
        return []

    def advance(self, records: Sequence[dict[str, Any]]) -> None:
        """Leave these records behind."""
        self._positions.set(self.arn, records[-1]["shard"], _number(records[-1]))

    def _start(self, shard: str) -> Any:
        number = self._positions.get(self.arn, shard)
        if number is None:
            return {"ShardIteratorType": "TRIM_HORIZON"}
        return {"ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "SequenceNumber": number}


class StreamPoller:
    """One event source mapping of a stream."""

    def __init__(self, source: StreamSource, positions: Positions, platform: Platform, *, patience: float) -> None:
        self.name = f"{source.table} → {source.function}"
        self.patience = patience
        self._source, self._platform = source, platform
        self._reader = StreamReader(source, platform.clients, positions)

    def step(self) -> bool:
        """Read a batch and deliver it; it is left behind only then."""
        with self._platform.lock:
            records = self._reader.read(self._source.batch_size)
        if not records:
            return False
        wanted = [record for record in records if passes(self._source.patterns, to_record(record, self._reader.arn))]
        if self._deliver(wanted):
            self._reader.advance(records)
        return True

    def _deliver(self, records: Sequence[dict[str, Any]]) -> bool:
        """Hand the records over in order, with the mapping's retries; False if the site shut down meanwhile."""
        waiting = deque([list(records)] if records else [])
        attempts = 0
        while waiting:
            batch = waiting.popleft()
            failed = self._run(batch)
            if failed is None:
                attempts = 0
                continue
            batch = batch[failed:]
            if self._source.bisect and len(batch) > 1:  # splitting counts as no retry
                middle = len(batch) // 2
                waiting.extendleft([batch[middle:], batch[:middle]])
                continue
            attempts += 1
            if 0 <= self._source.retries < attempts:
                self._put_aside(batch, attempts)
                attempts = 0
                continue
            waiting.appendleft(batch)
            self._platform.activity.pause(min(_FIRST_PAUSE * 2**attempts, _LONGEST_PAUSE))
            if self._platform.activity.stopped():
                return False
        return True

    def _run(self, batch: Sequence[dict[str, Any]]) -> int | None:
        """Invoke the function; return the index of the first record that failed."""
        numbers = [_number(record) for record in batch]
        records = [to_record(record, self._reader.arn) for record in batch]
        failed = run_batch(self._platform.invoke, self._source.function, records, numbers, partial=self._source.partial)
        return min(map(numbers.index, failed)) if failed else None

    def _put_aside(self, batch: Sequence[dict[str, Any]], attempts: int) -> None:
        if self._source.on_failure is None:
            return
        first, last = batch[0], batch[-1]
        notice = {
            "requestContext": {
                "requestId": str(uuid.uuid4()),
                "functionArn": arn(self._source.function),
                "condition": "RetryAttemptsExhausted",
                "approximateInvokeCount": attempts,
            },
            "responseContext": {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"},
            "version": "1.0",
            "timestamp": as_text(self._platform.clock.now()),
            "DDBStreamBatchInfo": {
                "shardId": first["shard"],
                "startSequenceNumber": _number(first),
                "endSequenceNumber": _number(last),
                "approximateArrivalOfFirstRecord": as_text(_arrival(first)),
                "approximateArrivalOfLastRecord": as_text(_arrival(last)),
                "batchSize": len(batch),
                "streamArn": self._reader.arn,
            },
        }
        self._platform.send(self._source.on_failure, json.dumps(notice))


def to_record(record: dict[str, Any], stream: str) -> dict[str, Any]:
    """Write a record of the Streams API as Lambda hands it over: plain JSON, with the stream's ARN."""
    change = dict(record["dynamodb"])
    change["ApproximateCreationDateTime"] = int(_arrival(record).timestamp())
    answer = {
        "eventID": record["eventID"],
        "eventName": record["eventName"],
        "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "awsRegion": REGION,
        "dynamodb": _plain(change),
        "eventSourceARN": stream,
    }
    if identity := record.get("userIdentity"):
        answer["userIdentity"] = {"type": identity["Type"], "principalId": identity["PrincipalId"]}
    return answer


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return b64encode(value).decode() if isinstance(value, bytes) else value


def _number(record: dict[str, Any]) -> str:
    number: str = record["dynamodb"]["SequenceNumber"]
    return number


def _arrival(record: dict[str, Any]) -> datetime:
    time: datetime = record["dynamodb"]["ApproximateCreationDateTime"]
    return time
