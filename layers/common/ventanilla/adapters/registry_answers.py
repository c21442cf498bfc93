"""What the identity registry answers, believed only if every part of it is what it should be."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError

from ventanilla.domain.identifiers import Identifier, IdentifierKind
from ventanilla.domain.registry import IdentityStatus, RegistryRecord

_Text = Annotated[str, StringConstraints(strip_whitespace=True, max_length=254, pattern=r"^[^\x00-\x1f\x7f]*$")]


class Unreadable(Exception):
    """It can't be believed."""


class _Record(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True)

    kind: IdentifierKind
    number: str
    country: str | None = None
    given_names: _Text = ""
    surnames: _Text = ""
    legal_name: _Text = ""
    email: _Text = ""
    birth_date: date | None = None
    identity_status: IdentityStatus
    deceased: bool


class _Answer(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True)

    status: Literal["found", "not_found"]
    record: _Record | None = None


def read(body: bytes, identifier: Identifier, asked: dict[str, str]) -> RegistryRecord | None:
    """Return what an answer says of whom was asked for, None if nobody of this number is known.

    Raises:
        Unreadable: it is none of the answers that there are, or speaks of somebody else.
    """
    try:
        answer = _Answer.model_validate_json(body)
    except ValidationError:
        raise Unreadable from None
    if answer.status == "not_found":
        return None
    said = answer.record.model_dump() if answer.record else {}
    who = {name: said.pop(name, None) for name in ("kind", "number", "country")}
    if who != {"country": None, **asked}:
        raise Unreadable
    return RegistryRecord(identifier.kind, identifier.number, **said)
