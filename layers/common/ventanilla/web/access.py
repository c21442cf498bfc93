"""Who may make a call: said beside each route, checked before anything of the request is validated."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])
Anticipate = Callable[[str, dict[str, Any]], Sequence[Any]]
"""Names what a call will read, from the institution's id and the body that has not been checked yet."""


@dataclass(frozen=True, slots=True)
class Public:
    """Everybody may."""


@dataclass(frozen=True, slots=True)
class BySession:
    """Who has entered may.

    `step` is the step of the first entry that the call completes, `at_entry` lets it be made while steps are pending.
    """

    step: str | None = None
    at_entry: bool = False


@dataclass(frozen=True, slots=True)
class ByInstitution:
    """An institution's system may, by its signature."""

    anticipate: Anticipate | None = None
    claims_nonce: bool = True


Access = Public | BySession | ByInstitution


def public(call: F) -> F:
    """Let everybody make a call."""
    return _mark(call, Public())


def by_session(*, step: str | None = None, at_entry: bool = False) -> Callable[[F], F]:
    """Let those who have entered make a call."""
    return lambda call: _mark(call, BySession(step, at_entry))


def by_institution(*, anticipate: Anticipate | None = None, claims_nonce: bool = True) -> Callable[[F], F]:
    """Let institutions make a call; where it uses up the nonce in its own transaction, `claims_nonce` is false."""
    return lambda call: _mark(call, ByInstitution(anticipate, claims_nonce))


def access_of(call: Callable[..., Any]) -> Access:
    """Return who may make a call; a call of which it is not said is a mistake of ours."""
    access: Access = call.access  # type: ignore[attr-defined]  # set by the decorators above
    return access


def _mark(call: F, access: Access) -> F:
    call.access = access  # type: ignore[attr-defined]  # functions take attributes
    return call
