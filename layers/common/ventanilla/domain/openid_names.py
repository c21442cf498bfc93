"""What systems know accounts and sessions by: names that tell two systems nothing of one another's users."""

from __future__ import annotations

import hashlib
import hmac

from ventanilla.domain.ids import derived_id
from ventanilla.domain.jose import to_base64url
from ventanilla.domain.openid_clients import Client


def subject_of(secret: str, portal: str, client: Client, ref: str) -> str:
    """Return what a client knows an account by: always the same, and to no other client (OIDC Core §8.1)."""
    said = f"sub\x1f{portal}\x1f{client.id}\x1f{ref}"
    return to_base64url(hmac.new(secret.encode(), said.encode(), hashlib.sha256).digest())


def masked(secret: str, family: str, ref: str) -> str:
    """Return an account's reference as the tokens of one authorization bear it.

    Two clients that lay their tokens side by side must not see that they are one person's. The mask is used once: each
    authorization has its own. That nobody changes what it hides, the token's mac sees to.
    """
    return _mask(secret, family, ref.encode()).hex()


def unmasked(secret: str, family: str, text: str) -> str:
    """Return the reference that a token of ours bears."""
    return _mask(secret, family, bytes.fromhex(text)).decode()


def _mask(secret: str, family: str, text: bytes) -> bytes:
    mask = hmac.new(secret.encode(), f"ref\x1f{family}".encode(), hashlib.sha256).digest()
    return bytes(one ^ other for one, other in zip(text, mask[: len(text)], strict=True))


def sid_of(session_id: str, client: Client) -> str:
    """Return what a client knows a session by."""
    return derived_id("sid", session_id, client.id)
