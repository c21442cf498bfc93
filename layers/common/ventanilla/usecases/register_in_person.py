"""Register in person: an agent has seen the citizen's document, types what it says, and hands a code over."""

from __future__ import annotations

from ventanilla.domain import machine
from ventanilla.domain.errors import NotEligible, OwnApplication
from ventanilla.domain.identifiers import is_same_person
from ventanilla.domain.portals import Portal
from ventanilla.domain.sessions import CurrentSession
from ventanilla.schemas.fields import Catalogues
from ventanilla.schemas.registration import Registration, Submitted, read_form
from ventanilla.usecases.eligibility import check_identity
from ventanilla.usecases.ports import Accounts, Applications, Clock, Hasher, IdentityRegistry, TokenKeys
from ventanilla.usecases.register import confirmation_owed, new_application
from ventanilla.usecases.roles import require_role
from ventanilla.usecases.verify import handed_over

AGENT = "agent"


def is_in_person(portal: Portal, registration: Registration) -> bool:
    """Tell whether a registration names a channel of the agents."""
    return any(channel.by == AGENT and channel.id == registration.channel for channel in portal.channels)


def register_in_person(
    portal: Portal,
    registration: Registration,
    current: CurrentSession,
    *,
    locale: str,
    catalogues: Catalogues,
    applications: Applications,
    accounts: Accounts,
    registry: IdentityRegistry,
    hasher: Hasher,
    keys: TokenKeys,
    clock: Clock,
) -> Submitted:
    """Take in what an agent types; the registry is asked at once, and the agent learns more than a stranger would.

    Raises:
        Forbidden: who asks is no agent of this portal.
        Refused: with everything that is wrong with the form.
        OwnApplication: nobody vouches for themselves.
        NotEligible: with what the registry says.
        RegistryDown: nothing was put down; the agent tries again.
    """
    require_role(current, AGENT, portal.id)
    channel = portal.channel(registration.channel, by="agent")
    form = read_form(portal, channel, registration, catalogues)
    if form.identifier and is_same_person(form.identifier.number, current.state.number):
        raise OwnApplication
    now = clock.now()
    application = new_application(portal, channel, form, locale=locale, hasher=hasher, now=now)
    while application.state == "identity_check":
        reasons = check_identity(application.identifier, portal, registry=registry, now=now)
        if reasons:
            raise NotEligible(reasons)
        application = machine.entered(
            application, machine.next_state(portal, application), at=now, by=current.state.ref
        )
    existing = accounts.get(portal.id, application.number) is not None
    applications.submit(application, confirmation_owed(application, now))
    return Submitted(next="check_email", existing=existing, code=keys.keyring(now).code(handed_over(application)))
