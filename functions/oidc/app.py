"""Oidc: the portals as OpenID providers of the systems that their accounts open."""

from typing import Any

from ventanilla.schemas.openid import Answered, AskedOut, KeySet, LoggedOut, SentOn
from ventanilla.usecases.openid_mint import Mint
from ventanilla.web import Reply, by_session, create_app, openid, openid_answers, public, takes_form, takes_form_or_json
from ventanilla.wiring import services

app = create_app(services)
_ISSUER = "/v1/portals/<portal>"


@app.get(f"{_ISSUER}/.well-known/openid-configuration")
@public
def get_configuration(portal: str) -> dict[str, Any]:
    """Return what the provider says of itself (OpenID Connect Discovery)."""
    return openid.metadata(_mint(portal))


@app.get(f"{_ISSUER}/jwks")
@public
def get_jwks(portal: str) -> KeySet:
    """Return the public keys of ID tokens, those that signed until a week ago included."""
    return KeySet(keys=_mint(portal).signing.public_keys())


@app.get(f"{_ISSUER}/authorize", status_code=302)
@public
def get_authorize(portal: str) -> Reply[None]:
    """Lead to the page that asks the person, or with `prompt=none` back to the client at once."""
    return openid_answers.authorize(app, _mint(portal), services().settings.base_url, services().slots)


@app.get(f"{_ISSUER}/authorize/request")
@public
def get_authorize_request(portal: str) -> AskedOut:
    """Return what that page asks, of whom, and what comes first; it takes the query that the page was called with."""
    return openid_answers.asked(app, _mint(portal), services().slots)


@app.post(f"{_ISSUER}/authorize")
@by_session()
def post_authorize(portal: str, answered: Answered) -> SentOn:
    """Agree or decline; the answer says where the browser goes."""
    return openid_answers.answered(app, answered, _mint(portal), services().slots)


@app.post(f"{_ISSUER}/token")
@public
@takes_form
def post_token(portal: str) -> Reply[dict[str, Any]]:
    """Exchange a code or refresh token for tokens (RFC 6749)."""
    return openid_answers.token(app, _mint(portal), services().slots)


@app.get(f"{_ISSUER}/userinfo")
@public
def get_userinfo(portal: str) -> dict[str, Any]:
    """Return what an access token lets its bearer know of a person."""
    return openid_answers.claims(app, _mint(portal))


@app.post(f"{_ISSUER}/userinfo")
@public
@takes_form_or_json
def post_userinfo(portal: str) -> dict[str, Any]:
    """Return the same."""
    return openid_answers.claims(app, _mint(portal))


@app.post(f"{_ISSUER}/revoke")
@public
@takes_form
def post_revoke(portal: str) -> Reply[dict[str, Any]]:
    """End what a token was issued in (RFC 7009)."""
    return openid_answers.revocation(app, _mint(portal), services().slots)


@app.get(f"{_ISSUER}/logout", status_code=302)
@public
def get_logout(portal: str) -> Reply[None]:
    """Lead to the page that asks whether to sign out (RP-initiated logout)."""
    return openid_answers.logout_page(app, _mint(portal), services().settings.base_url)


@app.post(f"{_ISSUER}/logout")
@public
@takes_form_or_json
def post_logout(portal: str) -> Reply[LoggedOut | None]:
    """End the session of who presses there; a form of a client's leads to the page instead."""
    return openid_answers.log_out(app, _mint(portal), services())


def _mint(portal: str) -> Mint:
    return services().mint(portal)
