"""The platform's signature: a key of KMS that never leaves it, and the public parts of those that there were before."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import load_der_public_key

from ventanilla.domain.jose import Jwk, p256_jwk, smaller

_LONGEST = 4096
"""Bytes that KMS signs as they are (`RAW`); it would hash a `DIGEST` of ours rightly, but its imitators do not."""


class KmsSigner:
    """Signs by ECDSA on P-256 with SHA-256 (`ES256`, `ecdsa-p256-sha256`).

    Args:
        client: makes the client of KMS, when one is needed.
        key: what KMS knows the key by.
        former: the public parts (base64 of SubjectPublicKeyInfo in DER) of keys that signed before.
    """

    def __init__(self, client: Callable[[], Any], key: str, former: Sequence[str] = ()) -> None:
        self._make = client
        self._key = key
        self._former = former

    @cached_property
    def _client(self) -> Any:
        return self._make()

    @cached_property
    def _own(self) -> Jwk:
        return _jwk(self._client.get_public_key(KeyId=self._key)["PublicKey"])

    @property
    def kid(self) -> str:
        """What verifiers know the key by: its thumbprint (RFC 7638)."""
        return self._own["kid"]

    def public_keys(self) -> list[Jwk]:
        """Return the public parts, the one in force first."""
        former = [_jwk(b64decode(one, validate=True)) for one in self._former]
        return [self._own, *(key for key in former if key["kid"] != self.kid)]

    def sign(self, message: bytes) -> bytes:
        """Return the signature of a message of up to 4,096 bytes: r and the smaller s, 32 bytes each."""
        if len(message) > _LONGEST:
            raise ValueError("too long to be signed as it is")
        answer = self._client.sign(
            KeyId=self._key, Message=message, MessageType="RAW", SigningAlgorithm="ECDSA_SHA_256"
        )
        r, s = decode_dss_signature(answer["Signature"])
        return r.to_bytes(32) + smaller(s).to_bytes(32)


def _jwk(der: bytes) -> Jwk:
    key = load_der_public_key(der)
    if not isinstance(key, EllipticCurvePublicKey) or not isinstance(key.curve, SECP256R1):
        raise TypeError("the platform signs with keys on P-256")
    numbers = key.public_numbers()
    return p256_jwk(numbers.x, numbers.y)
