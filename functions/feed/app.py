"""Feed: events of an institution are numbered, in their order."""

from typing import Any

from ventanilla.batches import each
from ventanilla.wiring import services


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Put the events of each message behind the last ones; after a failure nothing of the batch goes on."""
    return each(event, lambda body: services().feed.append(body["institution"], body["events"]), in_order=True)
