"""What all schemas share."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from itertools import islice
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    StringConstraints,
)
from pydantic_core import PydanticCustomError

from ventanilla.domain.errors import FieldError, Invalid

_OURS = "ventanilla_"
_MOST_TOLD = 100
"""Errors of one body: 64 KB may hold ten thousand fields that nobody knows, and a batch many such lines."""
_PLACES = ("body", "query", "path", "header")
_CODES = {
    "missing": "missing",
    "extra_forbidden": "unknown_field",
    "string_type": "text_expected",
    "string_too_long": "too_long",
    "string_too_short": "too_short",
    "string_pattern_mismatch": "form",
    "string_unicode": "text_expected",
    "literal_error": "choice",
    "bool_type": "yes_no",
    "int_type": "number_expected",
    "int_parsing": "number_expected",
    "greater_than_equal": "number_small",
    "less_than_equal": "number_large",
    "list_type": "list_expected",
    "too_long": "list_long",
    "too_short": "list_short",
    "model_type": "object_expected",
    "model_attributes_type": "object_expected",
    "dict_type": "object_expected",
    "timezone_aware": "instant_form",
    "datetime_type": "instant_form",
    "datetime_parsing": "instant_form",
    "datetime_from_date_parsing": "instant_form",
    "date_type": "date_form",
    "date_parsing": "date_form",
    "date_from_datetime_parsing": "date_form",
    "date_from_datetime_inexact": "date_form",
}


class Schema(BaseModel):
    """Frozen, and closed: a field that nobody knows is a mistake of the caller's."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def left_out(description: str) -> Any:
    """Return a field of an answer that is not there where there is nothing to say."""
    return Field(default=None, description=description, exclude_if=is_nothing)


def is_nothing(value: object) -> bool:
    """Tell whether there is nothing to say."""
    return value is None


Instant = Annotated[
    datetime,
    PlainSerializer(
        lambda at: at.isoformat(timespec="milliseconds").replace("+00:00", "Z"), return_type=str, when_used="json"
    ),
]
"""A time in UTC as RFC 3339 with `Z`."""


def _in_utc(at: datetime) -> datetime:
    try:
        return at.astimezone(UTC)
    except OverflowError:  # the calendar's first or last day
        raise refuse(Invalid("instant_form")) from None


def _no_number(given: object) -> object:
    if isinstance(given, (int, float)):  # pydantic takes seconds since 1970, which nobody means
        raise refuse(Invalid("instant_form"))
    return given


When = Annotated[AwareDatetime, BeforeValidator(_no_number), AfterValidator(_in_utc)]
"""An instant that is given: RFC 3339 with its zone."""
Token = Annotated[str, StringConstraints(min_length=1, max_length=300)]
"""The text of a one-time token."""
Password = Annotated[str, StringConstraints(min_length=1, max_length=1000)]
"""A password as it is typed; what is too long for any policy is refused before it is hashed."""
Typed = Annotated[str, StringConstraints(min_length=1, max_length=64)]
"""A number or name as a person types it."""


def field_errors(errors: Iterable[Any]) -> tuple[FieldError, ...]:
    """Return pydantic's first errors as ours: the field's dotted path, a stable code, and what fills its text."""
    return tuple(_field_error(error) for error in islice(errors, _MOST_TOLD))


def refuse(invalid: Invalid) -> PydanticCustomError:
    """Return what a validator raises where the domain refuses a value."""
    return PydanticCustomError(f"{_OURS}{invalid.code}", invalid.code, dict(invalid.params))


def _field_error(error: dict[str, Any]) -> FieldError:
    path = ".".join(str(part) for part in error["loc"] if part not in _PLACES)
    kind = str(error["type"])
    code = kind.removeprefix(_OURS) if kind.startswith(_OURS) else _CODES.get(kind, "invalid")
    params: dict[str, object] = {
        name: value for name, value in (error.get("ctx") or {}).items() if isinstance(value, (str, int))
    }
    return FieldError(path or "body", code, params)
