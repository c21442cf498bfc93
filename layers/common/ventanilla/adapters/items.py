"""The items of the tables: one pynamodb model a kind, keys `pk` and `sk` everywhere."""

from __future__ import annotations

from dataclasses import MISSING, fields
from typing import Any, TypeVar

from pynamodb.attributes import BooleanAttribute, NumberAttribute, UnicodeAttribute, UnicodeSetAttribute
from pynamodb.indexes import AllProjection, LocalSecondaryIndex
from pynamodb.models import Model

from ventanilla.adapters.attributes import (
    ExpiryAttribute,
    InstantAttribute,
    JsonAttribute,
    ListAttribute,
    RecordAttribute,
    SecondsAttribute,
    WordsAttribute,
)
from ventanilla.domain.notifications import Deadline, Recipient

ALONE = "-"
"""The sort key of what has its partition for itself."""
E = TypeVar("E")
I = TypeVar("I", bound="Item")  # noqa: E741  # an item


class Item(Model):
    """What every item has: its keys, and when it may be tidied up."""

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True, default=ALONE)
    ttl = ExpiryAttribute(null=True)


class AccountItem(Item):
    """`account#portal#number`."""

    portal = UnicodeAttribute()
    number = UnicodeAttribute()
    kind = UnicodeAttribute()
    country = UnicodeAttribute(null=True)
    ref = UnicodeAttribute()
    epoch = NumberAttribute()
    status = UnicodeAttribute()
    email = UnicodeAttribute()
    profile = JsonAttribute()
    assurance = UnicodeAttribute()
    locale = UnicodeAttribute()
    created_at = InstantAttribute()
    password_hash = UnicodeAttribute()
    todo = WordsAttribute()
    accepted = JsonAttribute()
    accepted_at = JsonAttribute()


class SessionStateItem(Item):
    """`sessions#ref` / `state`."""

    ref = UnicodeAttribute()
    portal = UnicodeAttribute()
    number = UnicodeAttribute()
    epoch = NumberAttribute()
    assurance = UnicodeAttribute()
    todo = WordsAttribute()
    accepted = JsonAttribute()


class SessionItem(Item):
    """`sessions#ref` / hash of the secret."""

    id = UnicodeAttribute()
    ref = UnicodeAttribute()
    secret_hash = UnicodeAttribute()
    epoch = NumberAttribute()
    created_at = InstantAttribute()
    expires_at = InstantAttribute()
    seen_at = InstantAttribute()
    idle = SecondsAttribute()
    user_agent = UnicodeAttribute(null=True)


class ApplicationItem(Item):
    """Slot of portal and number / application id, which is ordered by time."""

    id = UnicodeAttribute()
    portal = UnicodeAttribute()
    channel = UnicodeAttribute()
    number = UnicodeAttribute()
    kind = UnicodeAttribute()
    country = UnicodeAttribute(null=True)
    state = UnicodeAttribute()
    email = UnicodeAttribute()
    profile = JsonAttribute()
    sections = JsonAttribute()
    locale = UnicodeAttribute()
    password_hash = UnicodeAttribute(null=True)
    accepted = JsonAttribute()
    created_at = InstantAttribute()
    expires_at = InstantAttribute()
    link = NumberAttribute()
    link_expires_at = InstantAttribute()
    tries = NumberAttribute(default=0)


class SlotItem(Item):
    """`slot#purpose#slot`: the one living token of a purpose and account."""

    purpose = UnicodeAttribute()
    slot = UnicodeAttribute()
    id = UnicodeAttribute()
    portal = UnicodeAttribute()
    number = UnicodeAttribute()
    epoch = NumberAttribute()
    expires_at = InstantAttribute()
    email = UnicodeAttribute(null=True)


class FailuresItem(Item):
    """`failures#…`: how often signing in has failed, and until when nothing more is heard."""

    failures = NumberAttribute(default=0)
    until = InstantAttribute(null=True)


class MailCountItem(Item):
    """`mails#purpose#hash of address`: the outbox items that made a mail within the window that ends."""

    items = UnicodeSetAttribute(null=True)
    ends_at = InstantAttribute(null=True)


class NonceItem(Item):
    """`nonce#hash of key and nonce`."""


class InstitutionItem(Item):
    """`id` / `-`."""

    id = UnicodeAttribute()
    name = UnicodeAttribute()
    contact = JsonAttribute()
    portals = WordsAttribute()
    status = UnicodeAttribute()


class KeyItem(Item):
    """`institution id` / `key#name`."""

    institution = UnicodeAttribute()
    name = UnicodeAttribute()
    public_key = UnicodeAttribute()
    algorithm = UnicodeAttribute()
    created_at = InstantAttribute()
    revoked_at = InstantAttribute(null=True)


class OutboxRow(Item):
    """What is owed, until it is done."""

    id = UnicodeAttribute()
    kind = UnicodeAttribute()
    lane = UnicodeAttribute()
    about = JsonAttribute()
    created_at = InstantAttribute()
    due_at = InstantAttribute()


class LetterItem(Item):
    """`n#id` / `0000`: the letter, which is its timeline's first entry."""

    id = UnicodeAttribute()
    institution = UnicodeAttribute()
    institution_name = UnicodeAttribute()
    institution_contact = JsonAttribute()
    reference = UnicodeAttribute()
    recipient = RecordAttribute(Recipient)
    subject = UnicodeAttribute()
    body = UnicodeAttribute()
    locale = UnicodeAttribute()
    category = UnicodeAttribute(null=True)
    deadline = RecordAttribute(Deadline, null=True)
    digest = UnicodeAttribute()
    accepted_at = InstantAttribute()
    accepted_by = UnicodeAttribute()
    entry = UnicodeAttribute()
    born = UnicodeAttribute()


class MomentItem(Item):
    """`n#id` / `0001`…: what happened next."""

    notification = UnicodeAttribute()
    institution = UnicodeAttribute()
    number = NumberAttribute()
    event = UnicodeAttribute()
    key = UnicodeAttribute()
    at = InstantAttribute()
    by = UnicodeAttribute()
    previous = UnicodeAttribute()


class UnreadIndex(LocalSecondaryIndex[Any]):  # type: ignore[no-untyped-call]  # pynamodb's has no types
    """The unread entries of a mailbox alone."""

    class Meta:
        """How the template names it."""

        index_name = "unread"
        projection = AllProjection()

    pk = UnicodeAttribute(hash_key=True)
    unread_key = UnicodeAttribute(range_key=True)


class EntryItem(Item):
    """`box#portal#number` / key of the entry, which is ordered by time."""

    key = UnicodeAttribute()
    unread_key = UnicodeAttribute(null=True)
    notification = UnicodeAttribute()
    recipient = RecordAttribute(Recipient)
    state = UnicodeAttribute()
    reference = UnicodeAttribute()
    subject = UnicodeAttribute()
    category = UnicodeAttribute(null=True)
    institution = UnicodeAttribute()
    institution_name = UnicodeAttribute()
    institution_contact = JsonAttribute()
    received_at = InstantAttribute()
    deadline = RecordAttribute(Deadline, null=True)
    opened_at = InstantAttribute(null=True)
    released_by = UnicodeAttribute(null=True)
    unread = UnreadIndex()


class MailboxItem(Item):
    """`box#portal#number` / `~`, so that it stands before the newest entry when read backwards."""

    open = BooleanAttribute(null=True)
    unread_count = NumberAttribute(null=True)


class ChunkItem(Item):
    """`feed#institution` / number of its first event: some events of the institution's feed."""

    first = NumberAttribute()
    events = ListAttribute()


def item_of(model: type[I], entity: object, pk: str, sk: str = ALONE, **more: Any) -> I:
    """Return the item that keeps an entity: its fields under their own names."""
    names = model.get_attributes().keys() - {"pk", "sk", "ttl", *more}
    values = {name: getattr(entity, name) for name in names if getattr(entity, name, None) is not None}
    return model(pk, sk, **values, **more)


def entity_of(kind: type[E], item: Item) -> E:
    """Return the entity that an item keeps; what the item lacks has the entity's default."""
    known = fields(kind)  # type: ignore[arg-type]  # E is a dataclass
    values = {field.name: getattr(item, field.name, None) for field in known}
    optional = {field.name for field in known if field.default is not MISSING or field.default_factory is not MISSING}
    return kind(**{name: value for name, value in values.items() if value is not None or name not in optional})
