"""What only the local site has: the outbox, the clock, and what browsers report of the pages' policy."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Iterable
from http import HTTPStatus
from ipaddress import ip_address
from typing import Any
from wsgiref.types import StartResponse, WSGIEnvironment

from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Request, Response

from local import pages
from local.clock import Clock, as_text
from local.outbox import Outbox

_MAX_BODY = 10_000  # bytes
_REPORTS = 1_000  # kept of what browsers report


class Problem(Exception):
    """A refusal, told as problem+json."""

    def __init__(self, status: int, slug: str, detail: str, field: str | None = None) -> None:
        super().__init__(detail)
        self.status, self.slug, self.detail, self.field = status, slug, detail, field


class Doors:
    """The WSGI application of `/_local/*` and `/outbox`.

    Args:
        outbox: the mails.
        clock: of every function.
        advance: moves the clock and wakes what is due.
        settle: waits until everything is done that was set off before.
    """

    def __init__(
        self, outbox: Outbox, clock: Clock, advance: Callable[[float], Any], settle: Callable[[], None]
    ) -> None:
        self._outbox, self._clock, self._advance, self._settle = outbox, clock, advance, settle
        self._refused: deque[object] = deque(maxlen=_REPORTS)

    @staticmethod
    def has(path: str) -> bool:
        """Tell whether a path is one of these."""
        return path == "/outbox" or path.startswith(("/_local/", "/outbox/"))

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request."""
        request = Request(environ)
        request.max_content_length = _MAX_BODY
        try:
            response = self._answer(request)
        except Problem as problem:
            response = _tell(problem)
        except HTTPException as error:
            response = _tell(Problem(error.code or 400, "request", error.description or error.name))
        response.headers["Cache-Control"] = "no-store"
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response(environ, start_response)

    def _answer(self, request: Request) -> Response:  # noqa: C901  # a table of what there is
        if not _is_loopback(request.host):  # else another site's page could ask in the guise of its own host
            raise Problem(403, "host", "these pages are for this machine only")
        reading = request.method in ("GET", "HEAD")
        match request.path.strip("/").split("/"):
            case ["_local", "outbox"] if reading:
                return _json({"items": [mail.as_item() for mail in self._outbox.mails(request.args.get("to"))]})
            case ["_local", "clock"] if reading:
                return self._time()
            case ["_local", "clock"] if request.method == "POST":
                self._move(request)
                return self._time()
            case ["_local", "settle"] if request.method == "POST":
                self._settle()
                return Response(status=204)
            case ["_local", "csp"] if reading:
                return _json({"items": list(self._refused)})
            case ["_local", "csp"] if request.method == "POST":
                self._note(request)
                return Response(status=204)
            case ["outbox"] if reading:
                to = request.args.get("to") or None
                return pages.outbox(self._outbox.mails(to), to or "")
            case ["outbox", "style.css"] if reading:
                return pages.style()
            case ["outbox", mail_id] if reading and (mail := self._outbox.mail(mail_id)):
                return pages.mail(mail)
            case ["outbox", mail_id, "html"] if reading and (mail := self._outbox.mail(mail_id)):
                return pages.mail_html(mail)
        if request.path in ("/_local/outbox", "/_local/clock", "/_local/csp", "/_local/settle", "/outbox"):
            raise Problem(405, "method", f"{request.method} is not for this path")
        raise Problem(404, "not-found", "there is nothing here")

    def _note(self, request: Request) -> None:
        """Keep what a browser says that the pages' policy refused."""
        if request.mimetype != "application/csp-report":
            raise Problem(415, "content-type", "send application/csp-report")
        try:
            report = json.loads(request.get_data())
        except ValueError as error:
            raise Problem(400, "malformed", "the body is not JSON") from error
        self._refused.append(report)

    def _time(self) -> Response:
        return _json({"now": as_text(self._clock.now()), "offset": self._clock.offset})

    def _move(self, request: Request) -> None:
        # a page of another site cannot send this type without being asked first
        if request.mimetype != "application/json":
            raise Problem(415, "content-type", "send application/json")
        try:
            body = json.loads(request.get_data())
        except ValueError as error:
            raise Problem(400, "malformed", "the body is not JSON") from error
        if not isinstance(body, dict) or set(body) != {"advance"}:
            raise Problem(422, "validation", "send {advance: seconds}", "advance")
        seconds = body["advance"]
        if isinstance(seconds, bool) or not isinstance(seconds, int | float):
            raise Problem(422, "validation", "advance is a number of seconds", "advance")
        try:
            self._advance(seconds)
        except ValueError as error:
            raise Problem(422, "validation", str(error), "advance") from error


def _is_loopback(host: str) -> bool:
    name = host.rpartition(":")[0] if host.rpartition(":")[2].isdecimal() else host
    try:
        return name == "localhost" or ip_address(name.strip("[]")).is_loopback
    except ValueError:
        return False


def _json(value: object) -> Response:
    return Response(json.dumps(value, ensure_ascii=False), content_type="application/json")


def _tell(problem: Problem) -> Response:
    body: dict[str, object] = {
        "type": f"urn:ventanilla:problem:{problem.slug}",
        "title": HTTPStatus(problem.status).phrase,
        "status": problem.status,
        "detail": problem.detail,
    }
    if problem.field is not None:
        body["errors"] = [{"field": problem.field, "code": "invalid", "message": problem.detail}]
    return Response(json.dumps(body), problem.status, content_type="application/problem+json")
