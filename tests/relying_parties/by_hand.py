"""A relying party by hand, so that each part of what one sends can be left out or bent."""

from __future__ import annotations

import base64
import hashlib
import secrets
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import httpx
from joserfc import jwt
from joserfc.jwk import Key

from tests.relying_parties.browser import Browser, query_of

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


def challenge_of(verifier: str) -> str:
    """Return the S256 challenge of a verifier (RFC 7636 §4.2)."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")


@dataclass
class ByHand:
    """A service at `demo` that sends what it is told to; None leaves something out."""

    browser: Browser
    client: str
    callback: str
    key: Key | None = None
    scope: str = "openid profile grants offline_access"
    verifier: str = field(default_factory=lambda: secrets.token_urlsafe(48))

    @property
    def issuer(self) -> str:
        return self.browser.issuer

    def address(self, **changes: str | None) -> str:
        """Return where this service sends a browser."""
        whole = {
            "response_type": "code",
            "client_id": self.client,
            "redirect_uri": self.callback,
            "scope": self.scope,
            "state": "the-state",
            "nonce": "the-nonce",
            "code_challenge": challenge_of(self.verifier),
            "code_challenge_method": "S256",
            **changes,
        }
        said = {name: value for name, value in whole.items() if value is not None}
        return f"{self.issuer}/authorize?{urlencode(said)}"

    def led(self, address: str | None = None, **changes: str | None) -> httpx.Response:
        """Follow that address, as a browser does."""
        return self.browser.at_portal("GET", address or self.address(**changes))

    def code(self, **changes: str | None) -> str:
        """Let the person agree; return the code that comes back."""
        return query_of(self.browser.agree(self.address(**changes)))["code"]

    def assertion(self, key: Key | None = None, alg: str = "ES256", **changes: Any) -> str:
        """Return a proof of who this service is (RFC 7523)."""
        signing = key or self.key
        assert signing
        now = int(time.time())
        whole = {
            "iss": self.client,
            "sub": self.client,
            "aud": self.issuer,
            "iat": now,
            "exp": now + 60,
            "jti": secrets.token_urlsafe(16),
            **changes,
        }
        claims = {name: value for name, value in whole.items() if value is not None}
        return jwt.encode({"alg": alg}, claims, signing, algorithms=[alg])

    def post(self, endpoint: str, issuer: str | None = None, **form: str | None) -> httpx.Response:
        """Post a form to an endpoint, with the proof of who this service is unless another is given."""
        proof = {"client_id": self.client}
        if self.key and "client_assertion" not in form:
            proof = {"client_assertion_type": ASSERTION_TYPE, "client_assertion": self.assertion()}
        said = {name: value for name, value in {**proof, **form}.items() if value is not None}
        http = self.browser.town.http
        return http.post(f"{issuer or self.issuer}/{endpoint}", data=said)

    def exchange(self, code: str, **changes: str | None) -> httpx.Response:
        """Exchange a code."""
        whole = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.callback,
            "code_verifier": self.verifier,
        }
        return self.post("token", **{**whole, **changes})

    def refresh(self, token: str, **changes: str | None) -> httpx.Response:
        """Show a refresh token."""
        return self.post("token", **{"grant_type": "refresh_token", "refresh_token": token, **changes})

    def tokens(self, **changes: str | None) -> dict[str, Any]:
        """Let the person agree; return the tokens."""
        answer = self.exchange(self.code(**changes))
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def userinfo(self, token: str, issuer: str | None = None) -> httpx.Response:
        """Ask who a token speaks of."""
        bearer = {"Authorization": f"Bearer {token}"}
        return self.browser.town.http.get(f"{issuer or self.issuer}/userinfo", headers=bearer)
