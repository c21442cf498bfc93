"""SQS queues: received in batches, deleted once their function has done them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from threading import Lock
from typing import Any

from local.cfn import ACCOUNT, REGION
from local.filters import passes
from local.platform import Platform
from local.sources import QueueSource
from local.workers import run_batch

_PATIENCE = 1.0  # seconds; what appears by itself (after a visibility timeout) may wait that long
_MOST = 10  # messages that one receive returns


class QueuePoller:
    """One event source mapping of a queue."""

    patience = _PATIENCE

    def __init__(self, source: QueueSource, platform: Platform) -> None:
        self.name = f"{source.queue} → {source.function}"
        self.handling = Lock()
        self._source, self._sqs = source, platform.clients.sqs
        self._invoke, self._lock = platform.invoke, platform.lock
        self._url = self._sqs.get_queue_url(QueueName=source.queue)["QueueUrl"]

    def step(self) -> bool:
        """Receive a batch, hand it over, delete what was done; the rest appears again after its timeout."""
        with self.handling:
            with self._lock:
                messages = self._receive()
            if not messages:
                return False
            wanted = [message for message in messages if passes(self._source.patterns, _readable(message))]
            records = [to_record(message, self._source.queue) for message in wanted]
            ids = [message["MessageId"] for message in wanted]
            failed: set[str] = set()
            if records:
                failed = run_batch(self._invoke, self._source.function, records, ids, partial=self._source.partial)
            with self._lock:
                self._delete([message for message in messages if message["MessageId"] not in failed])
            return True

    def empty(self) -> bool:
        """Tell whether nothing waits, is in flight or is delayed."""
        with self._lock:
            attributes = self._sqs.get_queue_attributes(
                QueueUrl=self._url,
                AttributeNames=[
                    "ApproximateNumberOfMessages",
                    "ApproximateNumberOfMessagesNotVisible",
                    "ApproximateNumberOfMessagesDelayed",
                ],
            )["Attributes"]
        return not any(map(int, attributes.values()))

    def _receive(self) -> list[dict[str, Any]]:
        messages: list[Any] = []
        while len(messages) < self._source.batch_size:
            received = self._sqs.receive_message(
                QueueUrl=self._url,
                MaxNumberOfMessages=min(_MOST, self._source.batch_size - len(messages)),
                MessageSystemAttributeNames=["All"],
                MessageAttributeNames=["All"],
                WaitTimeSeconds=0,
            ).get("Messages", [])
            messages += received
            if len(received) < _MOST:
                break
        return messages

    def _delete(self, messages: Sequence[dict[str, Any]]) -> None:
        for start in range(0, len(messages), _MOST):
            entries: Any = [
                {"Id": str(index), "ReceiptHandle": message["ReceiptHandle"]}
                for index, message in enumerate(messages[start : start + _MOST])
            ]
            self._sqs.delete_message_batch(QueueUrl=self._url, Entries=entries)


def to_record(message: dict[str, Any], queue: str) -> dict[str, Any]:
    """Write a received message as Lambda hands it over."""
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": message.get("Attributes", {}),
        "messageAttributes": {
            name: {
                "stringValue": value.get("StringValue"),
                "dataType": value["DataType"],
                "stringListValues": [],
                "binaryListValues": [],
            }
            for name, value in message.get("MessageAttributes", {}).items()
        },
        "md5OfBody": message.get("MD5OfBody", ""),
        "eventSource": "aws:sqs",
        "eventSourceARN": f"arn:aws:sqs:{REGION}:{ACCOUNT}:{queue}",
        "awsRegion": REGION,
    }


def _readable(message: dict[str, Any]) -> dict[str, Any]:
    """Return a message as filters see it: with its body read, where it is JSON."""
    try:
        body = json.loads(message["Body"])
    except ValueError:
        body = message["Body"]
    return {**to_record(message, ""), "body": body}
