"""Batches of queue messages: each is handled on its own, and what fails comes back alone, later each time."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Protocol

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.batch import (
    BatchProcessor,
    EventType,
    SqsFifoPartialProcessor,
    process_partial_response,
)
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from ventanilla.logs import trace

_FIRST_WAIT = 15
_LONGEST_WAIT = 900


class Postponing(Protocol):
    """What lets a message come back later."""

    def postpone(self, queue_arn: str, receipt_handle: str, seconds: int) -> None:
        """Let a message come back only after some seconds."""


def each(
    event: dict[str, Any],
    handle: Callable[[Any], object],
    *,
    queues: Postponing | None = None,
    in_order: bool = False,
    read: Callable[[str], Any] = json.loads,
) -> dict[str, Any]:
    """Handle each message's body; return which are to come back.

    Args:
        event: a batch as Lambda hands it over.
        handle: what to do with one body.
        queues: with these, a message that failed waits longer each time before it comes back.
        in_order: after a failure, all that follow in the batch come back too (FIFO).
        read: what a body is read by; JSON unless said otherwise.
    """
    logger = Logger()

    def handle_record(record: SQSRecord) -> None:
        try:
            outcome = handle(read(record.body))
        except Exception as error:
            logger.error(  # noqa: TRY400  # the message that `exception` adds may hold a person's data
                "failed", error=type(error).__name__, trace=trace(error), message_id=record.message_id
            )
            if queues:
                received = int(record.attributes.approximate_receive_count)
                seconds = min(_LONGEST_WAIT, _FIRST_WAIT * 2 ** min(received - 1, 10))
                queues.postpone(record.event_source_arn, record.receipt_handle, seconds)
            raise
        logger.info("handled", outcome=outcome, message_id=record.message_id)

    processor = SqsFifoPartialProcessor() if in_order else BatchProcessor(EventType.SQS)
    # Else, if all fail, powertools raises the errors' own words, and Lambda logs them.
    processor.raise_on_entire_batch_failure = False
    return dict(process_partial_response(event=event, record_handler=handle_record, processor=processor))
