"""Tokens: a code or refresh token is used up once, for what a system may know and do."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Any

from ventanilla.domain.errors import AccessTokenRefused, SignOnRefused, TokenGone
from ventanilla.domain.jose import to_base64url
from ventanilla.domain.keys import Nonce
from ventanilla.domain.openid import (
    ACCESS,
    CODE,
    CODE_LIFE,
    REFRESH,
    TOKEN_LIFE,
    Family,
    scopes_in,
)
from ventanilla.domain.openid_clients import Client
from ventanilla.domain.sessions import SessionState
from ventanilla.usecases.openid import client_of
from ventanilla.usecases.openid_mint import Mint


def shown(text: str, purpose: str, client: Client, mint: Mint) -> Family:
    """Return the authorization that a code or refresh token belongs to. One that was used before ends all of it.

    Raises:
        SignOnRefused: it is forged, used, another client's, too old, or its session has ended.
    """
    now = mint.clock.now()
    try:
        token = mint.read(text, purpose)
    except TokenGone:
        raise SignOnRefused("invalid_grant") from None
    name, _, turn = token.id.partition("-")
    family, state = mint.sign_ons.find(token.slot, name)
    if family is None or family.client != client.id or family.portal != mint.portal.id:
        raise SignOnRefused("invalid_grant")
    if family.turn != int(turn):
        mint.sign_ons.end(family)
        raise SignOnRefused("invalid_grant")
    is_late = purpose == CODE and now >= family.created_at + CODE_LIFE
    if is_late or not family.lives(now, state.epoch if state else None):
        raise SignOnRefused("invalid_grant")
    return family


def exchange(
    family: Family, scopes: tuple[str, ...], client: Client, mint: Mint, *, proof: Nonce | None
) -> dict[str, Any]:
    """Use up what was shown, and the client's proof with it, and return the tokens that follow.

    Raises:
        SignOnRefused: it was used meanwhile, its session has ended, or the proof was used before.
    """
    now = mint.clock.now()
    access = mint.write(family.access_token(scopes, now))
    told = family if family.turn == 0 else replace(family, nonce=None)  # OIDC Core §12.2
    claims = told.id_claims(mint.issuer, mint.subject(client, family.ref), now)
    id_token = mint.signing.sign(client.id_token_alg, {**claims, "at_hash": _half(access)})
    lost = mint.sign_ons.use(family, proof, now)
    if lost == "used":
        mint.sign_ons.end(family)
    if lost:
        raise SignOnRefused("invalid_client" if lost == "assertion" else "invalid_grant")
    tokens = {
        "access_token": access,
        "token_type": "Bearer",
        "expires_in": int(TOKEN_LIFE.total_seconds()),
        "scope": " ".join(scopes),
        "id_token": id_token,
    }
    if "offline_access" in family.scopes:
        tokens["refresh_token"] = mint.write(family.refresh_token())
    return tokens


def userinfo(text: str | None, mint: Mint) -> dict[str, Any]:
    """Return what an access token lets a system know.

    Raises:
        AccessTokenRefused: it opens nothing, or not any more.
    """
    now = mint.clock.now()
    try:
        token = mint.read(text or "", ACCESS)
    except TokenGone:
        raise AccessTokenRefused from None
    name, ends, opens = token.id.split("-")
    if now.timestamp() >= int(ends):
        raise AccessTokenRefused
    family, state = mint.sign_ons.find(token.slot, name)
    client = client_of(mint.portal, family.client) if family else None
    if family is None or client is None or state is None or not family.lives(now, state.epoch):
        raise AccessTokenRefused
    if family.portal != mint.portal.id:
        raise AccessTokenRefused
    return _claims(family, state, client, scopes_in(opens), mint)


def revoke(text: str, client: Client, mint: Mint) -> None:
    """End what a token of a client was issued in; of one that is not its own, nothing is done or told."""
    try:
        token = mint.read(text, REFRESH, ACCESS)
    except TokenGone:
        return
    family, _ = mint.sign_ons.find(token.slot, token.id.partition("-")[0])
    if family is not None and family.client == client.id and family.portal == mint.portal.id:
        mint.sign_ons.end(family)


def _claims(family: Family, state: SessionState, client: Client, scopes: tuple[str, ...], mint: Mint) -> dict[str, Any]:
    session, account = mint.sign_ons.owner(family)
    if session is None or account is None or session.epoch != family.epoch:
        raise AccessTokenRefused
    claims: dict[str, Any] = {
        "sub": mint.subject(client, family.ref),
        "portal": family.portal,
        "acr": family.acr,
        "amr": list(family.amr),
        "auth_time": int(family.auth_time.timestamp()),
    }
    by_scope: dict[str, dict[str, Any]] = {
        "profile": {"name": account.name},
        "grants": {"grants": [{"role": grant.role, "scope": grant.scope} for grant in state.grants]},
        "email": {"email": account.email, "email_verified": True},
        "national_id": {"national_id": account.number, "national_id_kind": account.kind},
    }
    for scope in scopes:
        claims |= by_scope.get(scope, {})
    return claims


def _half(access: str) -> str:
    """Return what binds an access token to its ID token (OIDC Core §3.1.3.6)."""
    return to_base64url(hashlib.sha256(access.encode()).digest()[:16])
