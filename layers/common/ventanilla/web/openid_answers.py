"""What the provider's routes answer: the pages' questions in JSON, the standard's answers as it wants them."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from ventanilla.domain.errors import ClientRefused, SignOnRefused
from ventanilla.schemas.openid import Answered, AskedOut, LoggedOut, Logout, SentOn
from ventanilla.usecases import openid_logout as logout
from ventanilla.usecases.openid import answer, ask
from ventanilla.usecases.openid_logout import read_logout
from ventanilla.usecases.openid_mint import Mint
from ventanilla.usecases.openid_tokens import userinfo
from ventanilla.usecases.ports import Slots
from ventanilla.web.app import App, Services
from ventanilla.web.openid import (
    SentBack,
    code_location,
    error_location,
    page_query,
    parameters_of,
    read_authorization,
)
from ventanilla.web.openid_server import Parameters, Server
from ventanilla.web.request import FORM
from ventanilla.web.responses import Reply, redirect, reply

_NOTHING_ELSE = {"pragma": "no-cache"}
_LONGEST = 7500
"""Characters of a query that is sent on: gateways carry 10,240 bytes of headers at most, and pages hand on 8,000."""


def authorize(app: App, mint: Mint, base_url: str, slots: Slots) -> Reply[None]:
    """Lead to the page that asks, or with `prompt=none` back at once; whom we do not know is led nowhere."""
    parameters = _sent_on(parameters_of(_raw_query(app)))
    try:
        request = read_authorization(parameters, mint, Server(mint, slots))
    except SentBack as back:
        return redirect(back.location)
    if "none" not in request.prompt:
        return redirect(f"{base_url}/{mint.portal.id}/authorize?{page_query(parameters, mint)}")
    marked = parameters_of(page_query(parameters, mint))  # asked now: `max_age` counts from here
    request = read_authorization(marked, mint, Server(mint, slots))
    try:
        code = answer(request, app.find_session(), approve=None, mint=mint)
    except SignOnRefused as refused:
        return redirect(error_location(request, refused, mint))
    return redirect(code_location(request, code, mint))


def asked(app: App, mint: Mint, slots: Slots) -> AskedOut:
    """Return what the page asks; a query that `authorize` would not have led here with is refused."""
    try:
        request = read_authorization(parameters_of(_raw_query(app)), mint, Server(mint, slots))
    except SentBack:
        raise ClientRefused from None
    return ask(request, app.find_session(), mint.portal, app.request_in.locale, sign_ons=mint.sign_ons)


def answered(app: App, given: Answered, mint: Mint, slots: Slots) -> SentOn:
    """Return where the person goes on: with a code, or with the reason why there is none."""
    try:
        request = read_authorization(parameters_of(given.query), mint, Server(mint, slots))
    except SentBack as back:
        return SentOn(redirect_to=back.location)
    try:
        code = answer(request, app.session, approve=given.approve, mint=mint)
    except SignOnRefused as refused:
        return SentOn(redirect_to=error_location(request, refused, mint))
    return SentOn(redirect_to=code_location(request, code, mint))


def token(app: App, mint: Mint, slots: Slots) -> Reply[dict[str, Any]]:
    """Answer at the token endpoint."""
    server = Server(mint, slots)
    return _told(server.token(server.request("POST", "/token", _form(app), app.request_in.headers)))


def revocation(app: App, mint: Mint, slots: Slots) -> Reply[dict[str, Any]]:
    """Answer at the revocation endpoint."""
    server = Server(mint, slots)
    return _told(server.revocation(server.request("POST", "/revoke", _form(app), app.request_in.headers)))


def claims(app: App, mint: Mint) -> dict[str, Any]:
    """Return what the access token of a request lets its bearer know."""
    return userinfo(app.request_in.bearer, mint)


def logout_page(app: App, mint: Mint, base_url: str) -> Reply[None]:
    """Lead to the page that asks whether to sign out."""
    return redirect(_logout_page(parameters_of(_raw_query(app)), mint, base_url))


def log_out(app: App, mint: Mint, services: Services) -> Reply[Any]:
    """End the session of who presses on that page, and say where they go; a client's form leads to the page."""
    if app.request_in.media_type == FORM.media_type:
        page = redirect(_logout_page(_form(app), mint, services.settings.base_url))
        page.status_code = 303
        return page
    wanted = Logout.model_validate(app.request_in.json if app.request_in.raw_body else {})
    query = dict(reversed(parameters_of(wanted.query)))
    request = read_logout(query, mint.portal, issuer=mint.issuer, signing=mint.signing)
    current = app.find_session()
    target = logout.log_out(
        request, current, portals=services.portals, sessions=services.sessions, clock=services.clock
    )
    return reply(LoggedOut(redirect_to=target), cookies=[app.cookies.no_session()])


def _logout_page(parameters: Parameters, mint: Mint, base_url: str) -> str:
    read_logout(dict(reversed(_sent_on(parameters))), mint.portal, issuer=mint.issuer, signing=mint.signing)
    return f"{base_url}/{mint.portal.id}/logout?{urlencode(parameters)}"


def _sent_on(parameters: Parameters) -> Parameters:
    """Return what goes on in an address, or raise ClientRefused: written out it may be three times as long."""
    if len(urlencode(parameters)) > _LONGEST:
        raise ClientRefused
    return parameters


def _raw_query(app: App) -> str:
    return app.request_in.target.partition("?")[2]


def _form(app: App) -> list[tuple[str, str]]:
    return parameters_of(app.request_in.raw_body.decode("utf-8", errors="replace"))


def _told(answer: tuple[int, dict[str, Any], dict[str, str]]) -> Reply[dict[str, Any]]:
    status, body, headers = answer
    return reply(body, status, headers={**_NOTHING_ELSE, **headers})
