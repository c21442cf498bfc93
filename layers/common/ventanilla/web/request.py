"""A request as API Gateway's HTTP API hands it over (payload format 2.0)."""

from __future__ import annotations

import base64
import binascii
import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ventanilla.domain.batches import LARGEST_AT_ONCE
from ventanilla.domain.documents import LARGEST_PDF, DocumentTooLarge
from ventanilla.domain.errors import VentanillaError
from ventanilla.web.errors import BatchTooLarge, MalformedBody, TooLarge, UnsupportedMediaType


@dataclass(frozen=True, slots=True)
class Body:
    """What a route takes: a type, and so many bytes at most; more are refused with an error of its own."""

    media_type: str
    largest: int
    too_large: Callable[[], VentanillaError]


JSON = Body("application/json", 64 * 1024, TooLarge)
"""What a route takes unless it says otherwise (security.md, 27)."""
PDF = Body("application/pdf", LARGEST_PDF, DocumentTooLarge)
LINES = tuple(
    Body(media_type, LARGEST_AT_ONCE, BatchTooLarge) for media_type in ("application/x-ndjson", "application/jsonl")
)
"""JSON Lines, which have no type of their own that is registered."""
FORM = Body("application/x-www-form-urlencoded", 64 * 1024, TooLarge)
"""What OAuth's clients send."""
EDGE_HEADER = "x-ventanilla-edge"
"""What the distribution shows (template.yaml, EdgeSecret)."""
_DEEPEST = 32
_BODY = ("POST", "PUT", "PATCH")


@dataclass(frozen=True)
class Request:
    """What came in; nothing here trusts `Host`, nor `X-Forwarded-*` unless the edge says it."""

    event: Mapping[str, Any]

    @property
    def method(self) -> str:
        """The method, in capitals."""
        return str(self.event["requestContext"]["http"]["method"]).upper()

    @property
    def route(self) -> str:
        """The template's route that the gateway matched, such as `GET /v1/me`."""
        return str(self.event.get("routeKey", "$default"))

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers, in lower case."""
        headers: Mapping[str, str] = self.event.get("headers") or {}
        return headers

    @property
    def spelled_plainly(self) -> Mapping[str, Any]:
        """The event with its media type in small letters, as powertools looks for it (RFC 9110 §8.3.1: any will do)."""
        headers = {name: value.lower() if name == "content-type" else value for name, value in self.headers.items()}
        return {**self.event, "headers": headers}

    @property
    def target(self) -> str:
        """Path and query as they came."""
        query = self.event.get("rawQueryString", "")
        return f"{self.event['rawPath']}?{query}" if query else str(self.event["rawPath"])

    @property
    def query(self) -> Mapping[str, str]:
        """The query's parameters; what is named several times has its values with commas between."""
        query: Mapping[str, str] = self.event.get("queryStringParameters") or {}
        return query

    @property
    def path_parameters(self) -> Mapping[str, str]:
        """What stands in the place of the route's variables."""
        parameters: Mapping[str, str] = self.event.get("pathParameters") or {}
        return parameters

    @property
    def prefers_json(self) -> bool:
        """Whether `Accept` names JSON, and no PDF (a browser names neither)."""
        accepted = self.headers.get("accept", "").lower()
        return "application/json" in accepted and "application/pdf" not in accepted

    def source_ip(self, edge_key: str | None) -> str:
        """Return the address that the gateway saw; of a request that came through the edge, the one that the edge saw.

        The edge shows `edge_key`, which nobody else knows: what anybody else says of forwarding counts for nothing.
        """
        seen = str(self.event["requestContext"]["http"].get("sourceIp", ""))
        shown = self.headers.get(EDGE_HEADER, "")
        if not edge_key or not hmac.compare_digest(shown.encode(), edge_key.encode()):
            return seen
        # each hop adds whom it saw at the end: the gateway the edge, and before it the edge the visitor
        hops = [hop.strip() for hop in self.headers.get("x-forwarded-for", "").split(",")]
        before = [hop for hop in hops if hop and hop != seen]
        return before[-1] if before else seen

    @property
    def user_agent(self) -> str:
        """What the browser says of itself."""
        return self.headers.get("user-agent", "")

    @property
    def bearer(self) -> str | None:
        """The token that `Authorization: Bearer` shows."""
        scheme, _, token = self.headers.get("authorization", "").partition(" ")
        return token.strip() or None if scheme.lower() == "bearer" else None

    @cached_property
    def cookies(self) -> Mapping[str, str]:
        """The cookies by name; of a name that comes twice, the first."""
        pairs = (cookie.partition("=") for cookie in reversed(self.event.get("cookies") or []))
        return {name.strip(): value.strip() for name, _, value in pairs}

    @property
    def locale(self) -> str:
        """The language asked for: the first of `Accept-Language` that is spoken here, else Spanish."""
        for part in self.headers.get("accept-language", "").split(","):
            language = part.split(";")[0].strip().lower()[:2]
            if language in ("es", "en"):
                return language
        return "es"

    @cached_property
    def raw_body(self) -> bytes:
        """The bytes of the body.

        Raises:
            MalformedBody: it is not what the gateway says.
        """
        body = self.event.get("body") or ""
        try:
            return base64.b64decode(body, validate=True) if self.event.get("isBase64Encoded") else body.encode()
        except (binascii.Error, UnicodeEncodeError):
            raise MalformedBody from None

    @cached_property
    def json(self) -> dict[str, Any]:
        """The body as an object.

        Raises:
            MalformedBody: it is not one, or not in UTF-8, or nested too deeply.
        """
        return read_object(self.raw_body)

    @property
    def media_type(self) -> str:
        """The type that the body is said to be of, in small letters and without parameters."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def has_lines(self) -> bool:
        """Whether the body is of JSON Lines."""
        return self.media_type in {body.media_type for body in LINES}

    def check(self, *wanted: Body) -> None:
        """Refuse a body that is too large, of another type than the route takes, or malformed.

        Raises:
            TooLarge, UnsupportedMediaType, MalformedBody, DocumentTooLarge
        """
        fitting = [body for body in wanted or (JSON,) if body.media_type == self.media_type]
        kind = (fitting or wanted or (JSON,))[0]
        if len(self.raw_body) > kind.largest:
            raise kind.too_large()
        if self.method in _BODY and self.raw_body:
            charset = self.headers.get("content-type", "").partition(";")[2].strip().lower().replace('"', "")
            if not fitting or charset not in ("", "charset=utf-8"):
                raise UnsupportedMediaType(expected=" / ".join(body.media_type for body in wanted or (JSON,)))
            if kind is JSON:
                _ = self.json


def read_object(raw: bytes) -> dict[str, Any]:
    """Return the JSON object that some bytes are.

    Raises:
        MalformedBody: they are none, or not in UTF-8, or nested too deeply.
    """
    try:
        loaded = json.loads(raw.decode("utf-8"), parse_constant=_no_constant)
        json.dumps(loaded, ensure_ascii=False).encode()  # lone surrogates are no text
    except (ValueError, RecursionError):
        raise MalformedBody from None
    if not isinstance(loaded, dict) or _is_deeper(loaded, _DEEPEST):
        raise MalformedBody
    return loaded


def read_line(content: bytes | None) -> dict[str, Any]:
    """Return the object in a line of a batch, as if it were the body of a call.

    Raises:
        TooLarge, MalformedBody: as of a body; None stands for a line that is too long.
    """
    if content is None:
        raise TooLarge
    return read_object(content)


def _no_constant(name: str) -> None:
    raise ValueError(name)


def _is_deeper(value: Any, most: int) -> bool:
    """Tell whether more than so many objects and lists lie in one another, without going down any further."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return inner is not None and (most == 0 or any(_is_deeper(one, most - 1) for one in inner))
