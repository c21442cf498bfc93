"""Activation: the institution that an approved application puts down."""

from __future__ import annotations

from datetime import datetime

from ventanilla.domain.accounts import Application
from ventanilla.domain.calendar import is_canton
from ventanilla.domain.institutions import Institution
from ventanilla.domain.machine import scope_of
from ventanilla.domain.portals import Portal


def activated(application: Application, portal: Portal, at: datetime) -> Institution | None:
    """Return the institution that an application's channel activates, if it does; its id is its RUC."""
    channel = portal.channel_of(application.channel)
    ruc = scope_of(channel, application)
    if not channel.activates or ruc is None:
        return None
    said = application.sections[(channel.grants or "").partition(".")[0]]
    contact = {"email": application.email, "phone": application.profile.get("work_phone")}
    return Institution(
        id=ruc,
        name=str(said["legal_name"]),
        contact={kind: str(value) for kind, value in contact.items() if value},
        portals=channel.activates,
        ruc=ruc,
        modality=said["modality"],
        activated_at=at,
        canton=_canton(said.get("canton")),
    )


def _canton(chosen: object) -> str | None:
    """Return the canton of the local government that the form names: its number begins with the canton's."""
    canton = str(chosen or "")[:4]
    return canton if is_canton(canton) else None
