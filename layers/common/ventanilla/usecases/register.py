"""Register: a wish is put down; of a stranger nothing is read, and nobody learns anything (architecture.md, rule 4)."""

from __future__ import annotations

from datetime import datetime

from ulid import ULID

from ventanilla.domain import machine
from ventanilla.domain.accounts import Application
from ventanilla.domain.errors import FieldError, Refused
from ventanilla.domain.identifiers import Identifier
from ventanilla.domain.ids import time_id
from ventanilla.domain.outbox import OutboxItem
from ventanilla.domain.portals import Channel, Portal
from ventanilla.domain.tokens import OneTimeToken
from ventanilla.schemas.fields import Catalogues
from ventanilla.schemas.registration import ApplicationHandle, Form, Registration, Submitted, read_form
from ventanilla.usecases.captcha import solved_captcha
from ventanilla.usecases.ports import Applications, Captcha, Clock, Counters, Hasher, IdentityRegistry, TokenKeys
from ventanilla.usecases.registry_fields import with_registry

APPLICATION = "application"


def register(
    portal: Portal,
    registration: Registration,
    *,
    locale: str,
    address: str,
    catalogues: Catalogues,
    applications: Applications,
    captcha: Captcha,
    counters: Counters,
    registry: IdentityRegistry,
    hasher: Hasher,
    keys: TokenKeys,
    clock: Clock,
) -> Submitted:
    """Take in the form of a portal's channel; `mail` decides which mail is owed for it.

    `address` is the network address that asks.

    Raises:
        Refused: with everything that is wrong with the form, a channel that is not open to everybody too; or the
            captcha is missing, wrong or used.
        NotEligible, TooManyAttempts, RegistryDown: where the channel begins with the identity check.
    """
    channel = portal.channel(registration.channel)
    form = read_form(portal, channel, registration, catalogues)
    solved = solved_captcha(portal, "register", registration.captcha, captcha=captcha, clock=clock)
    form = with_registry(form, portal, channel, address, registry=registry, counters=counters, clock=clock)
    application = new_application(portal, channel, form, locale=locale, hasher=hasher, now=clock.now())
    owed = confirmation_owed(application, clock.now()) if application.state == "confirm" else None
    applications.submit(application, owed, solved)
    if application.state == "confirm":
        return Submitted(next="check_email")
    return Submitted(next="documents", application=handle(application, keys=keys, now=clock.now()))


def new_application(
    portal: Portal, channel: Channel, form: Form, *, locale: str, hasher: Hasher, now: datetime
) -> Application:
    """Return the application that a form asks for, in its first state."""
    identifier, email = _applicant(channel, form)
    application = Application(
        id=time_id(now) if channel.credential == "temporary" else str(ULID.from_datetime(now)),
        portal=portal.id,
        channel=channel.id,
        number=identifier.number,
        kind=identifier.kind,
        country=identifier.country,
        state=machine.first_state(channel),
        email=email,
        profile=form.profile,
        sections=form.sections,
        locale=locale,
        password_hash=hasher.hash(form.password) if form.password else None,
        accepted=form.accepted,
        created_at=now,
        expires_at=now + portal.lifetimes.application,
        link_expires_at=now + min(portal.lifetimes.confirm, portal.lifetimes.application),
        reviewed=channel.reviewed_by is not None,
    )
    return machine.entered(application, application.state, at=now, by="applicant")


def confirmation_owed(application: Application, now: datetime) -> OutboxItem:
    """Return what is owed as soon as an application waits for its confirmation."""
    return OutboxItem("registration", application.about, now)


def handle(application: Application, *, keys: TokenKeys, now: datetime) -> ApplicationHandle:
    """Return how the applicant finds the application again."""
    token = OneTimeToken(APPLICATION, application.slot, application.id)
    return ApplicationHandle(id=application.public_id, access_token=keys.keyring(now).write(token))


def _applicant(channel: Channel, form: Form) -> tuple[Identifier, str]:
    """Return who applies: the applicant, or, where roles are only given up, the organisation by its representative."""
    if form.identifier and form.email:
        return form.identifier, form.email
    section, _, name = (channel.grants or "").partition(".")
    said = form.sections.get(section, {})
    email = said.get("representative_email") or said.get("email")
    if name not in said or not email:
        raise Refused(FieldError("identifier", "missing"))
    return Identifier("ruc", said[name]), str(email)
