"""Authorization: what a system asks for, what comes before the answer, and the code that is the answer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from urllib.parse import urlencode

from ventanilla.domain.errors import SignOnRefused, TokenGone
from ventanilla.domain.ids import derived_id, random_id
from ventanilla.domain.openid import ASKED, ASKED_LIFE, CONSENT_VERSION, AuthorizationRequest, Consent, family_of
from ventanilla.domain.openid_clients import Client
from ventanilla.domain.portal_texts import say
from ventanilla.domain.portals import Portal
from ventanilla.domain.sessions import CurrentSession
from ventanilla.domain.tokens import OneTimeToken
from ventanilla.schemas.openid import AskedOut, ClientOut, in_words
from ventanilla.usecases.openid_mint import Mint
from ventanilla.usecases.openid_ports import SignOns
from ventanilla.usecases.ports import Clock, TokenKeys

Query = Sequence[tuple[str, str]]
_REFUSALS = {
    "sign_in": "login_required",
    "steps": "interaction_required",
    "second_factor": "unmet_authentication_requirements",
    "consent": "consent_required",
}


def client_of(portal: Portal, client_id: str | None) -> Client | None:
    """Return a system that is registered at a portal."""
    return next((client for client in portal.clients if client.id == client_id), None)


def mark(query: Query, *, keys: TokenKeys, clock: Clock) -> str:
    """Return a text that says when something was asked; only we can write it, and it fits no other question."""
    now = clock.now()
    said = OneTimeToken(ASKED, _digest(query), str(int(now.timestamp() * 1000)))
    return keys.keyring(now).write(said)


def asked_at(query: Query, marked: str | None, *, keys: TokenKeys, clock: Clock) -> datetime | None:
    """Return when something was asked, if that is not too long ago; None where nothing of ours says it."""
    now = clock.now()
    try:
        said = keys.keyring(now, marked).read(marked or "", purposes=(ASKED,), now=now)
    except TokenGone:
        return None
    at = datetime.fromtimestamp(int(said.id) / 1000, UTC)
    return at if said.slot == _digest(query) and at <= now < at + ASKED_LIFE else None


def ask(
    request: AuthorizationRequest, current: CurrentSession | None, portal: Portal, locale: str, *, sign_ons: SignOns
) -> AskedOut:
    """Return what a page asks of somebody before they are sent on."""
    following = request.next(portal.id, current, _consent(request, current, sign_ons))
    has_none = following == "second_factor" and not portal.second_factor
    if current is not None and following != "sign_in" and (has_none or request.is_unmet(current.state.assurance)):
        following = "continue"  # nothing that the person could do would help: the system is told
    spoken = next((one for one in request.ui_locales if one in ("es", "en")), locale)
    return AskedOut(
        client=ClientOut(id=request.client.id, name=say(request.client.name, spoken) or request.client.id),
        scopes=in_words(request.scopes, spoken),
        next=following,
        consent=following == "consent",
        pending=list(current.pending) if current and following == "steps" else [],
        login_hint=request.login_hint,
        locale=spoken,
    )


def answer(request: AuthorizationRequest, current: CurrentSession | None, *, approve: bool | None, mint: Mint) -> str:
    """Return the code that a system is given, and write what somebody agrees to.

    `approve` is None where nobody could be asked (`prompt=none`).

    Raises:
        SignOnRefused: the person does not agree, or something comes first.
    """
    if approve is False:
        raise SignOnRefused("access_denied")
    before = _consent(request, current, mint.sign_ons)
    following = request.next(mint.portal.id, current, before)
    agrees = following == "consent" and approve is True
    if current is None or (following != "continue" and not agrees):
        raise SignOnRefused(_REFUSALS[following])
    if request.is_unmet(current.state.assurance):
        raise SignOnRefused("unmet_authentication_requirements")
    now = mint.clock.now()
    family = family_of(request, current, random_id(), now)
    given = Consent(family.ref, family.client, family.scopes, CONSENT_VERSION, now).united(before) if agrees else None
    if not mint.sign_ons.begin(family, given, None if agrees else before):
        raise SignOnRefused("login_required")
    return mint.write(family.code())


def _consent(request: AuthorizationRequest, current: CurrentSession | None, sign_ons: SignOns) -> Consent | None:
    if current is None or not request.client.demands_consent(request.scopes):
        return None
    return sign_ons.consent(current.state.ref, request.client.id)


def _digest(query: Query) -> str:
    return derived_id("asked", urlencode(sorted(pair for pair in query if pair[0] != "asked")))
