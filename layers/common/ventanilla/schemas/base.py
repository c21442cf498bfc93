"""What all schemas share."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, PlainSerializer, StringConstraints
from pydantic_core import PydanticCustomError

from ventanilla.domain.errors import FieldError, Invalid

_OURS = "ventanilla_"
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
    "date_type": "date_form",
    "date_parsing": "date_form",
    "date_from_datetime_parsing": "date_form",
    "date_from_datetime_inexact": "date_form",
}


class Schema(BaseModel):
    """Frozen, and closed: a field that nobody knows is a mistake of the caller's."""

    model_config = ConfigDict(frozen=True, extra="forbid")


Instant = Annotated[
    datetime,
    PlainSerializer(
        lambda at: at.isoformat(timespec="milliseconds").replace("+00:00", "Z"), return_type=str, when_used="json"
    ),
]
"""A time in UTC as RFC 3339 with `Z`."""
Token = Annotated[str, StringConstraints(min_length=1, max_length=300)]
"""The text of a one-time token."""
Password = Annotated[str, StringConstraints(min_length=1, max_length=1000)]
"""A password as it is typed; what is too long for any policy is refused before it is hashed."""
Typed = Annotated[str, StringConstraints(min_length=1, max_length=64)]
"""A number or name as a person types it."""


def field_errors(errors: Iterable[Any]) -> tuple[FieldError, ...]:
    """Return pydantic's errors as ours: the field's dotted path, a stable code, and what fills its text."""
    return tuple(_field_error(error) for error in errors)


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
