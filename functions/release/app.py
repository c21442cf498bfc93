"""Release: what waited for a mailbox to open becomes available."""

from typing import Any

from ventanilla.batches import each
from ventanilla.usecases.release import release
from ventanilla.wiring import services


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Release what waits in each mailbox named."""
    return each(event, _release)


def _release(body: dict[str, Any]) -> int:
    return release(
        body["id"],
        outbox=services().outbox,
        notifications=services().notifications,
        holidays=services().holidays,
        clock=services().clock,
    )
