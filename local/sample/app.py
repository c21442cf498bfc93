"""The sample service's pages: sign in, see what the portal said, renew it, sign out."""

from __future__ import annotations

import secrets
from typing import Any
from urllib.parse import urlsplit

from authlib.integrations.base_client import OAuthError
from flask import Flask, Response, abort, flash, redirect, render_template, request, session
from joserfc.errors import JoseError
from requests import RequestException
from werkzeug.wrappers import Response as AnyResponse

from local.sample import logout, words
from local.sample.client import Registration, claims_at, entered, make_client, renew
from local.sample.visits import Visit, Visits

_BACK_CHANNEL = "/backchannel-logout"
_VISIT = "visit"
_MOST_BEGUN = 3
Page = tuple[str, int]


def create_app(registration: Registration) -> Flask:
    """Build the service."""
    app = Flask(__name__)
    app.config.update(
        SECRET_KEY=secrets.token_bytes(32),
        SESSION_COOKIE_NAME="muestra",  # cookies know no ports: `session` is the portal's
        SESSION_COOKIE_SAMESITE="Lax",
        TRUSTED_HOSTS=[urlsplit(registration.url).hostname],
        MAX_CONTENT_LENGTH=16_384,
    )
    app.jinja_env.globals.update(words=words)
    service = _Service(app, registration)
    app.before_request(service.same_origin)
    app.after_request(service.guard)
    app.get("/")(service.home)
    app.get("/login")(service.login)
    app.get("/callback")(service.callback)
    app.post("/refresh")(service.refresh)
    app.post("/logout")(service.logout)
    app.get("/signed-out")(service.signed_out)
    app.post(_BACK_CHANNEL)(service.ended)
    app.register_error_handler(OAuthError, lambda error: _failed(error.error))
    app.register_error_handler(JoseError, lambda _: _failed("id_token"))
    app.register_error_handler(ValueError, lambda _: _failed("id_token"))
    app.register_error_handler(RequestException, lambda _: _failed("unreachable", 502))
    return app


def _failed(error: str | None, status: int = 400) -> Page:
    return render_template("failed.html", reason=words.refusal(error), error=error), status


class _Service:
    """The routes, and what they share."""

    def __init__(self, app: Flask, registration: Registration) -> None:
        self._registration = registration
        self._portal, self._visits = make_client(app, registration), Visits()
        self._id_token = claims_at(registration.now)

    def same_origin(self) -> None:
        """Refuse what another site's page posts."""
        from_page = request.method == "POST" and request.path != _BACK_CHANNEL
        if from_page and request.headers.get("Origin") != self._registration.url:
            abort(403)

    def guard(self, response: Response) -> Response:
        """Let a page load and do only what these do."""
        portal = urlsplit(self._registration.issuer)
        response.headers["Content-Security-Policy"] = (
            f"default-src 'none'; style-src 'self'; form-action 'self' {portal.scheme}://{portal.netloc}; "
            "base-uri 'none'; frame-ancestors 'none'"
        )
        response.headers["Cache-Control"] = "no-store"
        response.headers["Referrer-Policy"] = "same-origin"  # and not `no-referrer`: a form's Origin would be null
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response

    def home(self) -> str:
        """Show what the portal said of who is signed in, or the way in."""
        visit = self._visit()
        if visit is None and session.pop(_VISIT, None):
            flash("Su sesión terminó en el portal, y por eso también aquí.")
        return render_template(
            "home.html", claims=visit.claims if visit else None, renews=visit and visit.refresh_token
        )

    def login(self) -> Any:
        """Send the browser to the portal; of those begun before and not ended, a cookie has room for few."""
        begun = sorted((name for name in session if name.startswith("_state_")), key=lambda name: session[name]["exp"])
        for name in begun[:-_MOST_BEGUN]:
            session.pop(name)
        return self._portal.authorize_redirect(f"{self._registration.url}/callback", ui_locales="es")

    def callback(self) -> AnyResponse | Page:
        """Take the browser back, with a code."""
        if request.args.get("iss") != self._registration.issuer:  # RFC 9207: whose answer is it?
            return _failed("issuer")
        self._visits.close(session.pop(_VISIT, None))
        session[_VISIT] = self._visits.open(entered(self._portal, self._id_token))
        return redirect("/", 303)

    def refresh(self) -> AnyResponse:
        """Ask the portal anew."""
        visit = self._visit()
        if visit is not None and visit.refresh_token is not None:
            try:
                renew(self._portal, visit, self._id_token)
                flash("Sus datos están al día.")
            except OAuthError:  # it was withdrawn, or its time is over
                self._visits.close(session[_VISIT])
        return redirect("/", 303)

    def logout(self) -> Any:
        """End the visit, and lead to the portal to end its session too."""
        visit, url = self._visit(), self._registration.url
        self._visits.close(session.pop(_VISIT, None))
        if visit is None:
            return redirect("/", 303)
        return self._portal.logout_redirect(f"{url}/signed-out", visit.id_token)

    def signed_out(self) -> AnyResponse:
        """Take the browser back that has signed out at the portal."""
        self._portal.validate_logout_response()
        flash("Usted salió de este servicio y del portal.")
        return redirect("/", 303)

    def ended(self) -> tuple[dict[str, str], int]:
        """End what the portal says has ended there."""
        try:
            ended = logout.read(
                request.form.get("logout_token", ""),
                lambda anew: self._portal.fetch_jwk_set(force=anew),
                issuer=self._registration.issuer,
                client_id=self._registration.client_id,
                now=self._registration.now(),
            )
        except (JoseError, ValueError) as error:
            return {"error": "invalid_request", "error_description": str(error)}, 400
        self._visits.end(ended.sub, ended.sid)
        return {}, 200

    def _visit(self) -> Visit | None:
        return self._visits.get(session.get(_VISIT))
