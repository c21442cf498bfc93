"""What the civil registry must say of an applicant."""

from __future__ import annotations

from datetime import datetime

from ventanilla.domain.identifiers import Identifier
from ventanilla.domain.portals import Portal
from ventanilla.domain.registry import is_eligible
from ventanilla.domain.wording import local_day
from ventanilla.usecases.ports import IdentityRegistry


def check_identity(
    identifier: Identifier, portal: Portal, *, registry: IdentityRegistry, now: datetime
) -> tuple[str, ...]:
    """Return why somebody may not have an account at a portal; nothing where they may.

    Raises:
        RegistryDown: the registry does not answer.
    """
    if portal.eligibility is None:
        return ()
    return is_eligible(registry.find(identifier), portal.eligibility, local_day(now))
