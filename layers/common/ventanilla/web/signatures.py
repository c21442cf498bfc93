"""HTTP Message Signatures (RFC 9421) as institutions make them; the library's defaults demand too little."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from ventanilla.domain.errors import SignatureRefused
from ventanilla.domain.institutions import Institution, InstitutionKey, read_key_id
from ventanilla.domain.keys import Nonce
from ventanilla.web.request import Request

if TYPE_CHECKING:
    from http_message_signatures import HTTPMessageVerifier

TAG = "ventanilla"
ACCEPT_SIGNATURE = (
    'ventanilla=("@method" "@authority" "@path" "@query" "content-type" "content-digest")'
    ';created;expires;nonce;keyid;tag="ventanilla"'
)
"""What is wanted, as `Accept-Signature` says it (RFC 9421 §5.1); without a body the last two are left out."""
_ALWAYS = ("@method", "@authority", "@path", "@query")
_WITH_BODY = ("content-type", "content-digest")
_LONGEST_HEADER = 4096
_AHEAD = 30
_BEHIND = 300
_LIFE = 300
_NONCE = range(22, 201)
"""Characters of a nonce: 128 bits are 22 of base64url."""
ReadKey = Callable[[str, str], tuple[Institution | None, InstitutionKey | None]]
"""Reads an institution and its key, consistently, by the institution's id and the key's name."""


@dataclass(frozen=True, slots=True)
class Claim:
    """What a request's signature says of itself, before anything is proven."""

    key_id: str
    institution: str
    key_name: str
    nonce: Nonce
    algorithm: str | None


@dataclass(frozen=True, slots=True)
class Signed:
    """A request that the key's holder has signed."""

    institution: Institution
    key: InstitutionKey
    nonce: Nonce


def read_claim(request: Request, wall: datetime) -> Claim:
    """Return what the one signature with our tag says, if it covers all that it must, and is of now.

    Args:
        request: what came in.
        wall: the real hour.

    Raises:
        SignatureRefused: with what is missing or wrong.
    """
    covered, parameters = _our_signature(request)
    wanted = (*_ALWAYS, *_WITH_BODY) if request.raw_body else _ALWAYS
    missing = [name for name in wanted if name not in covered]
    if missing:
        raise SignatureRefused("component", component=missing[0])
    _check_times(parameters, int(wall.timestamp()))
    key_id, nonce = parameters.get("keyid"), parameters.get("nonce")
    named = read_key_id(key_id) if isinstance(key_id, str) else None
    if not isinstance(nonce, str) or len(nonce) not in _NONCE:
        raise SignatureRefused("nonce")
    if named is None or not isinstance(key_id, str):
        raise SignatureRefused("key")
    algorithm = parameters.get("alg")
    return Claim(key_id, *named, Nonce(key_id, nonce), str(algorithm) if algorithm is not None else None)


def prove(claim: Claim, request: Request, base_url: str, now: datetime, read_key: ReadKey) -> Signed:
    """Check a claim against the key as it is now.

    Raises:
        SignatureRefused: the key is unknown or not in force, or the signature or the body's digest does not fit.
    """
    institution, key = read_key(claim.institution, claim.key_name)
    state = key.state(now) if key else "revoked"
    if institution is None or key is None or state == "revoked":
        raise SignatureRefused("key")
    try:
        if claim.algorithm not in (None, key.algorithm):
            raise SignatureRefused("algorithm")
        _verify(request, base_url, key)
    except SignatureRefused:
        if state != "active":
            raise SignatureRefused("key") from None
        raise
    if state != "active":
        raise SignatureRefused(f"key-{state}")  # its holder alone learns that there is such a key, and of which time
    return Signed(institution, key, claim.nonce)


def _verify(request: Request, base_url: str, key: InstitutionKey) -> None:
    message = SimpleNamespace(
        method=request.method, url=f"{base_url}{request.target}", headers=dict(request.headers), body=request.raw_body
    )
    verifier = _verifier(key.algorithm, key.public_key)
    try:
        results = verifier.verify(message, max_age=None, expect_tag=TAG, require_components=_ALWAYS)
    except Exception:  # noqa: BLE001  # the library refuses in several ways; none of its words goes out
        raise SignatureRefused("invalid") from None
    try:
        verifier.verify_body(message, results, request.raw_body)
    except Exception:  # noqa: BLE001  # as above
        raise SignatureRefused("digest") from None


def _our_signature(request: Request) -> tuple[set[str], dict[str, Any]]:
    """Return the components and parameters of the one signature that bears our tag."""
    given = request.headers.get("signature-input")
    if not given or not request.headers.get("signature"):
        raise SignatureRefused("missing")
    if len(given) > _LONGEST_HEADER or len(request.headers["signature"]) > _LONGEST_HEADER:
        raise SignatureRefused("malformed")
    import http_sf  # what the verifying library parses with

    try:
        signatures: Any = http_sf.parse(given.encode(), tltype="dictionary")
        ours = [member for member in signatures.values() if member[1].get("tag") == TAG]
        if len(ours) == 1:
            components, parameters = ours[0]
            return {name for name, options in components if not options}, dict(parameters)
    except Exception:  # noqa: BLE001  # the parser refuses in many ways
        raise SignatureRefused("malformed") from None
    raise SignatureRefused("several" if ours else "tag")


def _check_times(parameters: dict[str, Any], now: int) -> None:
    created, expires = parameters.get("created"), parameters.get("expires")
    if type(created) is not int:
        raise SignatureRefused("created")
    if created > now + _AHEAD:
        raise SignatureRefused("ahead")
    if created < now - _BEHIND:
        raise SignatureRefused("stale")
    if type(expires) is not int or not created < expires <= created + _LIFE:
        raise SignatureRefused("expires")
    if expires < now:
        raise SignatureRefused("expired")


@lru_cache(maxsize=256)
def _verifier(algorithm: str, public_key: str) -> HTTPMessageVerifier:
    """Return a verifier for one key, kept as an object: parsing a PEM costs more than verifying."""
    from cryptography.hazmat.primitives.serialization import load_pem_public_key
    from http_message_signatures import HTTPMessageVerifier, HTTPSignatureKeyResolver, algorithms

    key = load_pem_public_key(public_key.encode())

    class Verifier(HTTPMessageVerifier):
        def validate_created_and_expires(self, sig_input: Any, max_age: Any = None) -> None:
            """Leave times to `_check_times`, which knows the hour and demands more."""

    class OneKey(HTTPSignatureKeyResolver):
        def resolve_public_key(self, key_id: str) -> Any:  # noqa: ARG002  # the library's name
            """Return the key that the claim was read by."""
            return key

    known = {
        "ed25519": algorithms.ED25519,
        "ecdsa-p256-sha256": algorithms.ECDSA_P256_SHA256,
        "rsa-pss-sha512": algorithms.RSA_PSS_SHA512,
    }
    return Verifier(signature_algorithm=known[algorithm], key_resolver=OneKey())
