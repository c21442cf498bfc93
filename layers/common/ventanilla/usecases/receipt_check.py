"""Checking a receipt without the platform: by its public keys, and believing nothing that the file says of itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ventanilla.domain.jose import Jws, JwsMalformed, from_base64url, is_small, read_jws
from ventanilla.domain.receipts import TYPE, ReceiptMalformed, is_manifest_of, split


class ReceiptRefused(Exception):
    """A file is no receipt of this platform as it was handed out; the text says why."""


def check(file: bytes, keys: Iterable[Mapping[str, Any]]) -> tuple[Mapping[str, Any], Mapping[str, Any] | None]:
    """Return what is proven of a receipt: its manifest, and all that it says where it is JSON.

    Args:
        file: as it was downloaded, PDF or JSON.
        keys: the platform's public keys, from where one trusts them to be its own.

    Raises:
        ReceiptRefused: a byte of it was changed, or another has signed.
    """
    try:
        part = split(file)
        jws = read_jws(part.jws)
    except (ReceiptMalformed, JwsMalformed) as error:
        raise ReceiptRefused(str(error) or "the signature is not written as we write it") from None
    if jws.header.keys() != {"alg", "kid", "typ"} or (jws.header["alg"], jws.header["typ"]) != ("ES256", TYPE):
        raise ReceiptRefused("the signature is of another kind than a receipt's")
    key = next((one for one in keys if one.get("kid") == jws.header["kid"]), None)
    if key is None:
        raise ReceiptRefused("signed with a key that is none of the platform's")
    if not _holds(jws, key):
        raise ReceiptRefused("the signature does not hold")
    if not is_manifest_of(jws.payload, part):
        raise ReceiptRefused("it is not the file that was signed")
    return jws.payload, part.receipt


def _holds(jws: Jws, key: Mapping[str, Any]) -> bool:
    """Tell whether a key has made a signature (ES256: RFC 7518 §3.4)."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
    from cryptography.hazmat.primitives.hashes import SHA256

    if (key.get("kty"), key.get("crv")) != ("EC", "P-256") or len(jws.signature) != 64:
        return False
    try:
        x, y = (int.from_bytes(from_base64url(key[name])) for name in ("x", "y"))
        public = ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()
        r, s = (int.from_bytes(half) for half in (jws.signature[:32], jws.signature[32:]))
        public.verify(encode_dss_signature(r, s), jws.signing_input, ec.ECDSA(SHA256()))
    except (InvalidSignature, ValueError, KeyError, TypeError):
        return False
    return is_small(s)  # else the same signature in other bytes
