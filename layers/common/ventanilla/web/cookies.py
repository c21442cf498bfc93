"""Cookies: the session's, and the one that makes a device known."""

from __future__ import annotations

from datetime import datetime, timedelta
from urllib.parse import urlsplit

from aws_lambda_powertools.shared.cookies import Cookie, SameSite

from ventanilla.domain.errors import CrossOrigin
from ventanilla.web.request import Request

_DEVICE_KNOWN = timedelta(days=365)
_CHANGES = ("POST", "PUT", "PATCH", "DELETE")


class Cookies:
    """Names and attributes follow from whether the public address is https."""

    def __init__(self, base_url: str) -> None:
        parts = urlsplit(base_url)
        self._origin = f"{parts.scheme}://{parts.netloc}"
        self._secure = parts.scheme == "https"
        prefix = "__Host-" if self._secure else ""
        self.session_name = f"{prefix}session"
        self.device_name = f"{prefix}device"

    def session(self, token: str, expires_at: datetime) -> Cookie:
        """Return the cookie that bears a session."""
        return self._cookie(self.session_name, token, expires=expires_at)

    def no_session(self) -> Cookie:
        """Return the cookie that takes the session's place when it has ended."""
        return self._cookie(self.session_name, "", max_age=0)

    def device(self, token: str) -> Cookie:
        """Return the cookie that makes a device known."""
        return self._cookie(self.device_name, token, max_age=int(_DEVICE_KNOWN.total_seconds()))

    def session_token(self, request: Request) -> str | None:
        """Return the token that a request shows, as bearer or by cookie.

        Raises:
            CrossOrigin: a change is borne by the cookie, and not from a page of ours.
        """
        if request.bearer:
            return request.bearer
        token = request.cookies.get(self.session_name)
        if token and request.method in _CHANGES and not self._is_ours(request):
            raise CrossOrigin
        return token

    def _is_ours(self, request: Request) -> bool:
        """Tell whether the browser says that one of our pages makes the request; each thing it says must fit."""
        site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
        return bool(site or origin) and site in (None, "same-origin") and origin in (None, self._origin)

    def _cookie(self, name: str, value: str, *, max_age: int | None = None, expires: datetime | None = None) -> Cookie:
        return Cookie(
            name,
            value,
            path="/",
            secure=self._secure,
            http_only=True,
            same_site=SameSite.LAX_MODE,
            max_age=max_age,
            expires=expires,
        )
