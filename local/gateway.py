"""The HTTP API in front of the functions, with API Gateway's own limits and words."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any
from wsgiref.types import StartResponse, WSGIEnvironment

from werkzeug.exceptions import HTTPException
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server
from werkzeug.wrappers import Request, Response

from local.payload import BadAnswer, split_target, to_event, to_response
from local.routes import Router
from local.runtime import InvocationFailed, Overloaded

if TYPE_CHECKING:
    import socket

MAX_BODY = 10 * 1024 * 1024  # bytes
MAX_HEADERS = 10_240  # bytes of request line and header values together
MAX_EVENT = MAX_ANSWER = 6 * 1024 * 1024 + 100  # bytes that Lambda takes and gives

log = logging.getLogger("local.gateway")
Invoke = Callable[[str, Any], Any]
WSGIApp = Callable[[WSGIEnvironment, StartResponse], Iterable[bytes]]


class GatewayRequest(Request):
    """A request whose body ends at the gateway's limit."""

    max_content_length = MAX_BODY


class Gateway:
    """The WSGI application of the HTTP API."""

    def __init__(self, router: Router, invoke: Invoke) -> None:
        self._router, self._invoke = router, invoke

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request, with one line in the log at level DEBUG."""
        request = GatewayRequest(environ)
        began = time.perf_counter()
        response = self._answer(request)
        path = split_target(request)[0]
        log.debug("%s %s %s %.1f ms", request.method, path, response.status_code, (time.perf_counter() - began) * 1e3)
        return response(environ, start_response)

    def _answer(self, request: GatewayRequest) -> Response:
        sent = (
            len(request.method) + len(request.environ["REQUEST_URI"]) + sum(len(value) for _, value in request.headers)
        )
        if sent > MAX_HEADERS:
            return message(431, "Request Header Fields Too Large")
        try:
            body = request.get_data(cache=False)
        except HTTPException as error:
            return message(error.code or 400, error.name)
        match = self._router.match(request.method, split_target(request)[0])
        if match is None:
            return message(404, "Not Found")
        event = to_event(request, body, match)
        if len(json.dumps(event)) > MAX_EVENT:
            return message(413, "Request Entity Too Large")
        try:
            answer = self._invoke(match.route.function, event)
            if len(json.dumps(answer)) > MAX_ANSWER:
                raise BadAnswer(f"{match.route.function} answered more than Lambda hands over")
            response = to_response(answer)
        except Overloaded:
            return message(503, "Service Unavailable")
        except (InvocationFailed, BadAnswer) as error:
            log.debug("%s: %s", match.route.function, error)
            return message(500, "Internal Server Error")
        response.headers["Apigw-Requestid"] = event["requestContext"]["requestId"]
        return response


def message(status: int, text: str) -> Response:
    """Build an answer of the gateway's own."""
    return Response(json.dumps({"message": text}), status, content_type="application/json")


class _Handler(WSGIRequestHandler):
    """Quiet, and JSON for what is refused before there is a request."""

    disable_nagle_algorithm = True
    error_message_format = '{"message": "%(message)s"}'
    error_content_type = "application/json"

    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002  # werkzeug's name
        """Hand what werkzeug says to the log; its access lines are the gateway's."""
        if type != "info":
            logging.getLogger("local").error(message, *args)


def serve(listener: socket.socket, app: WSGIApp) -> BaseWSGIServer:
    """Make a threaded server on a socket that listens already."""
    host, port = listener.getsockname()[:2]
    return make_server(host, port, app, threaded=True, request_handler=_Handler, fd=listener.fileno())
