"""Demo staff: a person per role, each with a password and an authenticator app that is enrolled already."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from local.people import make_cedula, make_password

if TYPE_CHECKING:
    from local.site import Local
    from ventanilla.domain.accounts import Application

Demo = dict[str, Any]
INSTITUTION = "demo-institution"
SCOPES = {
    "reviewer": ("seps",),
    "agent": ("buzonec",),
    "portal_admin": ("ipsot", "seps", "ibarra", "buzonec", "demo"),
    "platform_admin": ("platform",),
    "institution_admin": (INSTITUTION,),
}
"""Where the person of each role holds it."""


def make_staff(site: Local, before: Demo | None) -> Demo:
    """Return portal, identifier, password, address and app's secret by role: those of an earlier run, or new ones."""
    from ventanilla.wiring import services

    with site.lock:
        if (
            before is not None
            and before.keys() == SCOPES.keys()
            and all(_is_there(person) for person in before.values())
        ):
            return before
        password = make_password()
        password_hash = services().hasher.hash(password)  # one for all: it is what costs
        return {role: _open(role, password, password_hash) for role in SCOPES}


def _is_there(person: Demo) -> bool:
    from ventanilla.wiring import services

    account = services().accounts.get("staff", person["identifier"])
    if account is None or account.second_factor is None:
        return False
    return bool(services().authenticators.secret(account.ref, account.second_factor) == person["totp_secret"])


def _seated(application: Application) -> Application:
    """Take a place of a role that has few; where an earlier run's people hold all of them, go without."""
    from ventanilla.domain.errors import QuotaUsed
    from ventanilla.domain.grants import STAFF, Seat, take_seat
    from ventanilla.usecases.rulings import Ruling
    from ventanilla.wiring import services

    made, grant = services(), application.grants[0]
    now, quota = made.clock.now(), made.portals.get(STAFF).role(grant.role).quota
    if quota is None:
        return application
    _, seats = made.reviews.facts(STAFF, (), {grant: quota}, now)
    try:
        change = take_seat(grant, quota, application.number, None, seats)
    except QuotaUsed:
        return application
    if change is None:
        return application
    after = replace(application, seats=(Seat(grant.role, grant.scope, change.place),))
    return after if made.reviews.rule(Ruling(now, application, after, (change,))) else application


def _open(role: str, password: str, password_hash: str) -> Demo:
    """Open an account as if its owner had been invited, had followed the link and enrolled an app."""
    from ventanilla.domain.grants import STAFF, Grant
    from ventanilla.domain.ids import random_id
    from ventanilla.schemas.registration import Registration, read_form
    from ventanilla.usecases.opening import account_of
    from ventanilla.usecases.register import new_application
    from ventanilla.wiring import services

    made = services()
    portal, now = made.portals.get(STAFF), made.clock.now()
    channel = portal.channel(None, by="operator")
    number, address = make_cedula(), f"{role.replace('_', '.')}@example.ec"
    said = {
        "identifier": {"kind": "cedula", "number": number},
        "full_name": "Personal de Demostración",
        "position": role,
        "work_phone": "022000000",
        "email": address,
    }
    form = read_form(portal, channel, Registration.model_validate(said), made.portals.catalogue)
    application = new_application(portal, channel, form, locale="es", hasher=made.hasher, now=now)
    application = replace(application, grants=tuple(Grant(role, scope) for scope in SCOPES[role]))
    account = account_of(application, password_hash, portal=portal, now=now)
    enrolment = random_id()
    account = replace(account, second_factor=enrolment, todo=())
    made.applications.submit(application, None)
    application = _seated(application)
    made.accounts.open(account, application, opens_mailbox=False, owed=())
    secret = made.authenticators.secret(account.ref, enrolment)
    return {"portal": STAFF, "identifier": number, "password": password, "email": address, "totp_secret": secret}
