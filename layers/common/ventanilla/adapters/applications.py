"""Applications: what waits for an account, several to a number."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from ventanilla.adapters.dynamo import Dynamo, update_if
from ventanilla.adapters.items import ApplicationItem, entity_of, item_of
from ventanilla.adapters.outbox import Outbox
from ventanilla.domain.accounts import TRIES, Application
from ventanilla.domain.outbox import OutboxItem


def application_key(application: Application) -> tuple[str, str]:
    """Return the keys of an application."""
    return application.slot, application.id


class Applications:
    """The applications of all portals."""

    def __init__(self, dynamo: Dynamo, outbox: Outbox, *, applications: str) -> None:
        self._dynamo = dynamo
        self._outbox = outbox
        self._application = dynamo.bind(ApplicationItem, applications)

    def submit(self, application: Application, owed: OutboxItem | None) -> None:
        """Put an application down, and what is owed for it, without reading anything."""
        writes = self._dynamo.transaction()
        pk, sk = application_key(application)
        writes.create("application", item_of(self._application, application, pk, sk, ttl=application.expires_at))
        if owed:
            writes.create("owed", self._outbox.row(owed))
        writes.commit()

    def get(self, slot: str, application_id: str) -> Application | None:
        """Return an application."""
        item = self._dynamo.get(self._application, slot, application_id)
        return entity_of(Application, item) if item else None

    def newest(self, slot: str, limit: int) -> list[Application]:
        """Return the newest applications of a portal's number."""
        newest = self._dynamo.query(self._application, slot, scan_index_forward=False, limit=limit)
        return [entity_of(Application, item) for item in newest]

    def take_try(self, slot: str, application_id: str, link: int, now: datetime) -> Application | None:
        """Take one of the tries that a living link has left, before anything is compared; None if it has died."""
        item = self._application(slot, application_id)
        lives = (
            (ApplicationItem.link == link)
            & (ApplicationItem.link_expires_at > now)
            & (ApplicationItem.tries < TRIES)
            & (ApplicationItem.state == "confirm")
        )
        return entity_of(Application, item) if update_if(item, [ApplicationItem.tries.add(1)], lives) else None

    def renew_link(self, application: Application, expires_at: datetime) -> Application | None:
        """Let a new link follow one that has died; None if the application has gone meanwhile."""
        item = self._application(*application_key(application))
        renewed = replace(application, link=application.link + 1, tries=0, link_expires_at=expires_at)
        actions = [
            ApplicationItem.link.set(renewed.link),
            ApplicationItem.tries.set(0),
            ApplicationItem.link_expires_at.set(expires_at),
        ]
        return renewed if update_if(item, actions, ApplicationItem.link == application.link) else None
