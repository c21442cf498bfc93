"""Institutions and the public keys of their systems."""

from __future__ import annotations

from datetime import datetime

from ventanilla.adapters.dynamo import Dynamo, Key, put_if_free, update_if
from ventanilla.adapters.items import ALONE, InstitutionItem, KeyItem, entity_of, item_of
from ventanilla.domain.institutions import Institution, InstitutionKey


def _key_of(name: str) -> str:
    return f"key#{name}"


class Institutions:
    """All institutions."""

    def __init__(self, dynamo: Dynamo, *, institutions: str) -> None:
        self._dynamo = dynamo
        self._institution = dynamo.bind(InstitutionItem, institutions)
        self._key = dynamo.bind(KeyItem, institutions)

    def add(self, institution: Institution) -> bool:
        """Put an institution down; tell whether its id was free."""
        return put_if_free(item_of(self._institution, institution, institution.id))

    def get(self, institution_id: str) -> Institution | None:
        """Return an institution."""
        item = self._dynamo.get(self._institution, institution_id)
        return entity_of(Institution, item) if item else None

    def add_key(self, key: InstitutionKey) -> bool:
        """Put a key down; tell whether its name was free."""
        return put_if_free(item_of(self._key, key, key.institution, _key_of(key.name)))

    def revoke_key(self, institution_id: str, name: str, now: datetime) -> bool:
        """Take the force from a key; tell whether there was one that had it."""
        item = self._key(institution_id, _key_of(name))
        in_force = KeyItem.pk.exists() & KeyItem.revoked_at.does_not_exist()
        return update_if(item, [KeyItem.revoked_at.set(now)], in_force)

    def with_key(self, institution_id: str, name: str, *ahead: Key) -> tuple[Institution | None, InstitutionKey | None]:
        """Return an institution and one of its keys as they are now, and read ahead what else the request needs."""
        keys: tuple[Key, Key] = (
            (self._institution, institution_id, ALONE),
            (self._key, institution_id, _key_of(name)),
        )
        self._dynamo.anticipate(*keys, *ahead)
        institution = self._dynamo.get(*keys[0])
        key = self._dynamo.get(*keys[1])
        return (
            entity_of(Institution, institution) if institution else None,
            entity_of(InstitutionKey, key) if key else None,
        )
