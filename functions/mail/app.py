"""Mail: outbox items, by way of the queues, become mails."""

from typing import Any

from ventanilla.batches import each
from ventanilla.usecases.mail import deliver
from ventanilla.wiring import services


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Send what each message owes; one that fails comes back alone, later each time."""
    return each(event, lambda body: deliver(body["id"], services().desk), queues=services().queues)
