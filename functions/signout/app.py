"""Signout: the systems that somebody has entered are told when the session or account ends (back-channel logout)."""

from typing import Any

from ventanilla.batches import each
from ventanilla.usecases.openid_logout import tell
from ventanilla.wiring import services


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Tell each system that is named; or find out which are to be told."""
    return each(event, _tell)


def _tell(body: dict[str, Any]) -> str:
    return tell(
        body["id"],
        services().issuers,
        outbox=services().outbox,
        portals=services().portals,
        sign_ons=services().sign_ons,
        signing=services().openid_keys,
        secret=services().openid_secret,
        poster=services().courier,
        clock=services().clock,
    )
