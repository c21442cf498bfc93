"""Problems as RFC 9457 wants them, in the language asked for; never a library's own words."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from aws_lambda_powertools.event_handler.openapi.exceptions import RequestUnsupportedContentType, RequestValidationError
from pydantic import ValidationError

from ventanilla.domain import errors
from ventanilla.domain.errors import FieldError, VentanillaError
from ventanilla.schemas.base import field_errors
from ventanilla.web.errors import MalformedBody, TooLarge, UnsupportedMediaType
from ventanilla.web.signatures import ACCEPT_SIGNATURE

CONTENT_TYPE = "application/problem+json"
URN = "urn:ventanilla:problem:"
_STATUS: dict[type[Exception], int] = {
    MalformedBody: 400,
    errors.Unauthenticated: 401,
    errors.InvalidCredentials: 401,
    errors.SignatureRefused: 401,
    errors.CrossOrigin: 403,
    errors.StepsPending: 403,
    errors.AssuranceTooLow: 403,
    errors.PortalNotAllowed: 403,
    errors.InstitutionSuspended: 403,
    errors.NotFound: 404,
    errors.ReferenceTaken: 409,
    errors.NotOpened: 409,
    errors.AlreadyOpened: 409,
    errors.Cancelled: 409,
    errors.TokenGone: 410,
    TooLarge: 413,
    UnsupportedMediaType: 415,
    errors.Refused: 422,
    errors.Invalid: 422,
    errors.TooManyAttempts: 429,
    errors.Busy: 429,
}
_RETRYABLE = (429, 500)


@dataclass(frozen=True, slots=True)
class Problem:
    """A refusal, ready to be sent."""

    slug: str
    status: int
    body: dict[str, Any]
    headers: dict[str, str]


def problem_of(error: Exception, locale: str, request_id: str) -> Problem:
    """Return what is told of an error; of one that nobody foresaw, nothing but that it happened."""
    fact = _fact(error)
    status = _STATUS.get(type(fact), 500)
    slug = f"signature-{fact.reason}" if isinstance(fact, errors.SignatureRefused) else fact.slug
    slug = slug if status != 500 else "internal"
    facts = fact.facts if status not in (422, 500) else {}
    text = _texts()["problems"][slug]
    body: dict[str, Any] = {
        "type": f"{URN}{slug}",
        "title": text["title"][locale],
        "status": status,
        "detail": _fill(text["detail"][locale], facts),
        "request_id": request_id,
    }
    if isinstance(fact, errors.Refused):
        body["errors"] = [_line(one, locale) for one in fact.errors]
    if isinstance(fact, errors.StepsPending):
        body["pending"] = fact.facts["pending"]
    if isinstance(fact, errors.ReferenceTaken):
        body["id"] = fact.facts["id"]
    if status in _RETRYABLE or isinstance(fact, errors.ReferenceTaken):
        body["retryable"] = status in _RETRYABLE
    return Problem(slug, status, body, _headers(fact))


def _fact(error: Exception) -> VentanillaError:
    if isinstance(error, VentanillaError):
        return error
    if isinstance(error, NotFoundError):
        return errors.NotFound()
    if isinstance(error, RequestUnsupportedContentType):  # of an empty body, which `Request.check` lets pass
        return UnsupportedMediaType()
    if isinstance(error, (RequestValidationError, ValidationError)):
        return errors.Refused(*field_errors(error.errors()))
    return VentanillaError()


def _headers(fact: VentanillaError) -> dict[str, str]:
    retry_after = getattr(fact, "retry_after", None)
    headers = {"retry-after": str(retry_after)} if retry_after else {}
    if isinstance(fact, errors.SignatureRefused):
        headers["accept-signature"] = ACCEPT_SIGNATURE
    if isinstance(fact, errors.Unauthenticated):
        headers["www-authenticate"] = "Bearer"
    return headers


def _line(error: FieldError, locale: str) -> dict[str, str]:
    texts = _texts()["fields"]
    message = texts.get(error.code, texts["invalid"])[locale]
    return {"field": error.field, "code": error.code, "message": _fill(message, error.params)}


def _fill(text: str, facts: Mapping[str, object]) -> str:
    return text.format_map(_Facts(facts))


class _Facts(dict[str, object]):
    def __missing__(self, key: str) -> str:
        return "?"


@cache
def _texts() -> dict[str, Any]:
    return tomllib.loads((Path(__file__).parent / "problems.toml").read_text(encoding="utf-8"))
