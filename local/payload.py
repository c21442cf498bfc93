"""Payload format 2.0 of HTTP APIs: a request becomes an event, a function's answer becomes a response."""

from __future__ import annotations

import base64
import json
import time
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, unquote

from werkzeug.wrappers import Request, Response

from local.cfn import ACCOUNT
from local.routes import Match

_TEXT = ("application/json", "application/xml", "application/javascript")
# The gateway writes these itself, whatever the function says
_OWN_HEADERS = {"connection", "content-length", "date", "keep-alive", "server", "transfer-encoding", "upgrade"}


class BadAnswer(Exception):
    """The function's answer is not one that the gateway can send."""


def split_target(request: Request) -> tuple[str, str]:
    """Return the path, decoded as HTTP APIs hand it over, and the query as it was sent."""
    target: str = request.environ["REQUEST_URI"]
    if not target.startswith("/"):  # the absolute form
        target = "/" + target.partition("://")[2].partition("/")[2]
    path, _, query = target.partition("?")
    return unquote(path), query


def to_event(request: Request, body: bytes, match: Match) -> dict[str, Any]:
    """Build the event of a request.

    Headers are lower-cased, cookies stand apart, the path is decoded (HTTP APIs decode `rawPath`, other than REST
    APIs and function URLs), and a body that is no text is in base 64.
    """
    path, query = split_target(request)
    host = request.headers.get("Host", "")
    source = request.remote_addr or "127.0.0.1"
    now = time.time()
    headers = {name.lower(): value for name, value in request.headers.items() if name.lower() != "cookie"}
    headers["x-amzn-trace-id"] = f"Root=1-{int(now):08x}-{uuid.uuid4().hex[:24]}"
    headers["x-forwarded-for"] = ", ".join(filter(None, [headers.get("x-forwarded-for"), source]))
    headers["x-forwarded-port"] = host.rpartition(":")[2] if ":" in host else "80"
    headers["x-forwarded-proto"] = "http"
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": match.route.key,
        "rawPath": path,
        "rawQueryString": query,
        "headers": headers,
        "requestContext": {
            "accountId": ACCOUNT,
            "apiId": "local",
            "domainName": host,
            "domainPrefix": host.partition(".")[0],
            "http": {
                "method": request.method,
                "path": path,
                "protocol": request.environ.get("SERVER_PROTOCOL", "HTTP/1.1"),
                "sourceIp": source,
                "userAgent": headers.get("user-agent", ""),
            },
            "requestId": base64.urlsafe_b64encode(uuid.uuid4().bytes)[:15].decode() + "=",
            "routeKey": match.route.key,
            "stage": "$default",
            "time": datetime.fromtimestamp(now, UTC).strftime("%d/%b/%Y:%H:%M:%S +0000"),
            "timeEpoch": int(now * 1000),
        },
        "isBase64Encoded": False,
    }
    if cookies := request.headers.get("Cookie"):
        event["cookies"] = [cookie.strip() for cookie in cookies.split(";") if cookie.strip()]
    if query:
        event["queryStringParameters"] = _parameters(query)
    if match.parameters:
        event["pathParameters"] = match.parameters
    if body:
        event["body"], event["isBase64Encoded"] = _encode(body, request.mimetype)
    return event


def _parameters(query: str) -> dict[str, str]:
    values: dict[str, list[str]] = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        values.setdefault(name, []).append(value)
    return {name: ",".join(items) for name, items in values.items()}


def _encode(body: bytes, media_type: str) -> tuple[str, bool]:
    if media_type.startswith("text/") or media_type in _TEXT or media_type.endswith(("+json", "+xml")):
        try:
            return body.decode(), False
        except UnicodeDecodeError:
            pass
    return base64.b64encode(body).decode(), True


def to_response(answer: Any) -> Response:
    """Build the response of an answer; one without a `statusCode` is the body itself, as JSON."""
    if not isinstance(answer, Mapping) or "statusCode" not in answer:
        text = answer if isinstance(answer, str) else json.dumps(answer)
        return Response(text, 200, content_type="application/json")
    try:
        response = Response(_body(answer), int(answer["statusCode"]))
        for name, value in (answer.get("headers") or {}).items():
            if name.lower() not in _OWN_HEADERS:
                response.headers[name] = json.dumps(value) if isinstance(value, bool) else str(value)
        for cookie in answer.get("cookies") or []:
            response.headers.add("Set-Cookie", str(cookie))
    except (TypeError, ValueError, AttributeError) as error:
        raise BadAnswer(f"{type(error).__name__}: {error}") from error
    return response


def _body(answer: Mapping[str, Any]) -> bytes:
    body = answer.get("body") or ""
    if not isinstance(body, str):
        raise BadAnswer("the body is not a string")
    return base64.b64decode(body, validate=True) if answer.get("isBase64Encoded") else body.encode()
