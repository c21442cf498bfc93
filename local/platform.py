"""What every event source needs of the site."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from local.activity import Activity
from local.clock import Clock
from local.stores import Clients


@dataclass(frozen=True, slots=True)
class Platform:
    """The clients of the stores, the lock to hold while using them, the clock, and the way to run a function."""

    clients: Clients
    lock: AbstractContextManager[Any]
    activity: Activity
    clock: Clock
    invoke: Callable[[str, Any], Any]

    def send(self, queue: str, body: str, attributes: dict[str, str] | None = None) -> None:
        """Send a message to a queue, named."""
        with self.lock:
            url = self.clients.sqs.get_queue_url(QueueName=queue)["QueueUrl"]
            self.clients.sqs.send_message(
                QueueUrl=url,
                MessageBody=body,
                MessageAttributes={
                    name: {"DataType": "String", "StringValue": value} for name, value in (attributes or {}).items()
                },
            )
