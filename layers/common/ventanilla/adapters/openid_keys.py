"""The keys of ID tokens: KMS signs, by an alias that a command moves on; former public parts stay in a table."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

from ventanilla.adapters.dynamo import Dynamo
from ventanilla.adapters.openid_items import FormerKeyItem
from ventanilla.domain.jose import canonical, p256_jwk, signing_input, to_base64url
from ventanilla.domain.openid import FORMER_KEYS_LIVE
from ventanilla.domain.openid_clients import Algorithm
from ventanilla.usecases.ports import Clock

_KMS = {"RS256": "RSASSA_PKCS1_V1_5_SHA_256", "ES256": "ECDSA_SHA_256"}
_SPEC = {"RS256": "RSA_2048", "ES256": "ECC_NIST_P256"}
_FORMER = "openid-keys"
_LONGEST = 4096
"""Bytes that KMS signs as they are."""


class OpenidKeys:
    """Signs by RS256 and ES256.

    Args:
        client: makes the client of KMS, when one is needed.
        aliases: by which KMS knows the keys in force, by algorithm.
        dynamo: the tables.
        tokens: the table of what has an end.
        clock: the hour.
    """

    def __init__(
        self, client: Callable[[], Any], aliases: Mapping[Algorithm, str], dynamo: Dynamo, *, tokens: str, clock: Clock
    ) -> None:
        self._make = client
        self._aliases = aliases
        self._dynamo = dynamo
        self._former = dynamo.bind(FormerKeyItem, tokens)
        self._clock = clock
        self._known: dict[Algorithm, Any] = {}

    @cached_property
    def _client(self) -> Any:
        return self._make()

    def sign(self, algorithm: Algorithm, claims: Mapping[str, Any], kind: str = "JWT") -> str:
        """Return a signed token; where the alias leads to another key by now, it is signed anew in that one's name."""
        for _ in range(2):
            key = self._known.get(algorithm) or self._look(algorithm)
            signed = signing_input({"alg": algorithm, "kid": _jwk(key)["kid"], "typ": kind}, claims)
            signature = self._signature(algorithm, signed.encode())
            if _is_by(key, signature, signed.encode()):
                return f"{signed}.{to_base64url(_compact(key, signature))}"
            self._known.pop(algorithm)
        raise RuntimeError("the key changed twice")

    def public_keys(self) -> list[dict[str, Any]]:
        """Return the public parts of those in force and of those that were not long ago."""
        now = self._clock.now()
        former = [item.jwk for item in self._dynamo.query(self._former, _FORMER) if now < item.ends_at]
        own = [_jwk(self._look(algorithm)) for algorithm in self._aliases]
        return list({key["kid"]: key for key in (*own, *former)}.values())

    def read(self, token: str) -> Mapping[str, Any] | None:
        """Return the claims of a token that one of our keys has signed; it may have expired."""
        from joserfc import jwt
        from joserfc.errors import JoseError
        from joserfc.jwk import KeySet

        try:
            keys = KeySet.import_key_set({"keys": self.public_keys()})
            return dict(jwt.decode(token, keys, algorithms=list(_KMS)).claims)
        except (JoseError, ValueError, TypeError):
            return None

    def rotate(self, algorithm: Algorithm) -> str:
        """Make a new key and let the alias lead to it; return its thumbprint. The former is published for a week."""
        alias = self._aliases[algorithm]
        made = self._client.create_key(
            KeySpec=_SPEC[algorithm], KeyUsage="SIGN_VERIFY", Description=f"Ventanilla's ID tokens ({algorithm})"
        )
        former, ends_at = _jwk(self._look(algorithm)), self._clock.now() + FORMER_KEYS_LIVE
        self._former(_FORMER, former["kid"], jwk=former, ends_at=ends_at, ttl=ends_at).save(add_version_condition=False)
        self._client.update_alias(AliasName=alias, TargetKeyId=made["KeyMetadata"]["KeyId"])
        return str(_jwk(self._look(algorithm))["kid"])

    def _look(self, algorithm: Algorithm) -> Any:
        """Read the public part of the key that an alias leads to at present."""
        der = self._client.get_public_key(KeyId=self._aliases[algorithm])["PublicKey"]
        self._known[algorithm] = load_der_public_key(der)
        return self._known[algorithm]

    def _signature(self, algorithm: Algorithm, message: bytes) -> bytes:
        if len(message) > _LONGEST:
            raise ValueError("too long to be signed as it is")
        answer = self._client.sign(
            KeyId=self._aliases[algorithm], Message=message, MessageType="RAW", SigningAlgorithm=_KMS[algorithm]
        )
        return bytes(answer["Signature"])


def _is_by(key: Any, signature: bytes, message: bytes) -> bool:
    try:
        if isinstance(key, RSAPublicKey):
            key.verify(signature, message, PKCS1v15(), SHA256())
        else:
            key.verify(signature, message, ECDSA(SHA256()))
    except InvalidSignature:
        return False
    return True


def _compact(key: Any, signature: bytes) -> bytes:
    """Return a signature as JOSE writes it (RFC 7518 §3.4)."""
    if isinstance(key, RSAPublicKey):
        return signature
    r, s = decode_dss_signature(signature)
    return r.to_bytes(32) + s.to_bytes(32)


def _jwk(key: Any) -> dict[str, Any]:
    """Return a public key as it is published; its `kid` is its thumbprint (RFC 7638)."""
    if isinstance(key, EllipticCurvePublicKey):
        point = key.public_numbers()
        return dict(p256_jwk(point.x, point.y))
    numbers = key.public_numbers()
    parts = {"e": _uint(numbers.e), "kty": "RSA", "n": _uint(numbers.n)}
    kid = to_base64url(hashlib.sha256(canonical(parts).encode()).digest())
    return {**parts, "kid": kid, "use": "sig", "alg": "RS256"}


def _uint(number: int) -> str:
    return to_base64url(number.to_bytes((number.bit_length() + 7) // 8))
