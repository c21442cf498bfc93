"""Auditing: what is written down about who acts on somebody else's account."""

from __future__ import annotations

from collections.abc import Iterable

from ventanilla.domain.audit import AuditEntry
from ventanilla.schemas.staff import AuditLine


def audit_lines(trail: Iterable[AuditEntry]) -> list[AuditLine]:
    """Return the entries of an account as they are shown to its owner and its administrators."""
    return [
        AuditLine(
            at=entry.at,
            act=entry.act,
            by=entry.by_name,
            reason=entry.reason,
            detail=entry.detail,
            digest=entry.digest,
        )
        for entry in trail
    ]
