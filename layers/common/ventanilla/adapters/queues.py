"""Queues."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any


class Queues:
    """The queues of the lanes, and the feed's."""

    def __init__(self, client: Any, urls: Mapping[str, str | None]) -> None:
        self._client = client
        self._urls = urls

    def send(self, lane: str, item_id: str, delay: int = 0) -> None:
        """Queue an outbox item by its id; it appears only after some seconds (900 at most) if that is said."""
        self._client.send_message(
            QueueUrl=self._urls[lane], MessageBody=json.dumps({"id": item_id}), DelaySeconds=delay
        )

    def send_events(self, institution: str, events: list[dict[str, Any]]) -> None:
        """Queue some events of an institution's feed, in order; the same events again are dropped for five minutes."""
        body = json.dumps({"institution": institution, "events": events})
        self._client.send_message(
            QueueUrl=self._urls["feed"],
            MessageBody=body,
            MessageGroupId=institution,
            MessageDeduplicationId=hashlib.sha256(body.encode()).hexdigest(),
        )

    def postpone(self, queue_arn: str, receipt_handle: str, seconds: int) -> None:
        """Let a message that could not be handled come back only after some seconds."""
        name = queue_arn.rpartition(":")[2]
        url = next(url for url in self._urls.values() if url and url.rpartition("/")[2] == name)
        self._client.change_message_visibility(QueueUrl=url, ReceiptHandle=receipt_handle, VisibilityTimeout=seconds)
