"""Register: a wish is put down, nothing is read, nobody learns anything (architecture.md, rule 4)."""

from __future__ import annotations

from ulid import ULID

from ventanilla.domain.accounts import Application
from ventanilla.domain.outbox import OutboxItem
from ventanilla.domain.portals import Portal
from ventanilla.schemas.fields import Catalogues
from ventanilla.schemas.registration import Registration, Submitted, read_form
from ventanilla.usecases.ports import Applications, Clock, Hasher


def register(
    portal: Portal,
    registration: Registration,
    *,
    locale: str,
    catalogues: Catalogues,
    applications: Applications,
    hasher: Hasher,
    clock: Clock,
) -> Submitted:
    """Take in the form of a portal's channel; `mail` decides which mail is owed for it.

    Raises:
        Invalid: there is no such channel, or it is not open to everybody.
        Refused: with everything that is wrong with the form.
    """
    channel = portal.channel(registration.channel)
    form = read_form(portal, channel, registration, catalogues)
    now = clock.now()
    waits_for = channel.first_waiting or "confirm"
    application = Application(
        id=str(ULID.from_datetime(now)),
        portal=portal.id,
        channel=channel.id,
        number=form.identifier.number,
        kind=form.identifier.kind,
        country=form.identifier.country,
        state=waits_for,
        email=form.email,
        profile=form.profile,
        sections=form.sections,
        locale=locale,
        password_hash=hasher.hash(form.password) if form.password else None,
        accepted=form.accepted,
        created_at=now,
        expires_at=now + portal.lifetimes.application,
        link_expires_at=now + min(portal.lifetimes.confirm, portal.lifetimes.application),
    )
    owed = OutboxItem("registration", {"slot": application.slot, "application": application.id}, now)
    applications.submit(application, owed if waits_for == "confirm" else None)
    return Submitted(next="check_email" if waits_for == "confirm" else "documents")
