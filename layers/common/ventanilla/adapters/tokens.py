"""Slots of living tokens, counts of mails, and nonces: everything here has an end."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from pynamodb.expressions.condition import size

from ventanilla.adapters.dynamo import Dynamo, put_if_free, update_if
from ventanilla.adapters.items import MailCountItem, NonceItem, SlotItem, entity_of, item_of
from ventanilla.domain.accounts import TRIES, Slot
from ventanilla.domain.keys import Nonce

_MAILS = 3
_WINDOW = timedelta(hours=1)


def slot_key(purpose: str, slot: str) -> str:
    """Return the partition of a purpose's slot."""
    return f"slot#{purpose}#{slot}"


class Tokens:
    """What is used once or counted for a while."""

    def __init__(self, dynamo: Dynamo, *, tokens: str) -> None:
        self._dynamo = dynamo
        self._slot = dynamo.bind(SlotItem, tokens)
        self._count = dynamo.bind(MailCountItem, tokens)
        self.nonce_item = dynamo.bind(NonceItem, tokens)

    def slot(self, purpose: str, slot: str) -> Slot | None:
        """Return what a slot holds."""
        item = self._dynamo.get(self._slot, slot_key(purpose, slot))
        return entity_of(Slot, item) if item else None

    def take_try(self, slot: Slot, now: datetime) -> bool:
        """Take a try of the code that goes with a slot's token, before anything is compared; say if one was left."""
        item = self._slot(slot_key(slot.purpose, slot.slot))
        lives = (SlotItem.id == slot.id) & (SlotItem.tries < TRIES) & (SlotItem.expires_at > now)
        return update_if(item, [SlotItem.tries.add(1)], lives)

    def give_back(self, slot: Slot) -> None:
        """Give back the try that a right code took: it is typed again when the password is set."""
        item = self._slot(slot_key(slot.purpose, slot.slot))
        update_if(item, [SlotItem.tries.add(-1)], SlotItem.id == slot.id)

    def hold(self, slot: Slot, *, instead_of: Slot | None) -> bool:
        """Let a slot hold this token; tell whether nobody else filled it meanwhile."""
        item = item_of(self._slot, slot, slot_key(slot.purpose, slot.slot))
        actions = [
            getattr(SlotItem, name).set(getattr(item, name)) for name in item.attribute_values if name not in _KEYS
        ]
        actions.append(SlotItem.ttl.set(slot.expires_at))
        unchanged = SlotItem.id == instead_of.id if instead_of else SlotItem.pk.does_not_exist()
        return update_if(item, actions, unchanged)

    def may_mail(self, purpose: str, address: str, item_id: str, now: datetime) -> bool:
        """Count a mail to an address for a purpose: at most three an hour, the same outbox item once only."""
        name = hashlib.sha256(address.casefold().encode()).hexdigest()
        item = self._count(f"mails#{purpose}#{name}")
        counted = MailCountItem.items
        few = size(counted) < _MAILS  # type: ignore[no-untyped-call]  # pynamodb's has no types
        room = (MailCountItem.ends_at > now) & (counted.contains(item_id) | few)
        if update_if(item, [counted.add({item_id})], room):
            return True
        over = MailCountItem.pk.does_not_exist() | (MailCountItem.ends_at <= now)
        begin = [counted.set({item_id}), MailCountItem.ends_at.set(now + _WINDOW), MailCountItem.ttl.set(now + _WINDOW)]
        # If somebody else has begun the hour meanwhile, there may be room in theirs.
        return update_if(item, begin, over) or update_if(item, [counted.add({item_id})], room)

    def use_nonce(self, nonce: Nonce, now: datetime) -> bool:
        """Use a nonce; tell whether it had not been seen before."""
        return put_if_free(self.nonce_row(nonce, now))

    def nonce_row(self, nonce: Nonce, now: datetime) -> NonceItem:
        """Return what uses a nonce within a transaction."""
        return self.nonce_item(f"nonce#{nonce.name}", ttl=now + nonce.kept)


_KEYS = ("pk", "sk", "ttl")
