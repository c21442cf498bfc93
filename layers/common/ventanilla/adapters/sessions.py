"""Sessions, and the failures that keep guessers waiting."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from ventanilla.adapters.dynamo import ConditionFailed, Dynamo, delete_if, update_if
from ventanilla.adapters.items import (
    ALONE,
    AccountItem,
    FailuresItem,
    SessionItem,
    SessionStateItem,
    entity_of,
    item_of,
)
from ventanilla.domain.accounts import Account
from ventanilla.domain.errors import Busy
from ventanilla.domain.sessions import Session, SessionState
from ventanilla.domain.throttling import Failures

STATE = "state"
_COUNTERS_KEPT = timedelta(hours=24)


def partition_of(ref: str) -> str:
    """Return the partition of an account's sessions."""
    return f"sessions#{ref}"


class Sessions:
    """The sessions of all accounts."""

    def __init__(self, dynamo: Dynamo, *, accounts: str, tokens: str) -> None:
        self._dynamo = dynamo
        self._account = dynamo.bind(AccountItem, accounts)
        self._state = dynamo.bind(SessionStateItem, accounts)
        self._session = dynamo.bind(SessionItem, accounts)
        self._failures = dynamo.bind(FailuresItem, tokens)

    def facts(
        self, portal: str, number: str, counters: Sequence[str], now: datetime
    ) -> tuple[Account | None, list[Failures]]:
        """Return an account and the failures counted under some names, in one trip."""
        keys = [(self._failures, _counter(name), ALONE) for name in counters]
        account, *counted = self._dynamo.fetch((self._account, f"account#{portal}#{number}", ALONE), *keys)
        known = [
            Failures(name, item.failures, item.until) if item and not _outdated(item, now) else Failures(name, 0)
            for name, item in zip(counters, counted, strict=True)
        ]
        return (entity_of(Account, account) if account else None), known

    def start(
        self, session: Session, cleared: Failures, now: datetime, *, rehashed: tuple[Account, str] | None
    ) -> bool:
        """Begin a session and forget the failures; tell whether no failure came between that makes it wait."""
        writes = self._dynamo.transaction()
        item = item_of(self._session, session, partition_of(session.ref), session.secret_hash, ttl=session.expires_at)
        writes.create("session", item)
        counter = self._failures(_counter(cleared.name))
        free = FailuresItem.until.does_not_exist() | (FailuresItem.until <= now)
        clear = [FailuresItem.failures.set(0), FailuresItem.until.remove(), FailuresItem.ttl.set(now + _COUNTERS_KEPT)]
        writes.update("failures", counter, clear, free)
        if rehashed:
            account, password_hash = rehashed
            stored = self._account(f"account#{account.portal}#{account.number}")
            writes.update(
                "account", stored, [AccountItem.password_hash.set(password_hash)], AccountItem.epoch == account.epoch
            )
        return _held(writes.commit)

    def fail(self, counted: Sequence[tuple[Failures, Failures]], now: datetime) -> bool:
        """Count one failure under each name in one atomic write; tell whether nobody else counted meanwhile."""
        writes = self._dynamo.transaction()
        for before, after in counted:
            same = FailuresItem.failures == before.count
            if before.count == 0:
                # Nothing counted yet, or so long ago that it no longer counts.
                same = same | FailuresItem.failures.does_not_exist() | (FailuresItem.ttl <= now)
            actions = [FailuresItem.failures.set(after.count), FailuresItem.ttl.set(now + _COUNTERS_KEPT)]
            if after.until:
                actions.append(FailuresItem.until.set(after.until))
            writes.update(before.name, self._failures(_counter(before.name)), actions, same)
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

    def end(self, session: Session) -> None:
        """End a session."""
        delete_if(self._session(partition_of(session.ref), session.secret_hash), SessionItem.pk.exists())


def _held(commit: Callable[[], None]) -> bool:
    try:
        commit()
    except (ConditionFailed, Busy):
        return False
    return True


def _counter(name: str) -> str:
    return f"failures#{name}"


def _outdated(item: FailuresItem, now: datetime) -> bool:
    ttl: datetime | None = item.ttl
    return ttl is not None and ttl <= now
