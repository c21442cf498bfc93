"""The items of the tables: one pynamodb model a kind, keys `pk` and `sk` everywhere."""

from __future__ import annotations

from dataclasses import MISSING, fields
from typing import Any, TypeVar

from pynamodb.attributes import BooleanAttribute, NumberAttribute, UnicodeAttribute, UnicodeSetAttribute
from pynamodb.expressions.update import Action
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex, LocalSecondaryIndex
from pynamodb.models import Model

from ventanilla.adapters.attributes import (
    ExpiryAttribute,
    InstantAttribute,
    JsonAttribute,
    ListAttribute,
    PackedAttribute,
    RecordAttribute,
    RecordsAttribute,
    SecondsAttribute,
    ValueAttribute,
    WordsAttribute,
)
from ventanilla.domain.attachments import Attachment
from ventanilla.domain.batches import Counts
from ventanilla.domain.grants import Grant, Seat
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
    password_expires_at = InstantAttribute(null=True)
    todo = WordsAttribute()
    grants = RecordsAttribute(Grant, null=True)
    accepted = JsonAttribute()
    accepted_at = JsonAttribute()
    second_factor = UnicodeAttribute(null=True)
    second_factor_step = NumberAttribute(null=True)
    recovery_codes = WordsAttribute(null=True)
    security_answers = JsonAttribute(null=True)
    bounces = NumberAttribute(null=True)
    bounced_at = InstantAttribute(null=True)
    bounced_mail = UnicodeAttribute(null=True)


class SessionStateItem(Item):
    """`sessions#ref` / `state`."""

    ref = UnicodeAttribute()
    portal = UnicodeAttribute()
    number = UnicodeAttribute()
    epoch = NumberAttribute()
    assurance = UnicodeAttribute()
    todo = WordsAttribute()
    grants = RecordsAttribute(Grant, null=True)
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
    todo = WordsAttribute(null=True)
    question = UnicodeAttribute(null=True)
    enrolment = UnicodeAttribute(null=True)
    proved_at = InstantAttribute(null=True)


class AuditItem(Item):
    """`audit#ref` / `000001`…: what staff and operators have done to an account."""

    account = UnicodeAttribute()
    number = NumberAttribute()
    act = UnicodeAttribute()
    at = InstantAttribute()
    by = UnicodeAttribute()
    by_name = UnicodeAttribute()
    reason = UnicodeAttribute()
    detail = UnicodeAttribute()
    previous = UnicodeAttribute()


class QueueIndex(GlobalSecondaryIndex[Any]):  # type: ignore[no-untyped-call]  # pynamodb's has no types
    """The applications that are reviewed, by portal and state."""

    class Meta:
        """How the template names it."""

        index_name = "queue"
        projection = AllProjection()

    queue_key = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)


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
    grants = RecordsAttribute(Grant, null=True)
    seats = RecordsAttribute(Seat, null=True)
    documents = JsonAttribute(null=True)
    history = ListAttribute(null=True)
    created_at = InstantAttribute()
    expires_at = InstantAttribute()
    link = NumberAttribute()
    link_expires_at = InstantAttribute()
    tries = NumberAttribute(default=0)
    reviewed = BooleanAttribute(null=True)
    queue_key = UnicodeAttribute(null=True)
    queue = QueueIndex()


class SeatItem(Item):
    """`seats#portal#scope` / `role#place`: who holds a place of a role. One that waits for its holder has a TTL."""

    holder = UnicodeAttribute()


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
    tries = NumberAttribute(default=0)


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


class QuotaItem(Item):
    """`quota#name#who#number of the window`: how much of it has been taken, in blocks."""

    taken = NumberAttribute(null=True)


class InstitutionItem(Item):
    """`id` / `-`."""

    id = UnicodeAttribute()
    name = UnicodeAttribute()
    contact = JsonAttribute()
    portals = WordsAttribute()
    status = UnicodeAttribute()
    ruc = UnicodeAttribute(null=True)
    modality = UnicodeAttribute(null=True)
    activated_at = InstantAttribute(null=True)
    effect = ValueAttribute(null=True)
    daily_quota = NumberAttribute(null=True)
    canton = UnicodeAttribute(null=True)


class KeyItem(Item):
    """`institution id` / `key#name`."""

    institution = UnicodeAttribute()
    name = UnicodeAttribute()
    public_key = UnicodeAttribute()
    algorithm = UnicodeAttribute()
    created_at = InstantAttribute()
    revoked_at = InstantAttribute(null=True)
    not_before = InstantAttribute(null=True)
    not_after = InstantAttribute(null=True)
    last_used_at = InstantAttribute(null=True)


class WebhookItem(Item):
    """`institution id` / `webhook`."""

    institution = UnicodeAttribute()
    url = UnicodeAttribute()
    status = UnicodeAttribute()
    delivered = NumberAttribute()
    created_at = InstantAttribute()
    failing_since = InstantAttribute(null=True)
    last_error = UnicodeAttribute(null=True)
    warned_at = InstantAttribute(null=True)
    lease = UnicodeAttribute(null=True)
    lease_until = InstantAttribute(null=True)


class DueIndex(GlobalSecondaryIndex[Any]):  # type: ignore[no-untyped-call]  # pynamodb's has no types
    """What is owed, by when it is to be queued (again)."""

    class Meta:
        """How the template names it."""

        index_name = "due"
        projection = AllProjection()

    due_shard = UnicodeAttribute(hash_key=True)
    due_at = InstantAttribute(range_key=True)


class OutboxRow(Item):
    """What is owed, until it is done."""

    id = UnicodeAttribute()
    kind = UnicodeAttribute()
    lane = UnicodeAttribute()
    about = JsonAttribute()
    created_at = InstantAttribute()
    due_at = InstantAttribute()
    at = InstantAttribute(null=True)
    nudges = NumberAttribute(default=0)
    due_shard = UnicodeAttribute()
    due = DueIndex()


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
    attachments = RecordsAttribute(Attachment, null=True)
    effect = ValueAttribute(null=True)
    available_from = InstantAttribute(null=True)
    registered = BooleanAttribute(null=True)
    source = UnicodeAttribute(null=True)


class MomentItem(Item):
    """`n#id` / `0001`…: what happened next."""

    notification = UnicodeAttribute()
    institution = UnicodeAttribute()
    reference = UnicodeAttribute(null=True)
    number = NumberAttribute()
    event = UnicodeAttribute()
    key = UnicodeAttribute()
    at = InstantAttribute()
    by = UnicodeAttribute()
    previous = UnicodeAttribute()
    reason = UnicodeAttribute(null=True)
    seconds = NumberAttribute(null=True)


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
    attachment_count = NumberAttribute(null=True)
    accepted_at = InstantAttribute(null=True)
    unread = UnreadIndex()


class AttachmentItem(Item):
    """`attachment#institution#id`: a file that was declared; it has no TTL any more once it was used."""

    institution = UnicodeAttribute()
    file = RecordAttribute(Attachment)
    declared_at = InstantAttribute()
    kept_at = InstantAttribute(null=True)


class BatchItem(Item):
    """`batch#id` / `-`."""

    id = UnicodeAttribute()
    institution = UnicodeAttribute()
    by = UnicodeAttribute()
    status = UnicodeAttribute()
    locale = UnicodeAttribute()
    created_at = InstantAttribute()
    size = NumberAttribute()
    sha256 = UnicodeAttribute(null=True)
    lines = NumberAttribute(null=True)
    chunks = NumberAttribute(null=True)
    counts = RecordAttribute(Counts, null=True)
    refusal = UnicodeAttribute(null=True)


class BatchChunkItem(Item):
    """`batch#id` / `chunk#000000`…: some lines of a batch, and what became of them."""

    batch = UnicodeAttribute()
    number = NumberAttribute()
    start = NumberAttribute()
    end = NumberAttribute()
    first_line = NumberAttribute()
    lines = NumberAttribute()
    counts = RecordAttribute(Counts, null=True)


class BatchTodoItem(Item):
    """`batch#id` / `todo#000000`…: a chunk that has not been done; the batch is when there is none left."""


class MailboxItem(Item):
    """`box#portal#number` / `~`, so that it stands before the newest entry when read backwards."""

    open = BooleanAttribute(null=True)
    unread_count = NumberAttribute(null=True)


class ChunkItem(Item):
    """`feed#institution` / number of its first event: some events of the institution's feed."""

    first = NumberAttribute()
    events = PackedAttribute()
    told = WordsAttribute(null=True)


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


def differing(before: object, after: object) -> list[str]:
    """Return the names of the fields in which two entities of a kind differ."""
    names = [field.name for field in fields(before)]  # type: ignore[arg-type]  # a dataclass
    return [name for name in names if getattr(before, name) != getattr(after, name)]


def differences(item: Item, before: object, after: object) -> list[Action]:
    """Return what makes the item of an entity that of another."""
    model = type(item)
    values = {name: getattr(after, name) for name in differing(before, after)}
    return [
        getattr(model, name).remove() if value is None else getattr(model, name).set(value)
        for name, value in values.items()
    ]
