"""Sessions, and the failures that keep guessers waiting."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime

from pynamodb.expressions.update import Action

from ventanilla.adapters.dynamo import ConditionFailed, Dynamo, Key, Writes, delete_if, update_if
from ventanilla.adapters.failures import COUNTERS_KEPT, counter_key, counting, known_failures
from ventanilla.adapters.items import (
    ALONE,
    AccountItem,
    ApplicationItem,
    FailuresItem,
    SessionItem,
    SessionStateItem,
    differences,
    differing,
    entity_of,
    item_of,
)
from ventanilla.adapters.outbox import Outbox
from ventanilla.domain.accounts import Account, Application
from ventanilla.domain.errors import Busy
from ventanilla.domain.ids import slot_of
from ventanilla.domain.outbox import OutboxItem
from ventanilla.domain.sessions import Session, SessionState
from ventanilla.domain.throttling import Failures

STATE = "state"


def partition_of(ref: str) -> str:
    """Return the partition of an account's sessions."""
    return f"sessions#{ref}"


class Sessions:
    """The sessions of all accounts."""

    def __init__(self, dynamo: Dynamo, outbox: Outbox, *, accounts: str, applications: str, tokens: str) -> None:
        self._dynamo = dynamo
        self._outbox = outbox
        self._account = dynamo.bind(AccountItem, accounts)
        self._state = dynamo.bind(SessionStateItem, accounts)
        self._session = dynamo.bind(SessionItem, accounts)
        self._application = dynamo.bind(ApplicationItem, applications)
        self._failures = dynamo.bind(FailuresItem, tokens)

    def facts(
        self, portal: str, number: str, counters: Sequence[str], now: datetime, *, application: str | None = None
    ) -> tuple[Account | None, list[Failures], Application | None]:
        """Return an account, the failures counted under some names, and an application if one is named, in one trip."""
        keys: list[Key] = [(self._failures, counter_key(name), ALONE) for name in counters]
        if application:
            keys.append((self._application, slot_of(portal, number), application))
        account, *counted = self._dynamo.fetch((self._account, f"account#{portal}#{number}", ALONE), *keys)
        waiting = counted.pop() if application else None
        known = [known_failures(name, item, now) for name, item in zip(counters, counted, strict=True)]
        return (
            entity_of(Account, account) if account else None,
            known,
            entity_of(Application, waiting) if waiting else None,
        )

    def start(
        self, session: Session, cleared: Failures, now: datetime, *, rehashed: tuple[Account, str] | None
    ) -> bool:
        """Begin a session; tell whether no failure came between that makes it wait.

        The failures are forgotten, unless the session has steps of its own: until they are taken nobody has entered.
        """
        writes = self._dynamo.transaction()
        self.write_start(writes, session, cleared, now)
        if rehashed:
            account, password_hash = rehashed
            stored = self._account(f"account#{account.portal}#{account.number}")
            writes.update(
                "account", stored, [AccountItem.password_hash.set(password_hash)], AccountItem.epoch == account.epoch
            )
        return _held(writes.commit)

    def write_start(self, writes: Writes, session: Session, cleared: Failures, now: datetime) -> None:
        """Begin a session and forget the failures as part of a transaction, if no wait has begun."""
        item = item_of(self._session, session, partition_of(session.ref), session.secret_hash, ttl=session.expires_at)
        writes.create("session", item)
        self._pass(writes, cleared, now, forget=not session.todo)

    def prove(
        self, before: Session, after: Session, owner: tuple[Account, Account], cleared: Failures, now: datetime
    ) -> bool:
        """Write that a step of a session was taken, and what it used up; tell whether that was still to be had."""
        writes = self._dynamo.transaction()
        session = self._session(partition_of(before.ref), before.secret_hash)
        writes.update("session", session, differences(session, before, after), SessionItem.epoch == before.epoch)
        if owner[0] != owner[1]:
            self._use_up(writes, *owner)
        self._pass(writes, cleared, now, forget=not after.todo)
        return _held(writes.commit)

    def _use_up(self, writes: Writes, account: Account, left: Account) -> None:
        """Write what a proof leaves, if what differs is still as it was read: a code works once."""
        stored = self._account(f"account#{account.portal}#{account.number}")
        same = AccountItem.epoch == account.epoch
        for name in differing(account, left):
            was, kept = getattr(account, name), getattr(AccountItem, name)
            same &= kept.does_not_exist() if was is None else kept == was
        writes.update("account", stored, differences(stored, account, left), same)

    def note(self, before: Session, after: Session) -> None:
        """Write down what differs in a session, if it has not ended."""
        item = self._session(partition_of(before.ref), before.secret_hash)
        update_if(item, differences(item, before, after), SessionItem.pk.exists())

    def _pass(self, writes: Writes, counted: Failures, now: datetime, *, forget: bool) -> None:
        """Go on only if no wait has begun; with `forget`, begin to count anew."""
        actions: list[Action] = [FailuresItem.ttl.set(now + COUNTERS_KEPT)]
        if forget:
            actions += [FailuresItem.failures.set(0), FailuresItem.until.remove()]
        else:
            actions.append(FailuresItem.failures.add(0))
        free = FailuresItem.until.does_not_exist() | (FailuresItem.until <= now)
        writes.update("failures", self._failures(counter_key(counted.name)), actions, free)

    def fail(self, counted: Sequence[tuple[Failures, Failures]], now: datetime) -> bool:
        """Count one failure under each name in one atomic write; tell whether nobody else counted meanwhile."""
        writes = self._dynamo.transaction()
        for before, after in counted:
            writes.update(before.name, self._failures(counter_key(before.name)), *counting(before, after, now))
        return _held(writes.commit)

    def read(self, ref: str, secret_hash: str) -> tuple[SessionState, Session] | None:
        """Return a session and what all sessions of its account share, in one trip."""
        pk = partition_of(ref)
        state, session = self._dynamo.fetch((self._state, pk, STATE), (self._session, pk, secret_hash))
        return (entity_of(SessionState, state), entity_of(Session, session)) if state and session else None

    def mark_seen(self, session: Session, now: datetime) -> Session:
        """Write down that a session was used."""
        item = self._session(partition_of(session.ref), session.secret_hash)
        update_if(item, [SessionItem.seen_at.set(now)], SessionItem.pk.exists())
        return replace(session, seen_at=now)

    def all_of(self, ref: str) -> list[Session]:
        """Return all sessions of an account, those that have ended too."""
        items = self._dynamo.query(self._session, partition_of(ref), SessionItem.sk < STATE)
        return [entity_of(Session, item) for item in items]

    def end(self, session: Session, owed: OutboxItem | None = None) -> None:
        """End a session; those that are to hear of it are owed that by the same write."""
        item = self._session(partition_of(session.ref), session.secret_hash)
        if owed is None:
            delete_if(item, SessionItem.pk.exists())
            return
        writes = self._dynamo.transaction()
        writes.delete("session", item, SessionItem.pk.exists())
        writes.create("owed", self._outbox.row(owed))
        with suppress(ConditionFailed):  # it has ended already
            writes.commit()


def _held(commit: Callable[[], None]) -> bool:
    try:
        commit()
    except (ConditionFailed, Busy):
        return False
    return True
