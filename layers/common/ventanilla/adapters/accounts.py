"""Accounts and what their sessions share, changed together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

from pynamodb.expressions.condition import Condition

from ventanilla.adapters.applications import Applications
from ventanilla.adapters.audits import Audits
from ventanilla.adapters.dynamo import ConditionFailed, Dynamo, Writes
from ventanilla.adapters.items import (
    ALONE,
    AccountItem,
    MailboxItem,
    SeatItem,
    SessionItem,
    SessionStateItem,
    SlotItem,
    differences,
    entity_of,
    item_of,
)
from ventanilla.adapters.notifications import MAILBOX, box_of
from ventanilla.adapters.outbox import Outbox
from ventanilla.adapters.sessions import STATE, Sessions, partition_of
from ventanilla.adapters.tokens import slot_key
from ventanilla.domain.accounts import Account, Application, Slot
from ventanilla.domain.audit import AuditEntry
from ventanilla.domain.errors import TokenGone
from ventanilla.domain.outbox import OutboxItem
from ventanilla.domain.sessions import Session, SessionState
from ventanilla.domain.throttling import Failures

SignedOut = Callable[[Account], OutboxItem | None]
"""Says what is owed to the systems that an account has entered, when all its sessions end."""


def account_key(portal: str, number: str) -> str:
    """Return the partition of an account: found by what is typed at sign-in."""
    return f"account#{portal}#{number}"


def seat_key(portal: str, role: str, scope: str, place: int) -> tuple[str, str]:
    """Return the keys of a place that a role has in a scope."""
    return f"seats#{portal}#{scope}", f"{role}#{place}"


class Accounts:
    """The accounts of all portals."""

    def __init__(
        self,
        dynamo: Dynamo,
        outbox: Outbox,
        sessions: Sessions,
        applications: Applications,
        *,
        accounts: str,
        tokens: str,
        notifications: str,
        signed_out: SignedOut = lambda _: None,
    ) -> None:
        self._dynamo = dynamo
        self._outbox = outbox
        self._sessions = sessions
        self._applications = applications
        self._signed_out = signed_out
        self._audits = Audits(dynamo, accounts=accounts)
        self._account = dynamo.bind(AccountItem, accounts)
        self._state = dynamo.bind(SessionStateItem, accounts)
        self._session = dynamo.bind(SessionItem, accounts)
        self._slot = dynamo.bind(SlotItem, tokens)
        self._seat = dynamo.bind(SeatItem, accounts)
        self._mailbox = dynamo.bind(MailboxItem, notifications)

    def get(self, portal: str, number: str) -> Account | None:
        """Return the account of a number at a portal; one that was closed is none."""
        item = self._dynamo.get(self._account, account_key(portal, number))
        return entity_of(Account, item) if item and item.status != "closed" else None

    def several(self, *keys: tuple[str, str]) -> list[Account | None]:
        """Return the accounts of some portals and numbers, in one trip; one that was closed is none."""
        items = self._dynamo.fetch(*((self._account, account_key(*key), ALONE) for key in keys))
        return [entity_of(Account, item) if item and item.status != "closed" else None for item in items]

    def key_of(self, ref: str) -> tuple[str, str] | None:
        """Return portal and number of the account that an opaque reference stands for; of one that is closed none."""
        item = self._dynamo.get(self._state, partition_of(ref), STATE)
        return (item.portal, item.number) if item else None

    def organizations(self, portal: str, field: str) -> Counter[str]:
        """Count a portal's open accounts by the organisation that a field of their profile names; reads all of them."""
        of_portal = AccountItem.pk.startswith(account_key(portal, "")) & (AccountItem.status != "closed")
        named = (item.profile.get(field) for item in self._account.scan(of_portal))
        return Counter(code for code in named if code)

    def with_slot(self, portal: str, number: str, purpose: str, slot: str) -> tuple[Account | None, Slot | None]:
        """Return an account and the slot of one of its purposes, in one trip."""
        account, held = self._dynamo.fetch(
            (self._account, account_key(portal, number), ALONE), (self._slot, slot_key(purpose, slot), ALONE)
        )
        open_account = entity_of(Account, account) if account and account.status != "closed" else None
        return open_account, entity_of(Slot, held) if held else None

    def open(
        self,
        account: Account,
        application: Application,
        *,
        before: Account | None = None,
        opens_mailbox: bool,
        owed: Sequence[OutboxItem],
        entered: tuple[Session, Failures] | None = None,
    ) -> None:
        """Turn an application into its account, unless either is gone or taken by now.

        Args:
            account: what is born.
            application: what it was asked for by; used up, and kept where it is a record.
            before: the account that it takes the place of, as it was read.
            opens_mailbox: whether the portal's mailbox opens for it.
            owed: what follows from it.
            entered: the session that begins with it, and the failures that it clears.

        Raises:
            TokenGone: the application was used or superseded, or the number has an account.
        """
        writes = self._dynamo.transaction()
        self._applications.write_done(writes, application, account.created_at)
        key = account_key(account.portal, account.number)
        free = AccountItem.pk.does_not_exist() | (AccountItem.status == "closed")
        same = _as_read(before) if before else free
        writes.put("account", item_of(self._account, account, key), same)
        writes.put("state", item_of(self._state, _state_of(account), partition_of(account.ref), STATE))
        for seat in application.seats:
            kept = self._seat(*seat_key(account.portal, seat.role, seat.scope, seat.place))
            writes.update(f"seat {seat.role}", kept, [SeatItem.ttl.remove()], SeatItem.holder == account.number)
        if opens_mailbox:
            box = self._mailbox(box_of(account.portal, account.number), MAILBOX)
            writes.update("mailbox", box, [MailboxItem.open.set(True), MailboxItem.unread_count.add(0)])
        if entered:
            session, cleared = entered
            self._sessions.write_start(writes, session, cleared, account.created_at)
        left = self._signed_out(account) if before else None
        for item in (*owed, *([left] if left else [])):
            writes.create(f"owed {item.id}", self._outbox.row(item))
        try:
            writes.commit()
        except ConditionFailed:
            raise TokenGone from None

    def change(
        self,
        before: Account,
        after: Account,
        *,
        used: Slot | None = None,
        keep: Session | None = None,
        close_mailbox: bool = False,
        owed: OutboxItem | None = None,
        also_owed: OutboxItem | None = None,
        audited: AuditEntry | None = None,
    ) -> None:
        """Write what differs, in the account and in what its sessions share.

        Args:
            before: the account as it was read.
            after: the account as it shall be; with another epoch, all its sessions and tokens end.
            used: the slot whose token brought this change, used up by it.
            keep: the session that goes on under the new epoch.
            close_mailbox: nothing more is put into its mailbox.
            owed: what the owner is told.
            also_owed: what goes to another address.
            audited: the entry that says who did it, where it was not the owner.

        Raises:
            TokenGone: another change came first, or the token was used.
        """
        writes = self._dynamo.transaction()
        if used:
            slot = self._slot(slot_key(used.purpose, used.slot))
            writes.delete("slot", slot, SlotItem.id == used.id)
        self.write_change(writes, before, after)
        if keep:
            session = self._session(partition_of(keep.ref), keep.secret_hash)
            writes.update("session", session, [SessionItem.epoch.set(after.epoch)], SessionItem.pk.exists())
        if close_mailbox:
            box = self._mailbox(box_of(before.portal, before.number), MAILBOX)
            writes.update("mailbox", box, [MailboxItem.open.set(False)])
        left = self._signed_out(after) if after.epoch != before.epoch else None
        for item in (owed, also_owed, left):
            if item:
                writes.create(f"owed {item.id}", self._outbox.row(item))
        if audited:
            self._audits.write(writes, audited)
        try:
            writes.commit()
        except ConditionFailed:
            raise TokenGone from None

    def note_mail(self, before: Account, after: Account) -> bool:
        """Write what became of a mail; tell whether address, steps and what came back before were as they were read."""
        writes = self._dynamo.transaction()
        same = (AccountItem.email == before.email) & (AccountItem.todo == before.todo) & _same_bounces(before)
        self.write_change(writes, before, after, same)
        try:
            writes.commit()
        except ConditionFailed:
            return False
        return True

    def write_change(self, writes: Writes, before: Account, after: Account, also: Condition | None = None) -> None:
        """Write what differs as part of a transaction, if the account is of the epoch that was read."""
        account = self._account(account_key(before.portal, before.number))
        differing = differences(account, before, after) or [AccountItem.epoch.set(after.epoch)]
        condition = _as_read(before) if also is None else _as_read(before) & also
        writes.update(f"account {before.ref}", account, differing, condition)
        shared = differences(self._state(), _state_of(before), _state_of(after))
        state = self._state(partition_of(before.ref), STATE)
        if after.status == "closed":
            writes.delete(f"state {before.ref}", state, SessionStateItem.epoch == before.epoch)
        elif shared:
            writes.update(f"state {before.ref}", state, shared, SessionStateItem.epoch == before.epoch)


def _as_read(before: Account) -> Condition:
    """Return what holds while nobody has changed an account since: roles come and go within an epoch."""
    same_roles: Condition = AccountItem.grants == before.grants
    if not before.grants:
        same_roles = same_roles | AccountItem.grants.does_not_exist()
    unchanged: Condition = (AccountItem.epoch == before.epoch) & same_roles
    return unchanged


def _same_bounces(before: Account) -> Condition:
    same: Condition = AccountItem.bounces == before.bounces
    return same if before.bounces else same | AccountItem.bounces.does_not_exist()


def _state_of(account: Account) -> SessionState:
    return SessionState(
        ref=account.ref,
        portal=account.portal,
        number=account.number,
        epoch=account.epoch,
        assurance=account.assurance,
        todo=account.todo,
        grants=account.grants,
        accepted=account.accepted,
    )
