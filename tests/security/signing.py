"""A signer by hand, so that each part of a signature can be left out or bent (RFC 9421 §2.5)."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import httpx
from cryptography.hazmat.primitives.serialization import load_pem_private_key

WHOLE = ("@method", "@authority", "@path", "@query", "content-type", "content-digest")


def digest(body: bytes, algorithm: str = "sha-256") -> str:
    """Return a Content-Digest."""
    made = hashlib.new(algorithm.replace("-", ""), body).digest()
    return f"{algorithm}=:{base64.b64encode(made).decode()}:"


@dataclass
class Signing:
    """A request and its signature, as they would be; change what you like, then `send`."""

    base_url: str
    key_id: str
    pem: str
    content: dict[str, Any]
    method: str = "POST"
    target: str = "/v1/notifications"
    components: tuple[str, ...] = WHOLE
    parameters: dict[str, Any] = field(default_factory=dict)
    covered: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        now = int(time.time())
        nonce = secrets.token_urlsafe(16)
        self.parameters = {
            "created": now,
            "expires": now + 300,
            "keyid": self.key_id,
            "nonce": nonce,
            "tag": "ventanilla",
            **self.parameters,
        }
        self.body = json.dumps(self.content).encode() if self.content else b""

    def values(self) -> dict[str, str]:
        """Return what each component is, as it is signed."""
        parts = urlsplit(self.target)
        values = {
            "@method": self.method,
            "@authority": urlsplit(self.base_url).netloc,
            "@path": parts.path,
            "@query": f"?{parts.query}",
            "content-type": "application/json",
            "content-digest": digest(self.body),
        }
        return {**values, **self.covered}

    def headers(self, label: str = "sig1") -> dict[str, str]:
        """Return the headers of the signed request."""
        values = self.values()
        parameters = "".join(
            f";{name}={value}" if isinstance(value, int) else f';{name}="{value}"'
            for name, value in self.parameters.items()
            if value is not None
        )
        names = " ".join(f'"{name}"' for name in self.components)
        inner = f"({names}){parameters}"
        base = "\n".join([f'"{name}": {values[name]}' for name in self.components] + [f'"@signature-params": {inner}'])
        key: Any = load_pem_private_key(self.pem.encode(), None)
        signature = base64.b64encode(key.sign(base.encode())).decode()
        sent = {"signature-input": f"{label}={inner}", "signature": f"{label}=:{signature}:"}
        if self.body:
            sent |= {"content-type": values["content-type"], "content-digest": values["content-digest"]}
        return sent

    def send(self, http: httpx.Client, **headers: str | None) -> httpx.Response:
        """Send it; a header given here takes the place of what was signed, None leaves it out."""
        sent = {name: value for name, value in {**self.headers(), **headers}.items() if value is not None}
        return http.request(self.method, self.target, content=self.body or None, headers=sent)
