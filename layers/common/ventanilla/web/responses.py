"""Answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from aws_lambda_powertools.event_handler import Response

T = TypeVar("T")
Reply = Response
SECURE = {
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
}
"""Headers of every answer; an answer's own come first."""


def reply(
    body: T, status: int = 200, *, headers: Mapping[str, str] | None = None, cookies: Sequence[Any] = ()
) -> Response[T]:
    """Return an answer with headers or cookies of its own."""
    return Response(
        status_code=status,
        content_type="application/json",
        body=body,
        headers=dict(headers or {}),
        cookies=list(cookies),
    )


def empty(status: int = 204, *, cookies: Sequence[Any] = ()) -> Response[None]:
    """Return an answer without a body."""
    return Response(status_code=status, cookies=list(cookies))


def html(page: str, policy: str) -> Response[str]:
    """Return a page with its content security policy."""
    return Response(
        status_code=200,
        content_type="text/html; charset=utf-8",
        body=page,
        headers={"content-security-policy": policy},
    )
