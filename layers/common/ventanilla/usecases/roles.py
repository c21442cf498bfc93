"""Roles: what somebody may do to others is granted to an account of the staff, in a scope."""

from __future__ import annotations

from ventanilla.domain.errors import Forbidden
from ventanilla.domain.grants import STAFF, is_granted
from ventanilla.domain.sessions import CurrentSession


def has_role(current: CurrentSession, role: str, scope: str) -> bool:
    """Tell whether who asks is of the staff and holds a role in a scope."""
    return current.state.portal == STAFF and is_granted(current.state.grants, role, scope)


def require_role(current: CurrentSession, role: str, scope: str) -> None:
    """Let nobody go on who does not hold a role in a scope.

    Raises:
        Forbidden: who asks does not.
    """
    if not has_role(current, role, scope):
        raise Forbidden


def require_role_somewhere(current: CurrentSession, role: str) -> None:
    """Let nobody go on who does not hold a role in any scope.

    Raises:
        Forbidden: who asks does not.
    """
    if not any(has_role(current, role, grant.scope) for grant in current.state.grants):
        raise Forbidden
