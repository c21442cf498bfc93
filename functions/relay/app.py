"""Relay: what the streams of outbox and timelines tell goes to the queues."""

from typing import Any

from ventanilla.usecases.relay import relay
from ventanilla.wiring import services


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Queue what a batch of a stream tells; from the first that failed on, the stream tells it again."""
    failed = relay(services().changes(event), queues=services().queues)
    return {"batchItemFailures": [{"itemIdentifier": failed}] if failed else []}
