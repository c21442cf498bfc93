"""Public keys as they are handed in: PEM or JWK, of the kinds that signatures are accepted of."""

from __future__ import annotations

import json
import math
from base64 import urlsafe_b64decode
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ventanilla.domain.errors import KeyRefused
from ventanilla.domain.institutions import Algorithm

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicNumbers

_RSA_BITS, _RSA_EXPONENT_BITS = range(2048, 8193), 64
"""What is larger would only make verifying slow."""
_SMALL_PRIMES = math.prod(number for number in range(2, 256) if all(number % other for other in range(2, number)))
"""None of which divides what two large primes make: such a modulus is no key, and soon taken apart."""
_PRIVATE = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth"})
"""Members of a JWK that only its holder may know (RFC 7518 §6.3.2, RFC 8037 §2)."""
_FIELD_25519 = 2**255 - 19
_ORDER_EIGHT = 0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD84D3D706A17C7
_SMALL_ORDER = frozenset({0, 1, _FIELD_25519 - 1, _ORDER_EIGHT, _FIELD_25519 - _ORDER_EIGHT})
"""The points of Ed25519, by their y, under which anybody can sign (RFC 8032 §5.1): all zeros, for one."""
_FIELD = "public_key"


def read_public_key(given: str | Mapping[str, Any]) -> tuple[str, Algorithm]:
    """Return a key as PEM of its SubjectPublicKeyInfo, and the algorithm that follows from it.

    Args:
        given: PEM, or a JWK (RFC 7517) as an object or as its JSON text.

    Raises:
        KeyRefused: it is no key, of another kind, or the private part is with it.
    """
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    jwk = _jwk(given)
    if _PRIVATE & jwk.keys() or (not jwk and "PRIVATE KEY" in str(given)):
        raise KeyRefused(_FIELD, "key_private", "this is a private key: it stays with the institution; make another")
    try:
        key = _of_jwk(jwk) if jwk else _of_pem(str(given))
    except Exception:  # noqa: BLE001  # the library refuses in many ways; to us it is no key
        raise KeyRefused(_FIELD, "key_unreadable", "this is not a public key in PEM or JWK") from None
    algorithm = _algorithm(key)
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode(), algorithm


def _jwk(given: str | Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a JWK, or nothing where it is none."""
    if not isinstance(given, str):
        return given
    try:
        loaded = json.loads(given)
    except (ValueError, RecursionError):
        return {}
    return loaded if isinstance(loaded, dict) else {}


def _of_pem(pem: str) -> Any:
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    return load_pem_public_key(pem.encode())


def _of_jwk(jwk: Mapping[str, Any]) -> Any:
    """Return the key of a JWK (RFC 7518 §6, RFC 8037 §2)."""
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

    match jwk["kty"], jwk.get("crv"):
        case "OKP", "Ed25519":
            return ed25519.Ed25519PublicKey.from_public_bytes(_bytes(jwk["x"]))
        case "EC", "P-256":
            return ec.EllipticCurvePublicNumbers(_number(jwk["x"]), _number(jwk["y"]), ec.SECP256R1()).public_key()
        case "RSA", None:
            return rsa.RSAPublicNumbers(_number(jwk["e"]), _number(jwk["n"])).public_key()
        case _:
            return None


def _bytes(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _number(text: str) -> int:
    return int.from_bytes(_bytes(text), "big")


def _algorithm(key: object) -> Algorithm:
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

    if isinstance(key, ed25519.Ed25519PublicKey) and _is_large(key.public_bytes_raw()):
        return "ed25519"
    if isinstance(key, ec.EllipticCurvePublicKey) and key.curve.name == "secp256r1":
        return "ecdsa-p256-sha256"
    if isinstance(key, rsa.RSAPublicKey) and _is_sound(key.public_numbers()):
        return "rsa-pss-sha512"
    raise KeyRefused(_FIELD, "key_kind", "a key is Ed25519, P-256, or RSA of at least 2048 bits")


def _is_large(point: bytes) -> bool:
    """Tell whether a point of Ed25519 is none of the eight of small order, however its y is written."""
    return int.from_bytes(point, "little") % 2**255 % _FIELD_25519 not in _SMALL_ORDER


def _is_sound(numbers: RSAPublicNumbers) -> bool:
    has_size = numbers.n.bit_length() in _RSA_BITS and numbers.e.bit_length() <= _RSA_EXPONENT_BITS
    return has_size and math.gcd(numbers.n, _SMALL_PRIMES) == 1
