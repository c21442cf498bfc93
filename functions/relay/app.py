"""Relay: what the streams of outbox and timelines tell goes to the queues."""

from typing import Any

from aws_lambda_powertools import Logger

from ventanilla.usecases.relay import relay
from ventanilla.wiring import services

logger = Logger()


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Queue what a batch of a stream tells; from the first that failed on, the stream tells it again."""
    failed = relay(services().changes(event), queues=services().queues, clock=services().clock)
    if failed:
        logger.error("not queued, told again", sequence=failed)
    return {"batchItemFailures": [{"itemIdentifier": failed}] if failed else []}
