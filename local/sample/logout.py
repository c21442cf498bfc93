"""Logout tokens: what the portal posts when a session ends (OpenID Connect Back-Channel Logout 1.0, §2.6)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from joserfc import jwt
from joserfc.errors import InvalidClaimError, InvalidKeyIdError
from joserfc.jwk import KeySet

EVENT = "http://schemas.openid.net/event/backchannel-logout"
ALGORITHMS = ["RS256", "ES256"]
_LEEWAY = 120  # seconds
Keys = Callable[[bool], Any]
"""Returns the portal's public keys; True asks it anew."""


class Ended(NamedTuple):
    """Whose sessions end: one, by `sid`, or all of a person's."""

    sub: str | None
    sid: str | None


def read(token: str, keys: Keys, *, issuer: str, client_id: str, now: float) -> Ended:
    """Return what a logout token says.

    Raises:
        JoseError: it is not one of the portal's, not for this service, or no logout token.
    """
    try:
        decoded = jwt.decode(token, KeySet.import_key_set(keys(False)), algorithms=ALGORITHMS)
    except InvalidKeyIdError:
        decoded = jwt.decode(token, KeySet.import_key_set(keys(True)), algorithms=ALGORITHMS)
    claims = decoded.claims
    jwt.JWTClaimsRegistry(
        now=int(now),
        leeway=_LEEWAY,
        iss={"essential": True, "value": issuer},
        aud={"essential": True, "value": client_id},
        iat={"essential": True},
        exp={"essential": True},
        jti={"essential": True},
    ).validate(claims)
    if decoded.header.get("typ") != "logout+jwt" or "nonce" in claims:  # an ID token is none
        raise InvalidClaimError("typ")
    if not isinstance(claims.get("events"), dict) or EVENT not in claims["events"]:
        raise InvalidClaimError("events")
    sub, sid = claims.get("sub"), claims.get("sid")
    if not isinstance(sub or sid, str):
        raise InvalidClaimError("sub")
    return Ended(sub, sid)
