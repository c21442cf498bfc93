"""OpenID Connect over HTTP: queries and forms come in, redirects, tokens and the standard's errors go out."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode

from ventanilla.domain.errors import ClientRefused, Invalid, SignOnRefused
from ventanilla.domain.openid import AuthorizationRequest
from ventanilla.domain.openid_clients import SCOPES
from ventanilla.usecases.openid import asked_at, client_of, mark
from ventanilla.usecases.openid_mint import Mint
from ventanilla.web.errors import MalformedBody

if TYPE_CHECKING:
    from ventanilla.web.openid_server import Parameters

_MOST_PARAMETERS = 50
_LONGEST = {"nonce": 255, "state": 2000, "login_hint": 200}
_PROMPTS = frozenset({"none", "login", "consent", "select_account"})
_ONCE = (
    *("response_type", "client_id", "redirect_uri", "scope", "state", "nonce", "prompt", "max_age", "acr_values"),
    *("code_challenge", "code_challenge_method", "login_hint", "ui_locales", "asked"),
)


class SentBack(Exception):
    """The browser goes back to the client at once, at an address that is the client's own."""

    def __init__(self, location: str) -> None:
        super().__init__("sent back")
        self.location = location


def parameters_of(text: str) -> Parameters:
    """Return the parameters of a query or form.

    Raises:
        MalformedBody: there are too many.
    """
    try:
        return parse_qsl(text, keep_blank_values=True, max_num_fields=_MOST_PARAMETERS, errors="strict")
    except ValueError:
        raise MalformedBody from None


def read_authorization(parameters: Parameters, mint: Mint, server: Any) -> AuthorizationRequest:
    """Return what a client asks for.

    Raises:
        ClientRefused: the client or the address is unknown: nobody is sent there.
        SentBack: the rest does not fit, and the client is told.
    """
    from ventanilla.web.openid_server import OAuth2Error

    data = dict(reversed(parameters))
    client = client_of(mint.portal, data.get("client_id"))
    target = data.get("redirect_uri")
    twice = {name for name in _ONCE if sum(one == name for one, _ in parameters) > 1}
    if client is None or not target or not client.leads_to(target) or twice & {"client_id", "redirect_uri"}:
        raise ClientRefused
    try:
        if data.get("response_type", "code") not in ("code", ""):  # authlib repeats it, and fails where it is not ASCII
            raise Invalid("unsupported_response_type")
        grant = server.get_consent_grant(server.request("GET", "/authorize", parameters, {}))
        more = _more(data, twice)
    except OAuth2Error as error:
        raise SentBack(location_of(target, {"error": error.error}, data.get("state"), mint)) from None
    except Invalid as invalid:
        raise SentBack(location_of(target, {"error": invalid.code}, data.get("state"), mint)) from None
    return AuthorizationRequest(
        client=client,
        redirect_uri=target,
        scopes=tuple(scope for scope in SCOPES if scope in grant.request.scope.split()),
        challenge=data["code_challenge"],
        state=data.get("state"),
        nonce=data.get("nonce"),
        login_hint=data.get("login_hint"),
        asked_at=asked_at(parameters, data.get("asked"), keys=mint.keys, clock=mint.clock),
        **more,
    )


def page_query(parameters: Parameters, mint: Mint) -> str:
    """Return the query that the page is called with: what was asked, and when."""
    plain = [pair for pair in parameters if pair[0] != "asked"]
    return urlencode([*plain, ("asked", mark(plain, keys=mint.keys, clock=mint.clock))])


def code_location(request: AuthorizationRequest, code: str, mint: Mint) -> str:
    """Return where the browser takes a code to."""
    return location_of(request.redirect_uri, {"code": code}, request.state, mint)


def error_location(request: AuthorizationRequest, refused: SignOnRefused, mint: Mint) -> str:
    """Return where the browser takes a refusal to."""
    return location_of(request.redirect_uri, {"error": refused.error}, request.state, mint)


def location_of(target: str, told: dict[str, str], state: str | None, mint: Mint) -> str:
    """Return an address of a client with what it is told, and by whom (RFC 9207)."""
    more = {**told, **({"state": state} if state is not None else {}), "iss": mint.issuer}
    return f"{target}{'&' if '?' in target else '?'}{urlencode(more)}"


def metadata(mint: Mint) -> dict[str, Any]:
    """Return what the provider says of itself (OpenID Connect Discovery, RFC 8414)."""
    issuer = mint.issuer
    methods = ["private_key_jwt", "none"]
    return {
        "issuer": issuer,
        "authorization_endpoint": f"{issuer}/authorize",
        "token_endpoint": f"{issuer}/token",
        "userinfo_endpoint": f"{issuer}/userinfo",
        "jwks_uri": f"{issuer}/jwks",
        "revocation_endpoint": f"{issuer}/revoke",
        "end_session_endpoint": f"{issuer}/logout",
        "scopes_supported": list(SCOPES),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "refresh_token"],
        "code_challenge_methods_supported": ["S256"],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": ["RS256", "ES256"],
        "token_endpoint_auth_methods_supported": methods,
        "token_endpoint_auth_signing_alg_values_supported": ["RS256", "ES256"],
        "revocation_endpoint_auth_methods_supported": methods,
        "revocation_endpoint_auth_signing_alg_values_supported": ["RS256", "ES256"],
        "acr_values_supported": ["self_asserted", "proven", "second_factor"],
        "prompt_values_supported": ["none", "login", "consent"],
        "claims_supported": [
            *("sub", "iss", "aud", "iat", "exp", "auth_time", "nonce", "acr", "amr", "sid", "at_hash"),
            *("portal", "name", "grants", "email", "email_verified", "national_id", "national_id_kind"),
        ],
        "ui_locales_supported": ["es", "en"],
        "claims_parameter_supported": False,
        "request_parameter_supported": False,
        "request_uri_parameter_supported": False,
        "authorization_response_iss_parameter_supported": True,
        "backchannel_logout_supported": True,
        "backchannel_logout_session_supported": True,
    }


def _more(data: dict[str, str], twice: set[str]) -> dict[str, Any]:
    """Return what OpenID Connect adds, or raise Invalid with the standard's error."""
    for name in ("request", "request_uri", "registration"):
        if name in data:
            raise Invalid(f"{name}_not_supported")
    prompt = tuple(data.get("prompt", "").split())
    too_long = any(len(data.get(name, "")) > longest for name, longest in _LONGEST.items())
    wrong_prompt = not set(prompt) <= _PROMPTS or ("none" in prompt and len(prompt) > 1)
    max_age = data.get("max_age")
    wrong_age = max_age is not None and not (max_age.isascii() and max_age.isdecimal() and len(max_age) < 9)
    if twice or too_long or wrong_prompt or wrong_age or data.get("response_mode", "query") != "query":
        raise Invalid("invalid_request")
    return {
        "prompt": prompt,
        "max_age": timedelta(seconds=int(max_age)) if max_age is not None else None,
        "acr_values": tuple(data.get("acr_values", "").split()),
        "ui_locales": tuple(one.lower()[:2] for one in data.get("ui_locales", "").split()),
    }
