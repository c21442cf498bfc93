"""The platform's public keys, as a JWK Set (RFC 7517)."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from ventanilla.schemas.base import Schema


class PlatformKey(Schema):
    """A public key of the platform: of its receipts, and of the webhooks that it signs."""

    kty: Literal["EC"]
    crv: Literal["P-256"]
    x: str
    y: str
    kid: str = Field(description="Its thumbprint (RFC 7638): `kid` of receipts, `keyid` of webhooks")
    use: Literal["sig"]
    alg: Literal["ES256"]


class PlatformKeys(Schema):
    """The key in force first; then those that signed before it."""

    keys: list[PlatformKey]
