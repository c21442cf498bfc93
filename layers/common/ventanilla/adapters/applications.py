"""Applications: what waits for an account, several to a number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from ventanilla.adapters.dynamo import ConditionFailed, Dynamo, Writes, update_if
from ventanilla.adapters.items import ApplicationItem, differences, entity_of, item_of
from ventanilla.adapters.outbox import Outbox
from ventanilla.adapters.tokens import Tokens
from ventanilla.domain.accounts import TRIES, Application
from ventanilla.domain.captcha import captcha_refused
from ventanilla.domain.errors import Busy
from ventanilla.domain.keys import Nonce
from ventanilla.domain.machine import done
from ventanilla.domain.outbox import OutboxItem


def application_key(application: Application) -> tuple[str, str]:
    """Return the keys of an application."""
    return application.slot, application.id


class Applications:
    """The applications of all portals."""

    def __init__(self, dynamo: Dynamo, outbox: Outbox, tokens: Tokens, *, applications: str) -> None:
        self._dynamo = dynamo
        self._outbox = outbox
        self._tokens = tokens
        self._application = dynamo.bind(ApplicationItem, applications)

    def submit(self, application: Application, owed: OutboxItem | None, captcha: Nonce | None = None) -> None:
        """Put an application down, and what is owed for it, without reading anything.

        Raises:
            Refused: the captcha was used before.
            Busy: there is another of this name, made for the same number in the same moment.
        """
        writes = self._dynamo.transaction()
        pk, sk = application_key(application)
        queued = {"queue_key": _queue_key(application)} if application.reviewed else {}
        item = item_of(self._application, application, pk, sk, ttl=application.expires_at, **queued)
        writes.create("application", item)
        if owed:
            writes.create("owed", self._outbox.row(owed))
        if captcha:
            writes.create("captcha", self._tokens.nonce_row(captcha, application.created_at))
        try:
            writes.commit()
        except ConditionFailed as failed:
            if "captcha" in failed.labels:
                raise captcha_refused("captcha_used") from None
            raise Busy from None

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

    def change(self, before: Application, after: Application, *, owed: Sequence[OutboxItem] = ()) -> bool:
        """Write what differs, and what is owed for it; tell whether the application was as it had been read."""
        writes = self._dynamo.transaction()
        self.write_change(writes, before, after)
        for item in owed:
            writes.create(f"owed {item.id}", self._outbox.row(item))
        try:
            writes.commit()
        except ConditionFailed:
            return False
        return True

    def write_change(self, writes: Writes, before: Application, after: Application) -> None:
        """Write what differs as part of a transaction, if the application is as it was read."""
        item = self._application(*application_key(before))
        unchanged = (ApplicationItem.state == before.state) & (ApplicationItem.link == before.link)
        actions = differences(item, before, after)
        if after.state == "done" and after.is_record:
            actions.append(ApplicationItem.ttl.remove())
        elif before.expires_at != after.expires_at:
            actions.append(ApplicationItem.ttl.set(after.expires_at))
        if before.state != after.state and before.reviewed:
            actions.append(ApplicationItem.queue_key.set(_queue_key(after)))
        writes.update("application", item, actions, unchanged)

    def write_done(self, writes: Writes, application: Application, now: datetime) -> None:
        """Write as part of a transaction that an application became its account; what is no record goes."""
        if application.is_record:
            self.write_change(writes, application, done(application, now))
        else:
            gone = self._application(*application_key(application))
            writes.delete("application", gone, ApplicationItem.link == application.link)

    def receive(self, before: Application, kind: str, record: dict[str, str]) -> Application | None:
        """Write down a document that has come; None where the application has changed, or waits for none any more."""
        item = self._application(*application_key(before))
        after = replace(before, documents={**before.documents, kind: record})
        unchanged = (ApplicationItem.state == "documents") & (ApplicationItem.documents == before.documents)
        return after if update_if(item, [ApplicationItem.documents.set(after.documents)], unchanged) else None

    def queue(self, portal: str, state: str, after: str | None, limit: int) -> list[Application]:
        """Return applications that are reviewed, in a state, oldest first; what has just changed may be missing."""
        later = ApplicationItem.id > after if after else None
        found = self._application.query(f"{portal}#{state}", later, index_name="queue", limit=limit)
        return [entity_of(Application, item) for item in found]

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


def _queue_key(application: Application) -> str:
    return f"{application.portal}#{application.state}"
