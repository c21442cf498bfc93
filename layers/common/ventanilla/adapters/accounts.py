"""Accounts and what their sessions share, changed together."""

from __future__ import annotations

from dataclasses import fields

from pynamodb.expressions.update import Action

from ventanilla.adapters.applications import application_key
from ventanilla.adapters.dynamo import ConditionFailed, Dynamo
from ventanilla.adapters.items import (
    AccountItem,
    ApplicationItem,
    Item,
    MailboxItem,
    SessionItem,
    SessionStateItem,
    SlotItem,
    entity_of,
    item_of,
)
from ventanilla.adapters.notifications import MAILBOX, box_of
from ventanilla.adapters.outbox import Outbox
from ventanilla.adapters.sessions import STATE, partition_of
from ventanilla.adapters.tokens import slot_key
from ventanilla.domain.accounts import Account, Application, Slot
from ventanilla.domain.errors import TokenGone
from ventanilla.domain.outbox import OutboxItem
from ventanilla.domain.sessions import Session, SessionState


def account_key(portal: str, number: str) -> str:
    """Return the partition of an account: found by what is typed at sign-in."""
    return f"account#{portal}#{number}"


class Accounts:
    """The accounts of all portals."""

    def __init__(
        self, dynamo: Dynamo, outbox: Outbox, *, accounts: str, applications: str, tokens: str, notifications: str
    ) -> None:
        self._dynamo = dynamo
        self._outbox = outbox
        self._account = dynamo.bind(AccountItem, accounts)
        self._state = dynamo.bind(SessionStateItem, accounts)
        self._session = dynamo.bind(SessionItem, accounts)
        self._application = dynamo.bind(ApplicationItem, applications)
        self._slot = dynamo.bind(SlotItem, tokens)
        self._mailbox = dynamo.bind(MailboxItem, notifications)

    def get(self, portal: str, number: str) -> Account | None:
        """Return the account of a number at a portal; one that was closed is none."""
        item = self._dynamo.get(self._account, account_key(portal, number))
        return entity_of(Account, item) if item and item.status != "closed" else None

    def with_slot(self, portal: str, number: str, purpose: str, slot: str) -> tuple[Account | None, Slot | None]:
        """Return an account and the slot of one of its purposes, in one trip."""
        account, held = self._dynamo.fetch(
            (self._account, *_alone(account_key(portal, number))), (self._slot, *_alone(slot_key(purpose, slot)))
        )
        open_account = entity_of(Account, account) if account and account.status != "closed" else None
        return open_account, entity_of(Slot, held) if held else None

    def open(self, account: Account, application: Application, *, opens_mailbox: bool, owed: OutboxItem | None) -> None:
        """Turn an application into its account, unless either is gone or taken by now.

        Raises:
            TokenGone: the application was used or superseded, or the number has an account.
        """
        writes = self._dynamo.transaction()
        gone = self._application(*application_key(application))
        writes.delete("application", gone, ApplicationItem.link == application.link)
        key = account_key(account.portal, account.number)
        free = AccountItem.pk.does_not_exist() | (AccountItem.status == "closed")
        writes.put("account", item_of(self._account, account, key), free)
        writes.put("state", item_of(self._state, _state_of(account), partition_of(account.ref), STATE))
        if opens_mailbox:
            box = self._mailbox(box_of(account.portal, account.number), MAILBOX)
            writes.update("mailbox", box, [MailboxItem.open.set(True), MailboxItem.unread_count.add(0)])
        if owed:
            writes.create("owed", self._outbox.row(owed))
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
    ) -> None:
        """Write what differs, in the account and in what its sessions share.

        Args:
            before: the account as it was read.
            after: the account as it shall be; with another epoch, all its sessions and tokens end.
            used: the slot whose token brought this change, used up by it.
            keep: the session that goes on under the new epoch.
            close_mailbox: nothing more is put into its mailbox.
            owed: what the owner is told.

        Raises:
            TokenGone: another change came first, or the token was used.
        """
        writes = self._dynamo.transaction()
        if used:
            slot = self._slot(slot_key(used.purpose, used.slot))
            writes.delete("slot", slot, SlotItem.id == used.id)
        key = account_key(before.portal, before.number)
        unchanged = AccountItem.epoch == before.epoch
        account = self._account(key)
        writes.update(
            "account", account, _differences(account, before, after) or [AccountItem.epoch.set(after.epoch)], unchanged
        )
        shared = _differences(self._state(), _state_of(before), _state_of(after))
        state = self._state(partition_of(before.ref), STATE)
        if after.status == "closed":
            writes.delete("state", state, SessionStateItem.epoch == before.epoch)
        elif shared:
            writes.update("state", state, shared, SessionStateItem.epoch == before.epoch)
        if keep:
            session = self._session(partition_of(keep.ref), keep.secret_hash)
            writes.update("session", session, [SessionItem.epoch.set(after.epoch)], SessionItem.pk.exists())
        if close_mailbox:
            box = self._mailbox(box_of(before.portal, before.number), MAILBOX)
            writes.update("mailbox", box, [MailboxItem.open.set(False)])
        if owed:
            writes.create("owed", self._outbox.row(owed))
        try:
            writes.commit()
        except ConditionFailed:
            raise TokenGone from None


def _alone(pk: str) -> tuple[str, str]:
    return pk, "-"


def _state_of(account: Account) -> SessionState:
    return SessionState(
        ref=account.ref,
        portal=account.portal,
        number=account.number,
        epoch=account.epoch,
        assurance=account.assurance,
        todo=account.todo,
        accepted=account.accepted,
    )


def _differences(model: Item, before: object, after: object) -> list[Action]:
    names = [field.name for field in fields(before)]  # type: ignore[arg-type]  # a dataclass
    changed = [name for name in names if getattr(before, name) != getattr(after, name)]
    return [getattr(type(model), name).set(getattr(after, name)) for name in changed]
