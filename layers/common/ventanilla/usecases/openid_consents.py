"""Consents: what somebody has agreed that systems may learn, listed and taken back."""

from __future__ import annotations

from ventanilla.domain.errors import NotFound
from ventanilla.domain.portal_texts import say
from ventanilla.domain.sessions import CurrentSession
from ventanilla.schemas.openid import ConsentLine, ConsentList, in_words
from ventanilla.usecases.openid import client_of
from ventanilla.usecases.openid_ports import SignOns
from ventanilla.usecases.ports import Portals


def list_consents(current: CurrentSession, locale: str, *, portals: Portals, sign_ons: SignOns) -> ConsentList:
    """Return what the owner of an account has agreed to; a system that is registered no more goes by its id."""
    portal = portals.get(current.state.portal)
    lines = []
    for consent in sign_ons.consents(current.state.ref):
        client = client_of(portal, consent.client)
        name = say(client.name, locale) if client else None
        lines.append(
            ConsentLine(
                client=consent.client,
                name=name or consent.client,
                scopes=in_words(consent.scopes, locale),
                version=consent.version,
                accepted_at=consent.accepted_at,
            )
        )
    return ConsentList(items=lines)


def withdraw_consent(client_id: str, current: CurrentSession, *, sign_ons: SignOns) -> None:
    """Take a consent back; what came of it ends.

    Raises:
        NotFound: there is none.
    """
    ref = current.state.ref
    if client_id not in [consent.client for consent in sign_ons.consents(ref)]:
        raise NotFound
    sign_ons.withdraw(ref, client_id)  # first: nothing new comes of it while the rest is ended
    for family in sign_ons.of_account(ref):
        if family.client == client_id and not family.ended:
            sign_ons.end(family)
