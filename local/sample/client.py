"""The service's side of OpenID Connect: authlib's client for Flask, with a key instead of a password."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from authlib.integrations.flask_client import FlaskOAuth2App, OAuth
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from authlib.oidc.core import CodeIDToken
from flask import Flask
from joserfc.jwk import ECKey

from local.sample.visits import Visit

SCOPE = "openid profile grants offline_access"
_PATIENCE = 20  # seconds


@dataclass(frozen=True, slots=True)
class Registration:
    """What the portal's definition says of this service, and the private half of the key that stands there.

    Args:
        issuer: the portal's address as the standard's issuer.
        url: this service's own address, without a slash at its end.
        client_id: its name there.
        key: signs in at the token endpoint (`private_key_jwt`, ES256).
        now: the hour in seconds since 1970; the local site's clock can be moved ahead.
    """

    issuer: str
    url: str
    client_id: str
    key: ECKey
    now: Callable[[], float]


def make_client(app: Flask, registration: Registration) -> FlaskOAuth2App:
    """Register the portal with the library."""
    client: FlaskOAuth2App = OAuth(app).register(
        "portal",
        client_id=registration.client_id,
        client_secret=registration.key,
        client_auth_methods=[PrivateKeyJWT(alg="ES256")],
        client_kwargs={
            "scope": SCOPE,
            "code_challenge_method": "S256",
            "token_endpoint_auth_method": "private_key_jwt",
            "default_timeout": _PATIENCE,
            "trust_env": False,  # a proxy does not know this machine's own addresses
        },
        server_metadata_url=f"{registration.issuer}/.well-known/openid-configuration",
    )
    return client


def claims_at(now: Callable[[], float]) -> type[CodeIDToken]:
    """Return the library's rules for an ID token, measured by another clock than this machine's."""

    class IDToken(CodeIDToken):  # type: ignore[misc]  # the library has no types
        def validate(self, now: float | None = None, leeway: int = 0) -> None:
            super().validate(now or clock(), leeway)

    clock = now
    return IDToken


def entered(client: FlaskOAuth2App, claims_cls: type[CodeIDToken]) -> Visit:
    """Exchange the code that a browser brought for a visit.

    Raises:
        OAuthError: the portal refuses it, or this service did not ask for it.
        JoseError: the ID token is not to be believed.
        ValueError: userinfo speaks of somebody else.
    """
    token = client.authorize_access_token(claims_cls=claims_cls)
    return Visit(_learnt(client, token, token["userinfo"]), token["id_token"], token.get("refresh_token"))


def renew(client: FlaskOAuth2App, visit: Visit, claims_cls: type[CodeIDToken]) -> None:
    """Ask anew what the portal knows of a visit's person; raises as `entered` does."""
    with visit.renewing:
        token = client.fetch_access_token(grant_type="refresh_token", refresh_token=visit.refresh_token)
        visit.refresh_token = token.get("refresh_token", visit.refresh_token)
        claims = visit.claims
        if "id_token" in token:
            claims = client.parse_id_token(token, nonce=None, claims_cls=claims_cls)
            visit.id_token = token["id_token"]
        if claims["sub"] != visit.claims["sub"]:
            raise ValueError("the ID token is of another person")
        visit.claims = {**visit.claims, **_learnt(client, token, claims)}


def _learnt(client: FlaskOAuth2App, token: dict[str, Any], claims: dict[str, Any]) -> dict[str, Any]:
    """Return all that the portal says of the person: the ID token's claims, and those of userinfo beside them."""
    more = dict(client.userinfo(token=token))
    if more.get("sub") != claims["sub"]:
        raise ValueError("userinfo is of another person")  # OpenID Connect Core §5.3.2
    return {**claims, **more}
