"""What makes and reads the tokens of a portal."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ventanilla.domain.openid_clients import Client
from ventanilla.domain.openid_names import masked, subject_of, unmasked
from ventanilla.domain.portals import Portal
from ventanilla.domain.tokens import OneTimeToken
from ventanilla.usecases.openid_ports import OpenidKeys, Secret, SignOns
from ventanilla.usecases.ports import Clock, TokenKeys


@dataclass(frozen=True, slots=True)
class Mint:
    """What makes and reads tokens of a portal."""

    portal: Portal
    issuer: str
    sign_ons: SignOns
    keys: TokenKeys
    signing: OpenidKeys
    secret: Secret
    clock: Clock

    def subject(self, client: Client, ref: str) -> str:
        """Return what a system knows an account by."""
        return subject_of(self.secret.text(), self.portal.id, client, ref)

    def read(self, text: str, *purposes: str) -> OneTimeToken:
        """Return what a token names, or raise TokenGone."""
        now = self.clock.now()
        token = self.keys.keyring(now, text).read(text, purposes=purposes, now=now)
        family = token.id.partition("-")[0]
        return replace(token, slot=unmasked(self.secret.text(), family, token.slot))

    def write(self, token: OneTimeToken) -> str:
        """Return the text of a token, which does not show whose it is."""
        family = token.id.partition("-")[0]
        return self.keys.keyring(self.clock.now()).write(
            replace(token, slot=masked(self.secret.text(), family, token.slot))
        )
