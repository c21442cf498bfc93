"""A request as API Gateway's HTTP API hands it over (payload format 2.0)."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ventanilla.web.errors import MalformedBody, TooLarge, UnsupportedMediaType

LARGEST_BODY = 64 * 1024
"""Bytes of the largest body outside uploads (security.md, 27)."""
_DEEPEST = 32
_BODY = ("POST", "PUT", "PATCH")


@dataclass(frozen=True)
class Request:
    """What came in; nothing here trusts `Host` or `X-Forwarded-*`."""

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
    def source_ip(self) -> str:
        """The address that the gateway saw."""
        return str(self.event["requestContext"]["http"].get("sourceIp", ""))

    @property
    def user_agent(self) -> str:
        """What the browser says of itself."""
        return self.headers.get("user-agent", "")

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
        try:
            loaded = json.loads(self.raw_body.decode("utf-8"), parse_constant=_no_constant)
            json.dumps(loaded, ensure_ascii=False).encode()  # lone surrogates are no text
        except (ValueError, RecursionError):
            raise MalformedBody from None
        if not isinstance(loaded, dict) or _depth(loaded) > _DEEPEST:
            raise MalformedBody
        return loaded

    def check(self) -> None:
        """Refuse a body that is too large, of another type than JSON, or malformed.

        Raises:
            TooLarge, UnsupportedMediaType, MalformedBody
        """
        if len(self.raw_body) > LARGEST_BODY:
            raise TooLarge
        if self.method in _BODY and self.raw_body:
            media_type, _, parameters = self.headers.get("content-type", "").partition(";")
            charset = parameters.strip().lower().replace('"', "")
            if media_type.strip().lower() != "application/json" or charset not in ("", "charset=utf-8"):
                raise UnsupportedMediaType
            _ = self.json


def _no_constant(name: str) -> None:
    raise ValueError(name)


def _depth(value: Any) -> int:
    if isinstance(value, dict):
        return 1 + max(map(_depth, value.values()), default=0)
    if isinstance(value, list):
        return 1 + max(map(_depth, value), default=0)
    return 0
