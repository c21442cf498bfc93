"""Apply: an applicant looks after the application and sends it in; what follows by itself is done at once."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from ventanilla.domain import machine
from ventanilla.domain.accounts import Application
from ventanilla.domain.errors import DocumentsMissing, NotFound, NotWaiting, TokenGone
from ventanilla.domain.portal_texts import Document, say
from ventanilla.domain.portals import Portal
from ventanilla.schemas.applications import ApplicationOut, DocumentState, HistoryLine
from ventanilla.usecases.eligibility import check_identity
from ventanilla.usecases.ports import Applications, Clock, IdentityRegistry, Portals, TokenKeys
from ventanilla.usecases.register import APPLICATION, confirmation_owed


def own_application(
    application_id: str, token: str | None, *, keys: TokenKeys, applications: Applications, now: datetime
) -> Application:
    """Return the application that an access token opens.

    Raises:
        NotFound: there is none, or the token is not its own.
    """
    try:
        named = keys.keyring(now, token).read(token or "", purposes=(APPLICATION,), now=now)
    except TokenGone:
        raise NotFound from None
    if application_id != f"{named.slot}.{named.id}":
        raise NotFound
    application = applications.get(named.slot, named.id)
    if application is None or application.is_over(now):
        raise NotFound
    return application


def show(
    application_id: str,
    token: str | None,
    *,
    locale: str,
    keys: TokenKeys,
    portals: Portals,
    applications: Applications,
    clock: Clock,
) -> ApplicationOut:
    """Return state, history and what is missing.

    Raises:
        NotFound: there is none, or the token is not its own.
    """
    application = own_application(application_id, token, keys=keys, applications=applications, now=clock.now())
    return ApplicationOut(**shown(application, portals.get(application.portal), locale))


def submit(
    application_id: str,
    token: str | None,
    *,
    locale: str,
    keys: TokenKeys,
    portals: Portals,
    applications: Applications,
    registry: IdentityRegistry,
    clock: Clock,
) -> ApplicationOut:
    """Send an application in: into the next step that somebody has to take.

    Raises:
        NotFound: there is none, or the token is not its own.
        DocumentsMissing: with the kinds that have not come.
        NotWaiting: it has been sent in already.
        RegistryDown: the application waits where it was.
    """
    now = clock.now()
    application = own_application(application_id, token, keys=keys, applications=applications, now=now)
    portal = portals.get(application.portal)
    if application.state not in ("documents", "identity_check"):
        raise NotWaiting(state=application.state)
    missing = machine.missing_documents(portal, application)
    if missing:
        raise DocumentsMissing(documents=", ".join(missing))
    after = replace(
        _advance(application, portal, registry=registry, now=now), expires_at=now + portal.lifetimes.application
    )
    owed = confirmation_owed(after, now) if after.state == "confirm" else None
    if not applications.change(application, after, owed=[owed] if owed else []):
        raise NotWaiting(state=application.state)
    return ApplicationOut(**shown(after, portal, locale))


def _advance(application: Application, portal: Portal, *, registry: IdentityRegistry, now: datetime) -> Application:
    """Walk on to the next step that somebody has to take; the registry is asked only now, after the signature."""
    if application.state == "documents":
        application = machine.entered(application, machine.next_state(portal, application), at=now, by="applicant")
    if application.state == "identity_check":
        reasons = check_identity(application.identifier, portal, registry=registry, now=now)
        if reasons:
            return machine.entered(application, "refused", at=now, by="registry", reason=", ".join(reasons))
        application = machine.entered(application, machine.next_state(portal, application), at=now, by="registry")
    if application.state == "confirm":
        return machine.confirmable(application, now + portal.lifetimes.confirm)
    return application


def shown(application: Application, portal: Portal, locale: str) -> dict[str, Any]:
    """Return what everybody who may see an application is shown."""
    due = machine.documents_due(portal, application)
    return {
        "id": application.public_id,
        "portal": application.portal,
        "channel": application.channel,
        "state": application.state,
        "history": [
            HistoryLine(state=one["state"], at=datetime.fromisoformat(one["at"]), reason=one.get("reason"))
            for one in application.history
        ],
        "documents": [_document(document, application.documents.get(document.id), locale) for document in due],
        "missing": list(machine.missing_documents(portal, application)),
    }


def _document(document: Document, received: dict[str, Any] | None, locale: str) -> DocumentState:
    return DocumentState(
        kind=document.id,
        title=say(document.title, locale) or document.id,
        signer=document.signer,
        accept=list(document.accept),
        received=received is not None,
        signature=received["signature"] if received else None,
        signed_by=received.get("signer") if received else None,
    )
