"""Recipients: whether somebody has a mailbox that an institution may post to."""

from __future__ import annotations

from ventanilla.domain.errors import QuotaPassed
from ventanilla.domain.notifications import Recipient
from ventanilla.domain.throttling import LOOKUPS_OF_RECIPIENTS
from ventanilla.schemas.recipients import LookedUp, RecipientFound
from ventanilla.usecases.mailboxes import is_mailbox_open
from ventanilla.usecases.notify import Sender, demand_mailbox
from ventanilla.usecases.ports import Clock, Notifications, Portals, Quotas


def look_up(
    asked: LookedUp,
    sender: Sender,
    *,
    portals: Portals,
    notifications: Notifications,
    quotas: Quotas,
    clock: Clock,
) -> RecipientFound:
    """Tell whether a mailbox is open; each answer is taken from the institution's quota.

    Raises:
        InstitutionSuspended, PortalNotAllowed: the institution may not.
        Refused: the portal has no mailbox.
        QuotaPassed: it has asked as often as it may for now.
    """
    demand_mailbox(asked.portal, sender, portals)
    wait = quotas.use(LOOKUPS_OF_RECIPIENTS, sender.institution.id, clock.now())
    if wait:
        raise QuotaPassed(wait)
    identifier = asked.read()
    recipient = Recipient(asked.portal, identifier.kind, identifier.number)
    return RecipientFound(registered=is_mailbox_open(sender.institution.id, recipient, notifications))
