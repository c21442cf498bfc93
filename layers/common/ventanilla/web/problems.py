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
from ventanilla.domain.documents import DocumentRefused, DocumentTooLarge
from ventanilla.domain.errors import FieldError, VentanillaError
from ventanilla.schemas.base import field_errors
from ventanilla.schemas.batches import LineProblem
from ventanilla.web.errors import BatchTooLarge, MalformedBody, TooLarge, UnsupportedMediaType
from ventanilla.web.signatures import ACCEPT_SIGNATURE

CONTENT_TYPE = "application/problem+json"
URN = "urn:ventanilla:problem:"
_STATUS: dict[type[Exception], int] = {
    MalformedBody: 400,
    errors.ClientRefused: 400,
    errors.Unauthenticated: 401,
    errors.AccessTokenRefused: 401,
    errors.InvalidCredentials: 401,
    errors.WrongCode: 401,
    errors.WrongAnswer: 401,
    errors.SignatureRefused: 401,
    errors.CrossOrigin: 403,
    errors.StepsPending: 403,
    errors.AssuranceTooLow: 403,
    errors.PortalNotAllowed: 403,
    errors.InstitutionSuspended: 403,
    errors.Forbidden: 403,
    errors.ProofNeeded: 403,
    errors.OwnAccount: 403,
    errors.OwnApplication: 403,
    errors.NotFound: 404,
    errors.DocumentsMissing: 409,
    errors.NotWaiting: 409,
    errors.QuotaUsed: 409,
    errors.BatchNotDone: 409,
    errors.ReferenceTaken: 409,
    errors.InstitutionExists: 409,
    errors.NotOpened: 409,
    errors.AlreadyOpened: 409,
    errors.Cancelled: 409,
    errors.TokenGone: 410,
    TooLarge: 413,
    BatchTooLarge: 413,
    DocumentTooLarge: 413,
    UnsupportedMediaType: 415,
    errors.Refused: 422,
    errors.Invalid: 422,
    errors.NotEligible: 422,
    errors.KeyRefused: 422,
    DocumentRefused: 422,
    errors.TooManyAttempts: 429,
    errors.QuotaPassed: 429,
    errors.Busy: 429,
    errors.RegistryDown: 503,
}
_RETRYABLE = (429, 500, 503)
_LATER = frozenset({"attachment_missing", "upload_missing"})
"""Codes of what may hold by itself a little later, though it is refused now."""
_FIELDS: dict[type[Exception], FieldError] = {
    errors.ReferenceTaken: FieldError("reference", "reference_taken"),
    errors.PortalNotAllowed: FieldError("portal", "portal_not_allowed"),
}
"""The field that a refusal is about which is none of the form."""


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
    slug = _slug(fact) if status != 500 else "internal"
    facts = fact.facts if status not in (422, 500) or isinstance(fact, DocumentRefused) else {}
    text = _texts()["problems"][slug if status == 500 else fact.words or slug]
    body: dict[str, Any] = {
        "type": f"{URN}{slug}",
        "title": text["title"][locale],
        "status": status,
        "detail": _fill(text["detail"][locale], facts),
        "request_id": request_id,
    }
    if isinstance(fact, errors.Refused):
        body["errors"] = [_line(one, locale) for one in fact.errors]
    elif field := _FIELDS.get(type(fact)):
        body["errors"] = [_line(field, locale)]
    if isinstance(fact, errors.StepsPending):
        body["pending"] = fact.facts["pending"]
        if fact.facts["question"]:
            body["question"] = fact.facts["question"]
    if isinstance(fact, errors.ReferenceTaken):
        body["id"] = fact.facts["id"]
    body["retryable"] = _is_retryable(fact, status)
    return Problem(slug, status, body, _headers(fact))


def line_problem(error: VentanillaError, locale: str) -> LineProblem:
    """Return what is told of a line of a batch, by the same codes and in the same words as of a call."""
    body = problem_of(error, locale, "").body
    told = {name: body[name] for name in ("type", "detail", "retryable")}
    return LineProblem.model_validate({**told, "errors": body.get("errors", [])})


def _is_retryable(fact: VentanillaError, status: int) -> bool:
    """Tell whether the same request may do later what it does not now."""
    if isinstance(fact, errors.Refused):
        return bool(fact.errors) and all(one.code in _LATER for one in fact.errors)
    return status in _RETRYABLE or isinstance(fact, errors.BatchNotDone)


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


def _slug(fact: VentanillaError) -> str:
    if isinstance(fact, (errors.SignatureRefused, DocumentRefused)):
        return f"{fact.slug}-{fact.reason.replace('_', '-')}"
    return fact.slug


def _headers(fact: VentanillaError) -> dict[str, str]:
    retry_after = getattr(fact, "retry_after", None)
    headers = {"retry-after": str(retry_after)} if retry_after else {}
    if isinstance(fact, errors.SignatureRefused):
        headers["accept-signature"] = ACCEPT_SIGNATURE
    if isinstance(fact, errors.Unauthenticated):
        is_token = isinstance(fact, errors.AccessTokenRefused)
        headers["www-authenticate"] = 'Bearer error="invalid_token"' if is_token else "Bearer"
    return headers


def field_message(code: str, locale: str) -> str:
    """Return what is said of a field that is refused with a code."""
    texts = _texts()["fields"]
    return str(texts.get(code, texts["invalid"])[locale])


def _line(error: FieldError, locale: str) -> dict[str, str]:
    message = field_message(error.code, locale)
    return {"field": error.field, "code": error.code, "message": _fill(message, error.params)}


def _fill(text: str, facts: Mapping[str, object]) -> str:
    return text.format_map(_Facts(facts))


class _Facts(dict[str, object]):
    def __missing__(self, key: str) -> str:
        return "?"


@cache
def _texts() -> dict[str, Any]:
    return tomllib.loads((Path(__file__).parent / "problems.toml").read_text(encoding="utf-8"))
