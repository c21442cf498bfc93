"""A signature of the platform's kind without KMS, for the tests."""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from ventanilla.domain.jose import Jwk, p256_jwk, smaller


class Signer:
    """Signs with a key of its own."""

    def __init__(self) -> None:
        self.private = ec.generate_private_key(ec.SECP256R1())
        numbers = self.private.public_key().public_numbers()
        self.jwk = p256_jwk(numbers.x, numbers.y)

    @property
    def kid(self) -> str:
        return self.jwk["kid"]

    def public_keys(self) -> list[Jwk]:
        return [self.jwk]

    def sign(self, message: bytes) -> bytes:
        r, s = decode_dss_signature(self.private.sign(message, ec.ECDSA(SHA256())))
        return r.to_bytes(32) + smaller(s).to_bytes(32)
