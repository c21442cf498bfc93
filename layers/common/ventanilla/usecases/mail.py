"""Mail: decide which mail is owed, render it, send it; at least once, never for what did not happen."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal

from ventanilla.domain.outbox import OutboxItem
from ventanilla.usecases import mails_of_accounts as accounts
from ventanilla.usecases import mails_of_applications as applications
from ventanilla.usecases import mails_of_institutions as institutions
from ventanilla.usecases import mails_of_notifications as notifications
from ventanilla.usecases.desk import Desk

Outcome = Literal["sent", "not_owed"]
OWED: Mapping[str, Callable[[OutboxItem, Desk], bool]] = {
    "registration": applications.registration,
    "rejected": applications.rejected,
    "roles_given": applications.roles_given,
    "roles_ended": applications.roles_ended,
    "roles_removed": applications.roles_removed,
    "reset": accounts.reset,
    "password_changed": accounts.password_changed,
    "address_confirm": accounts.address_confirm,
    "address_changed": accounts.address_replaced,
    "account_recovered": accounts.address_replaced,
    "account_closed": accounts.account_closed,
    "account_locked": accounts.told,
    "account_unlocked": accounts.told,
    "account_corrected": accounts.told,
    "second_factor_changed": accounts.told,
    "alert": notifications.alert,
    "released": notifications.released,
    "cancelled": notifications.cancelled,
    "reminder": notifications.reminder,
    "webhook_failing": institutions.webhook_told,
    "webhook_paused": institutions.webhook_told,
}
"""Who decides on which kind; each tells whether a mail went out."""


def deliver(item_id: str, desk: Desk) -> tuple[str, Outcome]:
    """Send what an outbox item owes, if it still does; return its kind and what came of it."""
    item = desk.outbox.get(item_id)
    if item is None:
        return "gone", "not_owed"
    sent = OWED[item.kind](item, desk)
    desk.outbox.done(item)
    return item.kind, "sent" if sent else "not_owed"
