"""A client of the institution's side of the platform: it signs each request (RFC 9421)."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Self
from urllib.parse import quote

import httpx
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from http_message_signatures import HTTPMessageSigner, HTTPSignatureAlgorithm, MappingKeyResolver, algorithms

from cli.errors import CommandError

PrivateKey = Ed25519PrivateKey | EllipticCurvePrivateKey | RSAPrivateKey

COMPONENTS = ("@method", "@authority", "@path", "@query")
LIFETIME = timedelta(seconds=300)  # the longest that the platform accepts
TAG = "ventanilla"


class KeyUnusable(CommandError):
    """A private key that can't sign for the platform."""


class InstitutionClient:
    """Posts and follows an institution's notifications; threads may share one.

    Each call returns the answer as it came, whatever its status; `cli.problems.answer` reads it or raises `Refused`.
    What fails on the way raises `httpx.TransportError`; a second call signs anew, so it never repeats a nonce.
    """

    def __init__(
        self,
        base_url: str,
        key_id: str,
        private_key: str | bytes | PrivateKey,
        *,
        language: str = "en",
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        timeout: float = 30.0,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        """Takes the platform's public address, "<institution>.<key name>" and the key or its PEM (parsed once).

        Raises:
            KeyUnusable: the key is not Ed25519, P-256 or RSA, or can't be read.
        """
        key = load_private_key(private_key) if isinstance(private_key, str | bytes) else private_key
        self._key_id = key_id
        self._clock = clock
        self._signer = HTTPMessageSigner(
            signature_algorithm=_algorithm(key),
            key_resolver=MappingKeyResolver(public_keys={}, private_keys={key_id: key}),
        )
        headers = {"Accept": "application/json", "Accept-Language": language, "User-Agent": "ventanilla"}
        self._http = httpx.Client(base_url=base_url, headers=headers, timeout=timeout, transport=transport)

    def post(self, notification: Mapping[str, object] | bytes) -> httpx.Response:
        """POST /v1/notifications; bytes are sent as they are."""
        if isinstance(notification, bytes):
            return self.request("POST", "/v1/notifications", body=notification)
        return self.request("POST", "/v1/notifications", body=json.dumps(notification, ensure_ascii=False).encode())

    def declare(self, attachment: Mapping[str, object]) -> httpx.Response:
        """POST /v1/attachments."""
        return self.request("POST", "/v1/attachments", body=json.dumps(attachment, ensure_ascii=False).encode())

    def upload(
        self, method: str, url: str, headers: Mapping[str, str], content: bytes | Iterable[bytes]
    ) -> httpx.Response:
        """Sends a file to the store as the declaration's answer says; the link is signed already."""
        return self._http.request(method, url, headers=headers, content=content)

    def get(self, notification_id: str) -> httpx.Response:
        """GET /v1/notifications/{id}."""
        return self.request("GET", f"/v1/notifications/{quote(notification_id, safe='')}")

    def cancel(self, notification_id: str, reason: str | None = None) -> httpx.Response:
        """POST /v1/notifications/{id}/cancel."""
        body = json.dumps({"reason": reason}, ensure_ascii=False).encode() if reason else None
        return self.request("POST", f"/v1/notifications/{quote(notification_id, safe='')}/cancel", body=body)

    def list(self, cursor: str | None = None) -> httpx.Response:
        """GET /v1/notifications: one page."""
        return self.request("GET", "/v1/notifications", params={"cursor": cursor} if cursor else None)

    def deadline(self, notification_id: str) -> httpx.Response:
        """GET /v1/notifications/{id}/deadline: how it was counted, day by day."""
        return self.request("GET", f"/v1/notifications/{quote(notification_id, safe='')}/deadline")

    def events(self, after: str | None = None, limit: int | None = None) -> httpx.Response:
        """GET /v1/events: what happened behind a place in the institution's feed."""
        asked = {"after": after, "limit": str(limit) if limit else None}
        return self.request("GET", "/v1/events", params={name: value for name, value in asked.items() if value})

    def recipient(self, kind: str, number: str, portal: str) -> httpx.Response:
        """GET /v1/recipients/{kind}/{number}: whether a mailbox is open."""
        path = f"/v1/recipients/{quote(kind, safe='')}/{quote(number, safe='')}"
        return self.request("GET", path, params={"portal": portal})

    def run_batch(self, lines: bytes) -> httpx.Response:
        """POST /v1/batches with up to 1,000 lines."""
        return self.request("POST", "/v1/batches", body=lines, content_type="application/x-ndjson")

    def declare_batch(self, size: int, sha256: str) -> httpx.Response:
        """POST /v1/batches for a file that is to be uploaded."""
        wish = {"upload": {"size": size, "sha256": sha256}}
        return self.request("POST", "/v1/batches", body=json.dumps(wish).encode())

    def start_batch(self, batch_id: str) -> httpx.Response:
        """POST /v1/batches/{id}/start."""
        return self.request("POST", f"/v1/batches/{quote(batch_id, safe='')}/start")

    def batch(self, batch_id: str) -> httpx.Response:
        """GET /v1/batches/{id}."""
        return self.request("GET", f"/v1/batches/{quote(batch_id, safe='')}")

    def batch_results(self, batch_id: str) -> httpx.Response:
        """GET /v1/batches/{id}/results: its answer leads to them."""
        return self.request("GET", f"/v1/batches/{quote(batch_id, safe='')}/results")

    def download(self, url: str) -> AbstractContextManager[httpx.Response]:
        """Begins to read what a link leads to; the link is signed already."""
        return self._http.stream("GET", url)

    def request(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        body: bytes | None = None,
        content_type: str = "application/json",
    ) -> httpx.Response:
        """Signs and sends any request of the institution's side; `body` is in UTF-8."""
        headers = {} if body is None else {"Content-Type": content_type}
        request = self._http.build_request(method, path, params=params, content=body, headers=headers)
        self._sign(request, body)
        return self._http.send(request)

    def _sign(self, request: httpx.Request, body: bytes | None) -> None:
        now = self._clock()
        self._signer.sign(
            request,
            key_id=self._key_id,
            created=now,
            expires=now + LIFETIME,
            nonce=secrets.token_urlsafe(16),
            label="ventanilla",
            tag=TAG,
            covered_component_ids=COMPONENTS if body is None else (*COMPONENTS, "content-type"),
            body=body,  # adds Content-Digest (RFC 9530) over exactly these bytes, and covers it
        )

    def close(self) -> None:
        """Closes the connections."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def load_private_key(pem: str | bytes) -> PrivateKey:
    """The private key of a PEM; raises `KeyUnusable`."""
    try:
        key = load_pem_private_key(pem.encode() if isinstance(pem, str) else pem, password=None)
    except TypeError as error:  # cryptography's word for "a password is needed"
        raise KeyUnusable("the private key is protected by a password: `openssl pkey` can take it off") from error
    except ValueError as error:
        raise KeyUnusable("the private key can't be read: it should be a PEM that begins -----BEGIN …") from error
    if not isinstance(key, Ed25519PrivateKey | EllipticCurvePrivateKey | RSAPrivateKey):
        raise KeyUnusable("the private key must be Ed25519, ECDSA P-256 or RSA")
    return key


def _algorithm(key: PrivateKey) -> type[HTTPSignatureAlgorithm]:
    match key:
        case Ed25519PrivateKey():
            return algorithms.ED25519
        case RSAPrivateKey():
            return algorithms.RSA_PSS_SHA512
        case EllipticCurvePrivateKey(curve=SECP256R1()):
            return algorithms.ECDSA_P256_SHA256
    raise KeyUnusable("an ECDSA key must be on the curve P-256")
