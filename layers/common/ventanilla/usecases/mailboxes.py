"""Mailboxes: whether one is open for what an institution sends."""

from __future__ import annotations

from ventanilla.domain.institutions import is_shadow
from ventanilla.domain.notifications import Recipient
from ventanilla.domain.simulation import scenario_of
from ventanilla.usecases.ports import Notifications


def is_mailbox_open(institution: str, recipient: Recipient, notifications: Notifications) -> bool:
    """Tell whether a recipient has an open mailbox; what is only tried learns nothing of anybody's."""
    if is_shadow(institution):
        return scenario_of(recipient).has_mailbox
    return notifications.mailbox(recipient.portal, recipient.number).open
