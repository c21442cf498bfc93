"""The pages of `web/` as CloudFront serves them: the same headers, and the one document for every path of a page."""

from __future__ import annotations

import mimetypes
from collections.abc import Iterable
from pathlib import Path
from wsgiref.types import StartResponse, WSGIEnvironment

from werkzeug.security import safe_join
from werkzeug.wrappers import Request, Response

from local.template import HEADERS, Template

_NAMES = {
    "ContentSecurityPolicy": "Content-Security-Policy",
    "FrameOptions": "X-Frame-Options",
    "ReferrerPolicy": "Referrer-Policy",
}
"""Of the policy's own kinds of headers; HSTS means nothing over plain HTTP."""
_VALUES = ("ContentSecurityPolicy", "FrameOption", "ReferrerPolicy")
_OTHERS = ("/v1", "/docs", "/openapi.json", "/outbox", "/_local", "/favicon.ico")
"""What is answered by the functions and by the local doors."""
CSP_PATH = "/_local/csp"
"""Where browsers report what the policy refused; only here, so that tests see it."""
_TYPES = {".js": "text/javascript", ".css": "text/css", ".html": "text/html", ".svg": "image/svg+xml"}


class Web:
    """The WSGI application of the pages.

    Args:
        folder: the pages.
        headers: those of the distribution's policy.
    """

    def __init__(self, folder: Path, headers: dict[str, str]) -> None:
        self._folder = folder
        self._headers = dict(headers)
        if policy := self._headers.get("Content-Security-Policy"):
            self._headers["Content-Security-Policy"] = f"{policy}; report-uri {CSP_PATH}"

    def has(self, path: str) -> bool:
        """Tell whether a path is a page's or a file's of the pages."""
        return not any(path == other or path.startswith(f"{other}/") for other in _OTHERS) and self._folder.is_dir()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request."""
        request = Request(environ)
        return self._answer(request)(environ, start_response)

    def _answer(self, request: Request) -> Response:
        if request.method not in ("GET", "HEAD"):
            return self._refuse(405)
        name = page_or_file(request.path)
        found = safe_join(str(self._folder), name.lstrip("/"))
        path = Path(found) if found else None
        if path is None or not path.is_file():
            return self._refuse(404)
        kind = _TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
        text = kind.startswith("text/") or kind.endswith("+xml")
        response = Response(path.read_bytes(), content_type=f"{kind}; charset=utf-8" if text else kind)
        response.headers.extend(self._headers)
        response.headers["Cache-Control"] = "no-cache"
        response.add_etag()
        return response.make_conditional(request)

    def _refuse(self, status: int) -> Response:
        return Response("", status, headers=self._headers)


def page_or_file(path: str) -> str:
    """Return the file of a path: as the distribution's function does, a path whose last part has no dot is a page."""
    return path if "." in path.rpartition("/")[2] else "/index.html"


def headers_of(template: Template) -> dict[str, str]:
    """Return what the distribution adds to every page: nothing, where a template has none."""
    headers: dict[str, str] = {}
    for policy in template.of_type(HEADERS):
        said = policy.properties["ResponseHeadersPolicyConfig"]
        for kind, one in said["SecurityHeadersConfig"].items():
            if kind in _NAMES:
                headers[_NAMES[kind]] = str(next(one[name] for name in _VALUES if name in one))
            elif kind == "ContentTypeOptions":
                headers["X-Content-Type-Options"] = "nosniff"
        headers |= {item["Header"]: item["Value"] for item in said["CustomHeadersConfig"]["Items"]}
    return headers
