"""Which mails institutions are owed: to the address of their contact."""

from __future__ import annotations

from datetime import datetime

from ventanilla.domain.outbox import OutboxItem
from ventanilla.domain.wording import moment
from ventanilla.usecases.desk import Desk

_LANGUAGE = "es"


def webhook_told(item: OutboxItem, desk: Desk) -> bool:
    """Tell an institution that its webhook keeps failing, or is paused: the item bears all that is said."""
    desk.send(
        item.kind,
        desk.portals.get(item.about["portal"]),
        item.about["email"],
        _LANGUAGE,
        recipient_name=item.about["institution"],
        url=item.about["url"],
        error=item.about["error"],
        since=moment(datetime.fromisoformat(item.about["since"]), _LANGUAGE),
    )
    return True
