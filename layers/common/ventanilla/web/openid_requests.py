"""What authlib asks of a request and of who makes it: its parameters, the registered system, its proof."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from authlib.oauth2.rfc6749 import ClientMixin, OAuth2Request
from authlib.oauth2.rfc6749.errors import InvalidClientError
from authlib.oauth2.rfc6749.requests import OAuth2Payload
from authlib.oauth2.rfc7523 import JWTBearerClientAssertion

from ventanilla.domain.keys import Nonce
from ventanilla.domain.openid_clients import Client
from ventanilla.usecases.openid_mint import Mint

Parameters = list[tuple[str, str]]
METHODS = ["private_key_jwt", "none"]
ASSERTION_LIFE = 3600
"""Seconds that a client's proof may live, which is what a library makes of its own accord (authlib's an hour)."""
PROOFS_KEPT = timedelta(seconds=ASSERTION_LIFE + 300)
"""Longer than that, and than clocks may differ, so that none is shown twice."""


class ClientModel(ClientMixin):  # type: ignore[misc]  # authlib has no types
    """A registered system, as authlib asks for it."""

    def __init__(self, client: Client) -> None:
        self.client = client

    def get_client_id(self) -> str:
        """Return its id."""
        return self.client.id

    def get_default_redirect_uri(self) -> None:
        """Return nothing: where its users go is always said."""
        return

    def get_allowed_scope(self, scope: str | None) -> str | None:
        """Return what it may ask for of what it asks for; nothing that is no sign-in."""
        allowed = self.client.allowed(tuple((scope or "").split()))
        return " ".join(allowed) if "openid" in allowed else None

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        """Tell whether its users may be sent there."""
        return self.client.leads_to(redirect_uri)

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:  # noqa: ARG002  # authlib's signature
        """Tell whether it proves itself like that."""
        return method == ("none" if self.client.public else "private_key_jwt")

    def check_response_type(self, response_type: str) -> bool:
        """Tell whether it may ask for that."""
        return response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        """Tell whether it may show that."""
        return grant_type == "authorization_code" or (
            grant_type == "refresh_token" and "offline_access" in self.client.scopes
        )


class _Payload(OAuth2Payload):  # type: ignore[misc]  # authlib has no types
    def __init__(self, parameters: Parameters) -> None:
        self._lists: dict[str, list[str]] = {}
        for name, value in parameters:
            self._lists.setdefault(name, []).append(value)

    @property
    def data(self) -> dict[str, str]:
        return {name: values[0] for name, values in self._lists.items()}

    @property
    def datalist(self) -> dict[str, list[str]]:
        return self._lists


class OpenidRequest(OAuth2Request):  # type: ignore[misc]  # authlib has no types
    """A request; `proof` is what its client has shown, to be used up by the write that decides."""

    def __init__(self, method: str, uri: str, parameters: Parameters, headers: Mapping[str, str]) -> None:
        super().__init__(method, f"https:{uri.partition(':')[2]}", headers=headers)
        self.payload = _Payload(parameters)
        self.proof: Nonce | None = None

    @property
    def form(self) -> dict[str, str]:
        """Return the parameters of the body."""
        return dict(self.payload.data)


class ClientProof(JWTBearerClientAssertion):  # type: ignore[misc]  # authlib has no types
    """`private_key_jwt` (RFC 7523): for this issuer, once, and not for long."""

    CLIENT_AUTH_METHOD = "private_key_jwt"

    def __init__(self, mint: Mint, request: OpenidRequest) -> None:
        super().__init__()
        self._mint, self._request = mint, request

    def __call__(self, query_client: Any, request: OpenidRequest) -> ClientModel | None:
        """Return the system that a proof is of.

        One that is nested more deeply than Python recurses proves nothing; nor one whose header's values are of other
        types than joserfc awaits, or not ASCII, which authlib repeats in an error that may not say it.
        """
        try:
            return super().__call__(query_client, request)  # type: ignore[no-any-return]
        except (RecursionError, TypeError, ValueError):
            raise InvalidClientError(description="The assertion is malformed.") from None

    def get_audiences(self) -> list[str]:
        """Return whom a proof may be for."""
        return [self._mint.issuer, f"{self._mint.issuer}/token"]

    def resolve_client_public_key(self, client: ClientModel) -> dict[str, str]:
        """Return the key that a system has registered."""
        if client.client.jwk is None:
            raise InvalidClientError
        return client.client.jwk

    def verify_claims(self, claims: Any) -> None:
        """Demand that a proof is of this system, for us, and not for long."""
        super().verify_claims(claims)
        if self._request.payload.client_id not in (None, claims["sub"]):  # RFC 7521 §4.2
            raise InvalidClientError(description="The assertion is of another client.")
        if claims["exp"] > self._mint.clock.wall().timestamp() + ASSERTION_LIFE:
            raise InvalidClientError(description="The assertion lives too long.")

    def validate_jti(self, claims: Any, jti: object) -> bool:
        """Keep the proof, which is used up by the write that decides."""
        if not isinstance(jti, str) or not jti:
            return False
        self._request.proof = Nonce(f"openid.{self._mint.portal.id}.{claims['sub']}", jti, PROOFS_KEPT)
        return True
