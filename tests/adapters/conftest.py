"""People and letters for the tables."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from tests.fakes import NOW
from tests.makers import make_cedula
from ventanilla.domain.accounts import Account, Application
from ventanilla.domain.ids import derived_id
from ventanilla.domain.notifications import Deadline, Entry, Letter, Recipient, Thread, notification_id
from ventanilla.domain.outbox import OutboxItem
from ventanilla.domain.sessions import Session
from ventanilla.wiring import Services

NUMBER = make_cedula(17, 1_234_567)
PORTAL = "demo"


def make_account(**changes: Any) -> Account:
    values: dict[str, Any] = {
        "portal": PORTAL,
        "number": NUMBER,
        "kind": "cedula",
        "ref": "refrefrefrefrefrefrefrefre",
        "email": "ana@example.ec",
        "profile": {"given_names": "Ana Lucía", "surnames": "Prueba"},
        "assurance": "self_asserted",
        "locale": "es",
        "created_at": NOW,
        "password_hash": "hash",
        **changes,
    }
    return Account(**values)


def make_application(**changes: Any) -> Application:
    values: dict[str, Any] = {
        "id": "01KJM5Q7G0ABCDEFGHJKMNP001",
        "portal": PORTAL,
        "channel": "self",
        "number": NUMBER,
        "kind": "cedula",
        "state": "confirm",
        "email": "ana@example.ec",
        "profile": {"given_names": "Ana Lucía"},
        "locale": "es",
        "created_at": NOW,
        "expires_at": NOW + timedelta(days=30),
        "link_expires_at": NOW + timedelta(hours=24),
        **changes,
    }
    return Application(**values)


def open_account(services: Services, *, opens_mailbox: bool = True, **changes: Any) -> Account:
    """Let an account be born as it is in life: from an application."""
    account = make_account(**changes)
    application = make_application(portal=account.portal, number=account.number)
    services.applications.submit(application, None)
    services.accounts.open(account, application, opens_mailbox=opens_mailbox, owed=())
    return account


def make_session(account: Account, secret_hash: str = "a" * 64, **changes: Any) -> Session:
    values: dict[str, Any] = {
        "id": derived_id("session", secret_hash),
        "ref": account.ref,
        "secret_hash": secret_hash,
        "epoch": account.epoch,
        "created_at": NOW,
        "expires_at": NOW + timedelta(hours=12),
        "seen_at": NOW,
        "idle": timedelta(minutes=30),
        "user_agent": "Browser",
        **changes,
    }
    return Session(**values)


def make_letter(reference: str = "RES-1", **changes: Any) -> Letter:
    values: dict[str, Any] = {
        "id": notification_id("municipio-ejemplo", reference),
        "institution": "municipio-ejemplo",
        "institution_name": "Municipio de Ejemplo",
        "institution_contact": {"email": "m@example.ec"},
        "reference": reference,
        "recipient": Recipient(PORTAL, "cedula", NUMBER),
        "subject": "Resolución",
        "body": "Su trámite fue **resuelto**.",
        "locale": "es",
        "category": None,
        "deadline": None,
        "digest": "0" * 64,
        "accepted_at": NOW,
        "accepted_by": "municipio-ejemplo.k1",
        "entry": f"01KJM5Q7G0{derived_id('entry', reference)[:16].upper()}",
        "born": "available",
        **changes,
    }
    return Letter(**values)


def entry_of(letter: Letter, deadline: Deadline | None = None) -> Entry:
    return Entry(
        key=letter.entry,
        notification=letter.id,
        recipient=letter.recipient,
        state=letter.born,
        reference=letter.reference,
        subject=letter.subject,
        category=letter.category,
        institution=letter.institution,
        institution_name=letter.institution_name,
        institution_contact=letter.institution_contact,
        received_at=letter.accepted_at,
        deadline=deadline,
    )


def post(services: Services, letter: Letter, **more: Any) -> Letter:
    """Put a letter into its mailbox, which must be as the letter takes it to be."""
    refused = services.notifications.post(letter, entry_of(letter), **{"nonce": None, "owed": None, **more})
    assert not refused
    return letter


def thread_of(services: Services, letter: Letter) -> Thread:
    thread = services.notifications.thread(letter.id)
    assert thread is not None
    return thread


def owed(kind: str = "reset", **changes: Any) -> OutboxItem:
    return OutboxItem(kind, changes.pop("about", {"portal": PORTAL}), changes.pop("created_at", NOW), **changes)


def at_once(count: int, act: Callable[[int], Any]) -> list[Any]:
    """Let some threads do something at the same moment; return what each returned or raised."""
    barrier = threading.Barrier(count)
    results: list[Any] = [None] * count

    def run(index: int) -> None:
        barrier.wait()
        try:
            results[index] = act(index)
        except Exception as error:  # noqa: BLE001  # it is the result
            results[index] = error

    threads = [threading.Thread(target=run, args=(index,)) for index in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results
