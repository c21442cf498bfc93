"""What of JOSE is used here: base64url, thumbprints of keys (RFC 7638), and the compact form of signatures (RFC 7515).

A verifier accepts one spelling alone: each byte of a signature's text is signed, or could not be written otherwise.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Jwk = dict[str, str]
"""A public key as a JSON Web Key."""


class JwsMalformed(ValueError):
    """A text is no compact signature as it is written here."""


def canonical(value: Any) -> str:
    """Return JSON in the one form that digests are made of (RFC 8785, for our names and whole numbers)."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def to_base64url(raw: bytes) -> str:
    """Return base64url without padding."""
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def from_base64url(text: str) -> bytes:
    """Return what a text stands for.

    Raises:
        JwsMalformed: it is not what `to_base64url` would have written.
    """
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise JwsMalformed from None
    if to_base64url(raw) != text:  # the last character has bits to spare
        raise JwsMalformed
    return raw


def p256_jwk(x: int, y: int) -> Jwk:
    """Return a public key on P-256 as it is published; its `kid` is its thumbprint."""
    point = {"crv": "P-256", "kty": "EC", "x": to_base64url(x.to_bytes(32)), "y": to_base64url(y.to_bytes(32))}
    kid = to_base64url(hashlib.sha256(canonical(point).encode()).digest())
    return {**point, "kid": kid, "use": "sig", "alg": "ES256"}


_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""Of the group of P-256: with a signature (r, s), (r, order - s) is one too, which anybody can write."""


def is_small(s: int) -> bool:
    """Tell whether the second half of a signature on P-256 is the smaller of the two that there are."""
    return s <= _ORDER // 2


def smaller(s: int) -> int:
    """Return the second half of a signature on P-256 in the one spelling that is handed out and accepted."""
    return s if is_small(s) else _ORDER - s


@dataclass(frozen=True, slots=True)
class Jws:
    """A compact signature, read but not proven; `signing_input` is what was signed."""

    header: Mapping[str, Any]
    payload: Mapping[str, Any]
    signing_input: bytes
    signature: bytes


def signing_input(header: Mapping[str, Any], payload: Mapping[str, Any]) -> str:
    """Return what is signed: two thirds of the compact form."""
    return ".".join(to_base64url(canonical(part).encode()) for part in (header, payload))


def read_jws(text: str) -> Jws:
    """Read a compact signature.

    Raises:
        JwsMalformed: it is none, or not in the one form that we write.
    """
    if text.count(".") != 2 or not text.isascii():
        raise JwsMalformed
    signed, _, signature = text.rpartition(".")
    try:
        header, payload = (json.loads(from_base64url(part)) for part in signed.split("."))
        written = signing_input(header, payload)
    except (ValueError, RecursionError):
        raise JwsMalformed from None
    if not isinstance(header, dict) or not isinstance(payload, dict) or written != signed:
        raise JwsMalformed
    return Jws(header, payload, signed.encode(), from_base64url(signature))
