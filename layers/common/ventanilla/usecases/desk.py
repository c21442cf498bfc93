"""The desk where mails are written: what it takes to decide, render and send them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ventanilla.domain.accounts import Account
from ventanilla.domain.portal_texts import say
from ventanilla.domain.portals import Portal
from ventanilla.domain.tokens import OneTimeToken
from ventanilla.usecases.ports import (
    Accounts,
    Applications,
    Clock,
    Mailer,
    Notifications,
    Outbox,
    Portals,
    Slots,
    Templates,
    TokenKeys,
)


@dataclass(frozen=True, slots=True)
class Desk:
    """Where mails are written: all that the use case works with."""

    base_url: str
    outbox: Outbox
    portals: Portals
    applications: Applications
    accounts: Accounts
    slots: Slots
    notifications: Notifications
    keys: TokenKeys
    templates: Templates
    mailer: Mailer
    clock: Clock

    def link(self, page: str, token: OneTimeToken) -> str:
        """Return a link whose token travels in the fragment, which no server and no log sees."""
        return f"{self.base_url}/{page}#token={self.keys.keyring(self.clock.now()).write(token)}"

    def send(
        self,
        name: str,
        portal: Portal,
        to: str,
        locale: str,
        *,
        tags: Mapping[str, str] | None = None,
        **variables: object,
    ) -> None:
        """Render a mail of a portal and send it; `tags` come back with what becomes of it."""
        own = portal.messages.get(name)
        mail = self.templates.render(name, locale, portal=portal, base_url=self.base_url, **variables)
        self.mailer.send(to=to, mail=mail, sender_name=(own and own.sender) or portal.name, tags=tags)

    def write_to(
        self, account: Account, name: str, *, tags: Mapping[str, str] | None = None, **variables: object
    ) -> None:
        """Send a mail to the owner of an account; `tags` come back with what becomes of it."""
        portal = self.portals.get(account.portal)
        self.send(name, portal, account.email, account.locale, tags=tags, recipient_name=account.name, **variables)

    def sign_in(self, portal: Portal) -> str:
        """Return the address of a portal."""
        return f"{self.base_url}/{portal.id}/"

    def own_words(self, name: str, portal: Portal, locale: str) -> dict[str, str]:
        """Return a definition's own subject and button of a mail; empty where it has none."""
        own = portal.messages.get(name)
        return {
            "override_subject": (own and say(own.subject, locale)) or "",
            "override_button": (own and say(own.button, locale)) or "",
        }
