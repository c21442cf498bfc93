"""Notifications: letters with their timelines, and the mailboxes that list them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from ventanilla.adapters.dynamo import ConditionFailed, Dynamo, Key, Writes, put_if_free
from ventanilla.adapters.items import (
    EntryItem,
    LetterItem,
    MailboxItem,
    MomentItem,
    entity_of,
    item_of,
)
from ventanilla.adapters.outbox import Outbox
from ventanilla.adapters.tokens import Tokens
from ventanilla.domain.ids import LENGTH
from ventanilla.domain.keys import Nonce
from ventanilla.domain.notifications import (
    Deadline,
    Entry,
    Letter,
    MailboxStatus,
    Moment,
    Recipient,
    State,
    Thread,
)
from ventanilla.domain.outbox import OutboxItem
from ventanilla.domain.simulation import mailbox_of

MAILBOX = "~"
"""Sort key of the mailbox itself: behind all entries, so first when read backwards."""
_LETTER = "0000"


def box_of(portal: str, number: str) -> str:
    """Return the partition of a mailbox."""
    return f"box#{portal}#{number}"


def _letter_of(notification: str) -> str:
    return f"n#{notification}"


class Notifications:
    """The notifications of all institutions, and the mailboxes of all portals."""

    def __init__(self, dynamo: Dynamo, outbox: Outbox, tokens: Tokens, *, notifications: str) -> None:
        self._dynamo = dynamo
        self._outbox = outbox
        self._tokens = tokens
        self._letter = dynamo.bind(LetterItem, notifications)
        self._moment = dynamo.bind(MomentItem, notifications)
        self._entry = dynamo.bind(EntryItem, notifications)
        self._mailbox = dynamo.bind(MailboxItem, notifications)

    def keys_for_post(self, notification: str, recipient: Recipient) -> tuple[Key, Key]:
        """Return what a post reads, for those who read ahead: the letter and the mailbox."""
        return (
            (self._letter, _letter_of(notification), _LETTER),
            (self._mailbox, box_of(recipient.portal, recipient.number), MAILBOX),
        )

    def letter(self, notification: str) -> Letter | None:
        """Return a letter."""
        item = self._dynamo.get(self._letter, _letter_of(notification), _LETTER)
        return entity_of(Letter, item) if item else None

    def mailbox(self, portal: str, number: str) -> MailboxStatus:
        """Return whether a mailbox is open, and how much is unread."""
        return _status(self._dynamo.get(self._mailbox, box_of(portal, number), MAILBOX))

    def thread(self, notification: str) -> Thread | None:
        """Return a letter with its timeline, in one trip."""
        if len(notification) != LENGTH:  # none of ours, and perhaps longer than the 2,048 bytes that a key may have
            return None
        raw = list(self._dynamo.partition(self._letter, _letter_of(notification)))
        if not raw:
            return None
        letter = entity_of(Letter, self._letter.from_raw_data(raw[0]))
        return Thread(letter, tuple(entity_of(Moment, self._moment.from_raw_data(item)) for item in raw[1:]))

    def post(
        self,
        letter: Letter,
        entry: Entry,
        *,
        nonce: Nonce | None,
        owed: OutboxItem | None,
        also_owed: OutboxItem | None = None,
    ) -> frozenset[str]:
        """Claim the reference and put the letter into the mailbox; return what stood in the way, if anything.

        `nonce`: it was seen before. `letter`: the reference is taken. `mailbox`: it opened or closed meanwhile.
        """
        is_open = entry.state == "available"
        writes = self._dynamo.transaction()
        if nonce:
            writes.create("nonce", self._tokens.nonce_row(nonce, letter.accepted_at))
        writes.create("letter", item_of(self._letter, letter, _letter_of(letter.id), _LETTER))
        box = _box_of(letter)
        unread_key = {"unread_key": entry.key} if is_open else {}
        writes.create("entry", item_of(self._entry, entry, box, entry.key, **unread_key))
        if entry.state != "accepted":  # what is for later meets the mailbox when its hour has come
            self._count(writes, letter, 1 if is_open else 0, _is_open() if is_open else _is_closed())
        if owed:
            writes.create("owed", self._outbox.row(owed))
        if also_owed:
            writes.create("also owed", self._outbox.row(also_owed))
        return _refusals(writes)

    def advance(
        self,
        thread: Thread,
        moment: Moment,
        *,
        before: tuple[State, ...],
        deadline: Deadline | None = None,
        owed: Sequence[OutboxItem] = (),
    ) -> bool:
        """Write down what happened, in the timeline and in the mailbox's list; tell whether nothing came between.

        Args:
            thread: the timeline as it was read.
            moment: the entry that follows it.
            before: the states that the list's entry may be in.
            deadline: the term's end, where it becomes known now.
            owed: what follows from it.
        """
        letter = thread.letter
        writes = self._dynamo.transaction()
        writes.create("moment", self._moment_item(moment, thread))
        actions: list[Action] = [EntryItem.state.set(thread.after(moment).state)]
        unread = thread.unread and moment.event in ("opened", "cancelled")
        if moment.event == "available":
            actions += [EntryItem.unread_key.set(letter.entry), EntryItem.released_by.set(moment.by)]
        elif moment.event in ("opened", "cancelled"):
            actions.append(EntryItem.unread_key.remove())
        if moment.event == "opened":
            actions.append(EntryItem.opened_at.set(moment.at))
        if deadline:
            actions.append(EntryItem.deadline.set(deadline))
        writes.update("entry", self._entry(_box_of(letter), letter.entry), actions, EntryItem.state.is_in(*before))
        if moment.event == "available":
            self._count(writes, letter, 1, _is_open())
        elif moment.event == "waiting_for_account":
            self._count(writes, letter, 0, _is_closed())
        elif unread:
            self._count(writes, letter, -1, MailboxItem.pk.exists())
        for item in owed:
            writes.create(f"owed {item.kind}", self._outbox.row(item))
        return not _refusals(writes)

    def append(self, thread: Thread, moment: Moment) -> bool:
        """Write down what happened beside the states, such as a mail's fate; tell whether its number was free."""
        return put_if_free(self._moment_item(moment, thread))

    def page(
        self, portal: str, number: str, *, before: str | None, unread: bool, limit: int
    ) -> tuple[list[Entry], MailboxStatus | None]:
        """Return entries of a mailbox, newest first, and its status where the page begins with the newest.

        Args:
            portal: whose mailbox.
            number: whose.
            before: the key that the page begins after; None for the newest.
            unread: only what is unread.
            limit: how many.
        """
        box = box_of(portal, number)
        if unread:
            older = EntryItem.unread_key < before if before else None
            found = self._entry.query(
                box, older, index_name="unread", consistent_read=True, scan_index_forward=False, limit=limit
            )
            return [entity_of(Entry, item) for item in found], None
        if before:
            older_items = self._dynamo.query(
                self._entry, box, EntryItem.sk < before, scan_index_forward=False, limit=limit
            )
            return [entity_of(Entry, item) for item in older_items], None
        raw = self._dynamo.partition(self._entry, box, backwards=True, limit=limit + 1)
        status = MailboxStatus()
        entries: list[Entry] = []
        for item in raw:
            if item["sk"]["S"] == MAILBOX:
                status = _status(self._mailbox.from_raw_data(item))
            else:
                entries.append(entity_of(Entry, self._entry.from_raw_data(item)))
        return entries[:limit], status

    def waiting(self, portal: str, number: str) -> list[Entry]:
        """Return the entries of a mailbox that wait for its account."""
        items = self._dynamo.query(self._entry, box_of(portal, number), EntryItem.sk < MAILBOX)
        return [entity_of(Entry, item) for item in items if item.state == "waiting_for_account"]

    def released_by(self, portal: str, number: str, release: str) -> int:
        """Count the entries that one release has made available."""
        items = self._dynamo.query(self._entry, box_of(portal, number), EntryItem.sk < MAILBOX)
        return sum(item.released_by == release for item in items)

    def entries(self, keys: list[tuple[str, str, str]]) -> list[Entry | None]:
        """Return the list's entries at these (portal, number, key), in one trip."""
        found = self._dynamo.fetch(*[(self._entry, box_of(portal, number), key) for portal, number, key in keys])
        return [entity_of(Entry, item) if item else None for item in found]

    def _count(self, writes: Writes, letter: Letter, unread: int, condition: Condition) -> None:
        """Count what is unread, if the mailbox is as it should be; those of test letters are as their scenario says."""
        mailbox = self._mailbox(_box_of(letter), MAILBOX)
        demanded = None if letter.is_test else condition
        writes.update("mailbox", mailbox, [MailboxItem.unread_count.add(unread)], demanded)

    def _moment_item(self, moment: Moment, thread: Thread) -> MomentItem:
        """Return the item of an entry, which says also what who follows the stream has to know."""
        pk, sk, letter = _letter_of(moment.notification), f"{moment.number:04}", thread.letter
        more: dict[str, Any] = {"institution": letter.institution, "reference": letter.reference}
        available_at = thread.when("available")
        if moment.event == "opened" and available_at:
            more["seconds"] = int((moment.at - available_at).total_seconds())
        return item_of(self._moment, moment, pk, sk, **more)


def _box_of(letter: Letter) -> str:
    mailbox = mailbox_of(letter.institution, letter.recipient)
    return box_of(mailbox.portal, mailbox.number)


def _status(item: MailboxItem | None) -> MailboxStatus:
    return MailboxStatus(bool(item.open), int(item.unread_count or 0)) if item else MailboxStatus()


def _is_open() -> Condition:
    condition: Condition = MailboxItem.open == True  # noqa: E712  # pynamodb's condition
    return condition


def _is_closed() -> Condition:
    condition: Condition = MailboxItem.open.does_not_exist() | (MailboxItem.open == False)  # noqa: E712
    return condition


def _refusals(writes: Writes) -> frozenset[str]:
    try:
        writes.commit()
    except ConditionFailed as failure:
        return failure.labels
    return frozenset()
