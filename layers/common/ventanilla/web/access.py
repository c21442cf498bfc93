"""Who may make a call: said beside each route, checked before anything of the request is validated."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from ventanilla.web.request import FORM, JSON, LINES, PDF, Body

F = TypeVar("F", bound=Callable[..., Any])
Anticipate = Callable[[str, dict[str, Any]], Sequence[Any]]
"""Names what a call will read, from the institution's id and the body that has not been checked yet."""


@dataclass(frozen=True, slots=True)
class Public:
    """Everybody may."""


@dataclass(frozen=True, slots=True)
class BySession:
    """Who has entered may.

    `step` is the step of the entry that the call completes, `at_entry` lets it be made while steps of the account are
    pending, `unproven` even while the session has still to prove something beside the password. `or_signed`: an
    institution's system may as well, by its signature.
    """

    step: str | None = None
    at_entry: bool = False
    unproven: bool = False
    or_signed: bool = False


@dataclass(frozen=True, slots=True)
class ByInstitution:
    """An institution may: its system by signature, or its administrator by session."""

    anticipate: Anticipate | None = None
    claims_nonce: bool = True
    in_path: bool = False


Access = Public | BySession | ByInstitution


def public(call: F) -> F:
    """Let everybody make a call."""
    return _mark(call, Public())


def by_session(
    *, step: str | None = None, at_entry: bool = False, unproven: bool = False, or_signed: bool = False
) -> Callable[[F], F]:
    """Let those who have entered make a call; `or_signed`, also institutions that sign it."""
    return lambda call: _mark(call, BySession(step, at_entry, unproven, or_signed))


def by_institution(
    *, anticipate: Anticipate | None = None, claims_nonce: bool = True, in_path: bool = False
) -> Callable[[F], F]:
    """Let institutions make a call.

    Where it uses up the nonce in its own transaction, `claims_nonce` is false; where its path says for which
    institution an administrator acts (`id`), `in_path` is true.
    """
    return lambda call: _mark(call, ByInstitution(anticipate, claims_nonce, in_path))


def takes_pdf(call: F) -> F:
    """Let a call take a PDF, in place of JSON."""
    call.takes = PDF  # type: ignore[attr-defined]  # functions take attributes
    return call


def takes_lines(call: F) -> F:
    """Let a call take JSON Lines beside JSON."""
    call.takes = (JSON, *LINES)  # type: ignore[attr-defined]  # functions take attributes
    return call


def takes_form(call: F) -> F:
    """Let a call take a form, in place of JSON."""
    call.takes = FORM  # type: ignore[attr-defined]  # functions take attributes
    return call


def takes_form_or_json(call: F) -> F:
    """Let a call take a form beside JSON."""
    call.takes = (JSON, FORM)  # type: ignore[attr-defined]  # functions take attributes
    return call


def bodies_of(call: Callable[..., Any]) -> tuple[Body, ...]:
    """Return what a call takes: one of these."""
    taken: Body | tuple[Body, ...] = getattr(call, "takes", JSON)
    return taken if isinstance(taken, tuple) else (taken,)


def body_of(call: Callable[..., Any]) -> Body:
    """Return what a call takes, first of all."""
    return bodies_of(call)[0]


def access_of(call: Callable[..., Any]) -> Access:
    """Return who may make a call; a call of which it is not said is a mistake of ours."""
    access: Access = call.access  # type: ignore[attr-defined]  # set by the decorators above
    return access


def _mark(call: F, access: Access) -> F:
    call.access = access  # type: ignore[attr-defined]  # functions take attributes
    return call
