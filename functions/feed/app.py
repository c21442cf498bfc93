"""Feed: events of an institution are numbered, in their order."""

from typing import Any

from ventanilla.batches import each
from ventanilla.usecases import webhooks
from ventanilla.wiring import services


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Put the events of each message behind the last ones; after a failure nothing of the batch goes on."""
    return each(event, _append, in_order=True)


def _append(body: dict[str, Any]) -> None:
    services().feed.append(body["institution"], body["events"])
    webhooks.owe(body["institution"], webhooks=services().webhooks, outbox=services().outbox, clock=services().clock)
