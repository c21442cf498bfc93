"""People and letters for the use cases, in a world of fakes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.fakes import NOW, World
from tests.makers import make_cedula
from ventanilla.adapters.portal_files import PortalFiles
from ventanilla.domain.accounts import Account, Application
from ventanilla.domain.errors import VentanillaError
from ventanilla.domain.ids import random_id
from ventanilla.domain.institutions import Institution
from ventanilla.domain.keys import Nonce
from ventanilla.domain.portals import Portal
from ventanilla.domain.sessions import CurrentSession, Session
from ventanilla.schemas.fields import Catalogues
from ventanilla.schemas.notifications import Draft
from ventanilla.usecases import notify
from ventanilla.usecases.notify import Sender

NUMBER = make_cedula(17, 1_234_567)
PASSWORD = "cuatro llamas bajo la lluvia"
NEW_PASSWORD = "otra frase con doce volcanes"
EMAIL = "ana@example.ec"
INSTITUTION = Institution("municipio-ejemplo", "Municipio de Ejemplo", {"email": "m@example.ec"}, ("demo", "office"))


@pytest.fixture
def world(demo: Portal, ipsot: Portal, office: Portal) -> World:
    return World(demo, ipsot, office)


@pytest.fixture(scope="session")
def catalogues(portals_dir) -> Catalogues:
    return PortalFiles(portals_dir, ("ipsot",)).catalogue


def make_account(world: World, **changes: Any) -> Account:
    """An account that is there already."""
    values: dict[str, Any] = {
        "portal": "demo",
        "number": NUMBER,
        "kind": "cedula",
        "ref": random_id(),
        "email": EMAIL,
        "profile": {"given_names": "Ana Lucía", "surnames": "Prueba"},
        "assurance": "self_asserted",
        "locale": "es",
        "created_at": NOW - timedelta(days=100),
        "password_hash": f"hash:{PASSWORD}",
        **changes,
    }
    account = world.accounts.keep(Account(**values))
    if world.portals.get(account.portal).opens_mailbox(account.assurance) and account.status == "active":
        world.notifications.open_mailbox(account.portal, account.number)
    return account


def make_application(world: World, **changes: Any) -> Application:
    """An application whose link was just mailed."""
    values: dict[str, Any] = {
        "id": f"01KJM5Q7G0ABCDEFGHJKMNP{len(world.applications.kept):03}",
        "portal": "demo",
        "channel": "self",
        "number": NUMBER,
        "kind": "cedula",
        "state": "confirm",
        "email": EMAIL,
        "profile": {"given_names": "Ana Lucía", "surnames": "Prueba"},
        "locale": "es",
        "password_hash": f"hash:{PASSWORD}",
        "created_at": world.clock.now(),
        "expires_at": world.clock.now() + timedelta(days=30),
        "link_expires_at": world.clock.now() + timedelta(hours=24),
        **changes,
    }
    return world.applications.keep(Application(**values))


def link_of(world: World, application: Application) -> str:
    """The token that was mailed for an application."""
    return world.keys.write("confirm", application.slot, application.token_id)


def enter(world: World, account: Account, **changes: Any) -> CurrentSession:
    """The account's owner, who has entered."""
    now = world.clock.now()
    values: dict[str, Any] = {
        "id": random_id(),
        "ref": account.ref,
        "secret_hash": random_id(),
        "epoch": account.epoch,
        "created_at": now,
        "expires_at": now + timedelta(hours=12),
        "seen_at": now,
        "idle": timedelta(minutes=30),
        "user_agent": "Browser",
        **changes,
    }
    return current_of(world, world.sessions.keep(Session(**values)))


def current_of(world: World, session: Session) -> CurrentSession:
    """A session as the next request finds it."""
    session, state = world.sessions.kept[session.ref, session.secret_hash], world.accounts.states[session.ref]
    return CurrentSession(session, state, (*session.todo, *state.pending(world.portals.get(state.portal))))


def draft(**changes: Any) -> Draft:
    """A letter as an institution posts it."""
    letter = {
        "reference": "RES-1",
        "portal": "demo",
        "recipient": {"kind": "cedula", "number": NUMBER},
        "subject": "Resolución",
        "body": "Su trámite fue **resuelto**.",
        **changes,
    }
    return Draft.model_validate(letter)


def sender(nonce: str | None = "n1", institution: Institution = INSTITUTION) -> Sender:
    """An institution whose request bears a nonce."""
    key_id = f"{institution.id}.k1"
    return Sender(institution, key_id, Nonce(key_id, nonce) if nonce else None)


def post(world: World, *, by: Sender | None = None, **changes: Any) -> tuple[Any, bool]:
    """Post a letter; the nonce is new each time unless the sender is given."""
    return notify.post(
        draft(**changes),
        by or sender(random_id()),
        portals=world.portals,
        notifications=world.notifications,
        slots=world.slots,
        holidays=world.holidays,
        cupboard=world.cupboard,
        quotas=world.quotas,
        clock=world.clock,
    )


def refusals(error: VentanillaError) -> list[tuple[str, str]]:
    """Field and code of all that was refused."""
    return [(one.field, one.code) for one in error.errors]  # type: ignore[attr-defined]  # of Refused
