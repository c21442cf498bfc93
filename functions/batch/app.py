"""Batch: files of notifications are split into chunks, posted line by line, and their results put together."""

from collections.abc import Sequence
from typing import Any

from ventanilla.batches import each
from ventanilla.usecases.batch_steps import Press, step
from ventanilla.web import line_problem, read_line
from ventanilla.wiring import services

_TRIES = 4  # receives of a message after which a line that nobody understands is refused; the fifth is the last
_MOST_KEYS = 100  # that a trip takes; what is beyond them is read when it is asked for


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Take the step that each message owes; one that fails comes back, later each time."""
    received = max(int(record["attributes"]["ApproximateReceiveCount"]) for record in event["Records"])
    return each(event, lambda body: step(body["id"], _press(received >= _TRIES)), queues=services().queues)


def _read_ahead(institution: str, bodies: Sequence[dict[str, Any]]) -> None:
    services().dynamo.anticipate(*services().read_ahead(institution, bodies)[:_MOST_KEYS])


def _press(last_try: bool) -> Press:
    made = services()
    made.dynamo.forget()
    return Press(
        read=read_line,
        tell=line_problem,
        anticipate=_read_ahead,
        outbox=made.outbox,
        batches=made.batches,
        files=made.batch_files,
        institutions=made.institutions,
        portals=made.portals,
        notifications=made.notifications,
        slots=made.slots,
        holidays=made.holidays,
        cupboard=made.cupboard,
        quotas=made.quotas,
        clock=made.clock,
        last_try=last_try,
    )
