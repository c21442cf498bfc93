"""Answers."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import Any, NewType, TypeVar

from aws_lambda_powertools.event_handler import Response

T = TypeVar("T")
Reply = Response
Pdf = NewType("Pdf", str)
"""A PDF in base 64, as the gateway takes it."""
SignedReceipt = NewType("SignedReceipt", str)
"""A receipt: a PDF in base 64, or JSON, byte for byte as its signature has it."""
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


def pdf(content: bytes) -> Response[Pdf]:
    """Return a document, which a browser saves rather than shows: only as it is can it be signed."""
    response = Response(
        status_code=200,
        content_type="application/pdf",
        body=Pdf(base64.b64encode(content).decode()),
        headers={"content-disposition": "attachment"},
    )
    response.base64_encoded = True  # the resolver would read bytes as UTF-8 before it encoded them itself
    return response


def receipt(content: bytes, form: str, name: str) -> Response[SignedReceipt]:
    """Return a receipt, which a browser saves under its notification's name: only as it is can it be verified."""
    told = {"content-disposition": f'attachment; filename="{name}.{form}"'}
    if form == "json":
        return Response(
            status_code=200, content_type="application/json", body=SignedReceipt(content.decode()), headers=told
        )
    encoded = SignedReceipt(base64.b64encode(content).decode())
    response = Response(status_code=200, content_type="application/pdf", body=encoded, headers=told)
    response.base64_encoded = True  # as above
    return response


def redirect(url: str) -> Response[None]:
    """Return an answer that leads elsewhere."""
    return Response(status_code=302, headers={"location": url})


def html(page: str, policy: str) -> Response[str]:
    """Return a page with its content security policy."""
    return Response(
        status_code=200,
        content_type="text/html; charset=utf-8",
        body=page,
        headers={"content-security-policy": policy},
    )
