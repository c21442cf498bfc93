"""Notifications: letters with their timelines, and the mailboxes that list them."""

from __future__ import annotations

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
    UNREAD,
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

    def post(self, letter: Letter, entry: Entry, *, nonce: Nonce | None, owed: OutboxItem | None) -> frozenset[str]:
        """Claim the reference and put the letter into the mailbox; return what stood in the way, if anything.

        `nonce`: it was seen before. `letter`: the reference is taken. `mailbox`: it opened or closed meanwhile.
        """
        is_open = entry.state == "available"
        writes = self._dynamo.transaction()
        if nonce:
            writes.create("nonce", self._tokens.nonce_row(nonce, letter.accepted_at))
        writes.create("letter", item_of(self._letter, letter, _letter_of(letter.id), _LETTER))
        box = box_of(letter.recipient.portal, letter.recipient.number)
        unread_key = {"unread_key": entry.key} if is_open else {}
        writes.create("entry", item_of(self._entry, entry, box, entry.key, **unread_key))
        opened = MailboxItem.open == True  # noqa: E712  # pynamodb's condition
        closed = MailboxItem.open.does_not_exist() | (MailboxItem.open == False)  # noqa: E712
        count = [MailboxItem.unread_count.add(1 if is_open else 0)]
        writes.update("mailbox", self._mailbox(box, MAILBOX), count, opened if is_open else closed)
        if owed:
            writes.create("owed", self._outbox.row(owed))
        return _refusals(writes)

    def advance(
        self, thread: Thread, moment: Moment, *, before: tuple[State, ...], deadline: Deadline | None = None
    ) -> bool:
        """Write down what happened, in the timeline and in the mailbox's list; tell whether nothing came between.

        Args:
            thread: the timeline as it was read.
            moment: the entry that follows it.
            before: the states that the list's entry may be in.
            deadline: the term's end, where it becomes known now.
        """
        letter = thread.letter
        box = box_of(letter.recipient.portal, letter.recipient.number)
        writes = self._dynamo.transaction()
        writes.create("moment", self._moment_item(moment, letter.institution))
        actions: list[Action] = [EntryItem.state.set(moment.event)]
        unread = 0
        if moment.event == "available":
            actions += [EntryItem.unread_key.set(letter.entry), EntryItem.released_by.set(moment.by)]
            unread = 1
        elif moment.event in ("opened", "cancelled"):
            actions.append(EntryItem.unread_key.remove())
            unread = -1 if thread.state in UNREAD else 0
        if moment.event == "opened":
            actions.append(EntryItem.opened_at.set(moment.at))
        if deadline:
            actions.append(EntryItem.deadline.set(deadline))
        writes.update("entry", self._entry(box, letter.entry), actions, EntryItem.state.is_in(*before))
        if unread:
            condition = MailboxItem.open == True if moment.event == "available" else MailboxItem.pk.exists()  # noqa: E712
            writes.update("mailbox", self._mailbox(box, MAILBOX), [MailboxItem.unread_count.add(unread)], condition)
        return not _refusals(writes)

    def append(self, thread: Thread, moment: Moment) -> bool:
        """Write down what happened beside the states, such as a mail's fate; tell whether its number was free."""
        return put_if_free(self._moment_item(moment, thread.letter.institution))

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

    def _moment_item(self, moment: Moment, institution: str) -> MomentItem:
        pk, sk = _letter_of(moment.notification), f"{moment.number:04}"
        return item_of(self._moment, moment, pk, sk, institution=institution)


def _status(item: MailboxItem | None) -> MailboxStatus:
    return MailboxStatus(bool(item.open), int(item.unread_count or 0)) if item else MailboxStatus()


def _refusals(writes: Writes) -> frozenset[str]:
    try:
        writes.commit()
    except ConditionFailed as failure:
        return failure.labels
    return frozenset()
