"""Feedback: what became of the mails about notifications."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from ventanilla.domain.accounts import Account
from ventanilla.domain.errors import Busy
from ventanilla.domain.notifications import Fate, Recipient
from ventanilla.schemas.mail_events import MailEvent
from ventanilla.usecases.ports import Accounts, Notifications
from ventanilla.usecases.timelines import write_down

_ATTEMPTS = 6
_FATES: dict[str, Fate] = {
    "Send": "sent",
    "Delivery": "delivered",
    "Bounce": "bounced",
    "Complaint": "complained",
    "Reject": "bounced",
}
Outcome = Fate | Literal["passed over"]


@dataclass(frozen=True, slots=True)
class _Told:
    """What became of a mail, when, and to whom it went."""

    fate: Fate
    at: datetime
    mail: str
    addresses: frozenset[str]
    reason: str | None


def take_in(event: MailEvent | None, *, notifications: Notifications, accounts: Accounts) -> Outcome:
    """Write down what became of a mail, and whether its address still receives any; the same event twice is one.

    What is none of ours is passed over, not told again.

    Raises:
        Busy: others kept writing to the same timeline or account.
    """
    told = _read(event) if event else None
    thread = notifications.thread(event.mail.tags.notification[0]) if event and told else None
    if event is None or told is None or thread is None:
        return "passed over"
    if told.fate in ("bounced", "delivered"):
        _note(told, thread.letter.recipient, accounts)
    if event.mail.tags.kind[0] == "alert":
        key = f"{told.fate}#{told.mail}"
        write_down(thread, told.fate, key=key, at=told.at, by="ses", reason=told.reason, notifications=notifications)
    return told.fate


def _read(event: MailEvent) -> _Told | None:
    """Return what an event says; None where it lacks what it should say."""
    happened = {"Delivery": event.delivery, "Bounce": event.bounce, "Complaint": event.complaint}
    if event.event_type in happened and happened[event.event_type] is None:
        return None
    said = happened.get(event.event_type)
    reason: str | None = None
    if event.event_type == "Reject":  # SES itself refused to send it, and will again
        reason = "permanent"
    elif event.bounce is not None and event.event_type == "Bounce":
        reason = "permanent" if event.bounce.bounce_type == "Permanent" else "transient"
    at = said.timestamp if said else event.mail.timestamp
    addresses = frozenset(address.casefold() for address in event.mail.destination)
    return _Told(_FATES[event.event_type], at, event.mail.message_id, addresses, reason)


def _note(told: _Told, recipient: Recipient, accounts: Accounts) -> None:
    """Count a mail that came back to its recipient's address of now; one that arrived ends the count."""
    for _ in range(_ATTEMPTS):
        account = accounts.get(recipient.portal, recipient.number)
        if account is None or account.email.casefold() not in told.addresses:
            return
        after = _after(account, told)
        if after == account or accounts.note_mail(account, after):
            return
    raise Busy


def _after(account: Account, told: _Told) -> Account:
    if told.fate == "bounced":  # what is older than the last one comes again, by way of others that came between
        is_known = account.bounced_mail == told.mail or (account.bounced_at or told.at) > told.at
        return account if is_known else account.with_bounce(told.mail, told.at)
    came_back_since = account.bounced_at is not None and account.bounced_at >= told.at
    return account if came_back_since or not account.bounces else account.with_address(account.email)
