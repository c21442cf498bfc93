"""Institutions and the public keys of their systems."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import datetime
from typing import Any

from pynamodb.expressions.condition import Condition

from ventanilla.adapters.audits import Audits
from ventanilla.adapters.dynamo import ConditionFailed, Dynamo, Key, Writes, put_if_free, update_if
from ventanilla.adapters.items import ALONE, InstitutionItem, KeyItem, differences, differing, entity_of, item_of
from ventanilla.domain.audit import AuditEntry
from ventanilla.domain.errors import Busy
from ventanilla.domain.institutions import Institution, InstitutionKey, is_institution_id, real_of, shadow_of

_KEYS = "key#"


def _key_of(name: str) -> str:
    return f"{_KEYS}{name}"


class Institutions:
    """All institutions."""

    def __init__(self, dynamo: Dynamo, audits: Audits, *, institutions: str) -> None:
        self._dynamo = dynamo
        self._audits = audits
        self._institution = dynamo.bind(InstitutionItem, institutions)
        self._key = dynamo.bind(KeyItem, institutions)

    def add(self, institution: Institution) -> bool:
        """Put an institution down; tell whether its id was free."""
        return put_if_free(item_of(self._institution, institution, institution.id))

    def write_activated(self, writes: Writes, institution: Institution) -> None:
        """Put an institution down as part of a transaction; one that is there already stays as it is."""
        said = ((getattr(InstitutionItem, one.name), getattr(institution, one.name)) for one in fields(institution))
        actions = [attribute.set(attribute | value) for attribute, value in said if value is not None]
        writes.update("institution", self._institution(institution.id, ALONE), actions)

    def get(self, institution_id: str) -> Institution | None:
        """Return an institution."""
        if not is_institution_id(institution_id):  # perhaps longer than the 2,048 bytes that a key may have
            return None
        item = self._dynamo.get(self._institution, institution_id)
        return entity_of(Institution, item) if item else None

    def change(self, before: Institution, after: Institution, audited: AuditEntry | None) -> bool:
        """Write what differs, and who did it; tell whether what differs was as it had been read."""
        item = self._institution(before.id, ALONE)
        same: Condition = InstitutionItem.pk.exists()
        for name in differing(before, after):
            same = same & _is(getattr(InstitutionItem, name), getattr(before, name))
        writes = self._dynamo.transaction()
        writes.update("institution", item, differences(item, before, after), same)
        return self._commit(writes, audited)

    def keys_of(self, institution_id: str) -> list[InstitutionKey]:
        """Return all keys that an institution ever had, by their names, then its test keys."""
        both = (institution_id, shadow_of(institution_id))
        found = (self._dynamo.query(self._key, one, KeyItem.sk.startswith(_KEYS)) for one in both)
        return [entity_of(InstitutionKey, item) for items in found for item in items]

    def add_key(self, key: InstitutionKey, audited: AuditEntry | None = None) -> bool:
        """Put a key down, and who did it; tell whether its name was free."""
        writes = self._dynamo.transaction()
        writes.create("key", item_of(self._key, key, key.institution, _key_of(key.name)))
        return self._commit(writes, audited)

    def revoke_key(self, institution_id: str, name: str, now: datetime, audited: AuditEntry | None = None) -> bool:
        """Take the force from a key, and write down who did; tell whether there was one that had it."""
        item = self._key(institution_id, _key_of(name))
        in_force = KeyItem.pk.exists() & KeyItem.revoked_at.does_not_exist()
        writes = self._dynamo.transaction()
        writes.update("key", item, [KeyItem.revoked_at.set(now)], in_force)
        return self._commit(writes, audited)

    def note_use(self, key: InstitutionKey, now: datetime) -> None:
        """Write down that a key was used, unless another request has just done so."""
        item = self._key(key.institution, _key_of(key.name))
        as_read = _is(KeyItem.last_used_at, key.last_used_at)
        update_if(item, [KeyItem.last_used_at.set(now)], KeyItem.pk.exists() & as_read)

    def with_key(self, institution_id: str, name: str, *ahead: Key) -> tuple[Institution | None, InstitutionKey | None]:
        """Return an institution and one of its keys as they are now, and read ahead what else the request needs.

        A shadow is its institution, under its own id.
        """
        keys: tuple[Key, Key] = (
            (self._institution, real_of(institution_id), ALONE),
            (self._key, institution_id, _key_of(name)),
        )
        self._dynamo.anticipate(*keys, *ahead)
        institution = self._dynamo.get(*keys[0])
        key = self._dynamo.get(*keys[1])
        return (
            replace(entity_of(Institution, institution), id=institution_id) if institution else None,
            entity_of(InstitutionKey, key) if key else None,
        )

    def with_others(self, institution_id: str, *ahead: Key) -> Institution | None:
        """Return an institution as it is now, and read ahead what else the request needs."""
        self._dynamo.anticipate((self._institution, institution_id, ALONE), *ahead)
        return self.get(institution_id)

    def _commit(self, writes: Writes, audited: AuditEntry | None) -> bool:
        if audited:
            self._audits.write(writes, audited)
        try:
            writes.commit()
        except ConditionFailed as failed:
            if failed.labels == {"audit"}:
                raise Busy from None
            return False
        return True


def _is(attribute: Any, value: object) -> Condition:
    condition: Condition = attribute.does_not_exist() if value is None else attribute == value
    return condition
