"""Webhook: the events of an institution's feed are posted to its own address."""

from typing import Any

from ventanilla.batches import each
from ventanilla.usecases.webhook_delivery import deliver
from ventanilla.wiring import services


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Deliver what each institution named is owed."""
    return each(event, _deliver)


def _deliver(body: dict[str, Any]) -> str:
    return deliver(
        body["id"],
        outbox=services().outbox,
        webhooks=services().webhooks,
        institutions=services().institutions,
        feed=services().feed,
        courier=services().courier,
        queues=services().queues,
        clock=services().clock,
    )
