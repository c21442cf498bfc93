"""Requeue: on a schedule, what should have been done by now is queued again."""

from aws_lambda_powertools import Logger

from ventanilla.usecases.relay import requeue
from ventanilla.wiring import services

logger = Logger()


def handler(_event: object, _context: object) -> dict[str, int]:
    """Queue overdue outbox items again."""
    count = requeue(outbox=services().outbox, queues=services().queues, clock=services().clock)
    logger.info("requeued", count=count)
    return {"requeued": count}
