"""The OAuth server of authlib over our requests: who asks, for what, by which proof; the rest is the use cases'."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from authlib.oauth2.rfc6749 import AuthorizationServer, InvalidScopeError, OAuth2Error
from authlib.oauth2.rfc6749.errors import InvalidClientError, InvalidGrantError, InvalidRequestError
from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant, RefreshTokenGrant
from authlib.oauth2.rfc7009 import RevocationEndpoint
from authlib.oauth2.rfc7636 import CodeChallenge

from ventanilla.domain.errors import SignOnRefused
from ventanilla.domain.openid import CODE, REFRESH, Family
from ventanilla.usecases.openid import client_of
from ventanilla.usecases.openid_mint import Mint
from ventanilla.usecases.openid_tokens import exchange, revoke, shown
from ventanilla.usecases.ports import Slots
from ventanilla.web.openid_requests import METHODS, ClientModel, ClientProof, OpenidRequest, Parameters

_ONCE = ("code", "refresh_token", "grant_type", "client_id", "redirect_uri", "code_verifier", "scope", "token")
_ERRORS = {"invalid_client": InvalidClientError, "invalid_grant": InvalidGrantError}


class _Shown:
    """A code or refresh token, as authlib asks for it."""

    def __init__(self, family: Family) -> None:
        self.family = family
        self.code_challenge, self.code_challenge_method = family.challenge, "S256"

    def get_redirect_uri(self) -> str:
        return self.family.redirect_uri

    def get_scope(self) -> str:
        return " ".join(self.family.scopes)

    def check_client(self, client: ClientModel) -> bool:
        return self.family.client == client.client.id


class _Pkce(CodeChallenge):  # type: ignore[misc]  # authlib has no types
    """S256, and nothing else."""

    SUPPORTED_CODE_CHALLENGE_METHOD = ("S256",)

    def validate_code_challenge(self, grant: Any, redirect_uri: str) -> None:
        data = grant.request.payload.data
        if not data.get("code_challenge") or data.get("code_challenge_method") != "S256":
            raise InvalidRequestError("PKCE is needed: 'code_challenge', and 'code_challenge_method' S256.")
        super().validate_code_challenge(grant, redirect_uri)


class _CodeGrant(AuthorizationCodeGrant):  # type: ignore[misc]  # authlib has no types
    TOKEN_ENDPOINT_AUTH_METHODS = METHODS

    def query_authorization_code(self, code: str, client: ClientModel) -> _Shown:
        return _Shown(_standard(lambda: shown(code, CODE, client.client, self.server.mint)))

    def authenticate_user(self, authorization_code: _Shown) -> _Shown:
        return authorization_code

    def save_token(self, token: dict[str, Any]) -> None:
        self.server.exchange(token, self.request)

    def delete_authorization_code(self, authorization_code: _Shown) -> None:
        """Do nothing: it has been used up by then."""


class _RefreshGrant(RefreshTokenGrant):  # type: ignore[misc]  # authlib has no types
    TOKEN_ENDPOINT_AUTH_METHODS = METHODS

    def authenticate_refresh_token(self, refresh_token: str) -> _Shown:
        client = self.request.client.client
        return _Shown(_standard(lambda: shown(refresh_token, REFRESH, client, self.server.mint)))

    def authenticate_user(self, refresh_token: _Shown) -> _Shown:
        self.request.user = refresh_token
        return refresh_token

    def save_token(self, token: dict[str, Any]) -> None:
        self.server.exchange(token, self.request)

    def revoke_old_credential(self, refresh_token: _Shown) -> None:
        """Do nothing: it has been used up by then."""


class _Revocation(RevocationEndpoint):  # type: ignore[misc]  # authlib has no types
    CLIENT_AUTH_METHODS = METHODS

    def authenticate_token(self, request: OpenidRequest, client: ClientModel) -> str:
        self.check_params(request, client)
        self.server.use_proof(request)
        return str(request.form["token"])

    def revoke_token(self, token: str, request: OpenidRequest) -> None:
        revoke(token, request.client.client, self.server.mint)


class Server(AuthorizationServer):  # type: ignore[misc]  # authlib has no types
    """The server of one portal, for one request."""

    def __init__(self, mint: Mint, slots: Slots) -> None:
        super().__init__()
        self.mint, self._slots = mint, slots
        self.register_token_generator("default", self._generate)
        self.register_grant(_CodeGrant, [_Pkce(required=True)])
        self.register_grant(_RefreshGrant)
        self.register_endpoint(_Revocation)

    def query_client(self, client_id: str) -> ClientModel | None:
        """Return a registered system."""
        client = client_of(self.mint.portal, client_id)
        return ClientModel(client) if client else None

    def create_oauth2_request(self, request: OpenidRequest) -> OpenidRequest:
        """Return the request, which is one already."""
        return request

    def handle_response(self, status: int, body: Any, headers: Any) -> tuple[int, dict[str, Any], dict[str, str]]:
        """Return status, body and headers; cookies and caching are ours."""
        told = {name.lower(): value for name, value in headers if name.lower() in ("www-authenticate", "location")}
        return status, body if isinstance(body, dict) else json.loads(body or "{}"), told

    def send_signal(self, name: str, *args: Any, **kwargs: Any) -> None:
        """Tell nobody."""

    def request(self, method: str, path: str, parameters: Parameters, headers: Mapping[str, str]) -> OpenidRequest:
        """Return a request in authlib's form, whose client may prove itself by a signature."""
        made = OpenidRequest(method, f"{self.mint.issuer}{path}", parameters, headers)
        self.register_client_auth_method("private_key_jwt", ClientProof(self.mint, made))
        return made

    def token(self, request: OpenidRequest) -> tuple[int, dict[str, Any], dict[str, str]]:
        """Answer at the token endpoint."""
        return self._once(request) or self.create_token_response(request)

    def revocation(self, request: OpenidRequest) -> tuple[int, dict[str, Any], dict[str, str]]:
        """Answer at the revocation endpoint."""
        return self._once(request) or self.create_endpoint_response("revocation", request)

    def exchange(self, token: dict[str, Any], request: OpenidRequest) -> None:
        """Use up what was shown; what follows from it takes the place of what authlib has made."""
        family, scopes = request.user.family, tuple(token["scope"].split())
        client = request.client.client
        made = _standard(lambda: exchange(family, scopes, client, self.mint, proof=request.proof))
        token.clear()
        token.update(made)

    def use_proof(self, request: OpenidRequest) -> None:
        """Use up a client's proof where no other write does."""
        if request.proof and not self._slots.use_nonce(request.proof, self._now()):
            raise InvalidClientError(description="JWT ID is used before.")

    def _now(self) -> datetime:
        return self.mint.clock.now()

    def _once(self, request: OpenidRequest) -> tuple[int, dict[str, Any], dict[str, str]] | None:
        """Refuse what is said several times (RFC 6749 §3.2)."""
        if any(len(request.payload.datalist.get(name, ())) > 1 for name in _ONCE):
            error = InvalidRequestError("A parameter is there several times.")
            return self.handle_error_response(request, error)  # type: ignore[no-any-return]
        return None

    @staticmethod
    def _generate(**made: Any) -> dict[str, Any]:
        """Return what authlib carries until the real tokens are made."""
        scope = made["scope"]
        if "openid" not in scope.split():
            raise InvalidScopeError
        return {"scope": scope}


def _standard(act: Any) -> Any:
    """Do something; a refusal becomes the standard's error."""
    try:
        return act()
    except SignOnRefused as refused:
        raise _ERRORS[refused.error] from None


__all__ = ["OAuth2Error", "Parameters", "Server"]
