"""Institutions, the public keys of their systems, and what is written down of who changed them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from itertools import count
from typing import Any, Literal

from ventanilla.domain.audit import OPERATOR, Act, Actor, AuditEntry, next_entry
from ventanilla.domain.calendar import is_canton
from ventanilla.domain.errors import Busy, FieldError, InstitutionExists, KeyRefused, NotFound, Refused
from ventanilla.domain.institutions import (
    Effect,
    Institution,
    InstitutionKey,
    is_institution_id,
    is_key_name,
    shadow_of,
    trail_of,
)
from ventanilla.usecases.ports import Audits, Clock, Institutions
from ventanilla.usecases.public_keys import read_public_key


def add_institution(institution: Institution, *, institutions: Institutions) -> None:
    """Put an institution down.

    Raises:
        InstitutionExists: its id is taken.
        KeyRefused: its id has not the form of one.
    """
    if not is_institution_id(institution.id):
        why = "an institution's id is 3 to 40 of a-z, 0-9 and hyphen, and does not begin with 'test-'"
        raise KeyRefused("id", "institution_id", why)
    if not institutions.add(institution):
        raise InstitutionExists(id=institution.id)


def add_key(
    institution_id: str,
    name: str | None,
    public_key: str | Mapping[str, Any],
    *,
    institutions: Institutions,
    clock: Clock,
    audits: Audits | None = None,
    by: Actor = OPERATOR,
    not_before: datetime | None = None,
    not_after: datetime | None = None,
    test: bool = False,
) -> InstitutionKey:
    """Put a public key (PEM or JWK) of an institution down; its algorithm follows from the key.

    Without a name it has the next free of k1, k2…; without times it is in force from now on, until it is revoked. Where
    `audits` is given, it is written down who did it. What a test key signs reaches nobody.

    Raises:
        NotFound: there is no such institution.
        KeyRefused: the name or the key is not accepted, or the key was revoked under another name.
        Refused: its time is over already, or ends before it begins.
        InstitutionExists: the institution has a key of this name.
        Busy: somebody else changed something of the institution meanwhile.
    """
    if name is not None and not is_key_name(name):
        raise KeyRefused("name", "key_name", "a key's name is up to 40 of a-z, 0-9 and hyphen")
    if institutions.get(institution_id) is None:
        raise NotFound
    now = clock.now()
    if not_after is not None and not_after <= max(now, not_before or now):
        raise Refused(FieldError("not_after", "key_time"))
    pem, algorithm = read_public_key(public_key)
    owner = shadow_of(institution_id) if test else institution_id
    known = institutions.keys_of(institution_id)
    name = name or _next_name(key.name for key in known if key.institution == owner)
    key = InstitutionKey(owner, name, pem, algorithm, now, not_before=not_before, not_after=not_after)
    if any(one.revoked_at and one.fingerprint == key.fingerprint for one in known):
        raise KeyRefused("public_key", "key_revoked", "this key was revoked: make another")
    detail = key.id if test else name
    entry = entry_of(institution_id, "key_added", audits, by=by, at=now, detail=detail) if audits else None
    if not institutions.add_key(key, entry):
        raise InstitutionExists(key=key.id)
    return key


def revoke_key(
    institution_id: str,
    name: str,
    *,
    institutions: Institutions,
    clock: Clock,
    audits: Audits | None = None,
    by: Actor = OPERATOR,
    test: bool = False,
) -> None:
    """Take the force from a key: the next request that it signs is refused.

    Raises:
        NotFound: there is no such key in force.
        Busy: somebody else changed something of the institution meanwhile.
    """
    if not (is_institution_id(institution_id) and is_key_name(name)):  # perhaps longer than a key in the store may be
        raise NotFound
    now = clock.now()
    owner = shadow_of(institution_id) if test else institution_id
    detail = f"{owner}.{name}" if test else name
    entry = entry_of(institution_id, "key_revoked", audits, by=by, at=now, detail=detail) if audits else None
    if not institutions.revoke_key(owner, name, now, entry):
        raise NotFound


def set_status(
    institution_id: str,
    status: Literal["active", "suspended"],
    reason: str,
    *,
    institutions: Institutions,
    audits: Audits,
    clock: Clock,
    by: Actor = OPERATOR,
) -> Institution:
    """Suspend an institution, which may post no more, or let it post again.

    Raises:
        NotFound: there is no such institution.
        Busy: somebody else changed something of the institution meanwhile.
    """
    institution = institutions.get(institution_id)
    if institution is None:
        raise NotFound
    if institution.status == status:
        return institution
    act: Act = "suspended" if status == "suspended" else "resumed"
    after = replace(institution, status=status)
    entry = entry_of(institution_id, act, audits, by=by, at=clock.now(), reason=reason)
    change(institution, after, entry, institutions)
    return after


def set_effect(
    institution_id: str, effect: Effect, *, institutions: Institutions, audits: Audits, clock: Clock
) -> None:
    """Set the rule by which an institution's notifications take effect.

    Raises:
        NotFound: there is no such institution.
        Busy: somebody else changed something of the institution meanwhile.
    """
    said = "none" if effect is None else str(effect)
    _set(institution_id, "effect_changed", said, institutions=institutions, audits=audits, clock=clock, effect=effect)


def set_daily_quota(
    institution_id: str, most: int | None, *, institutions: Institutions, audits: Audits, clock: Clock
) -> None:
    """Set how many notifications an institution may post a day; None is everybody's number.

    Raises:
        NotFound: there is no such institution.
        Busy: somebody else changed something of the institution meanwhile.
    """
    said = "default" if most is None else str(most)
    _set(institution_id, "quota_changed", said, institutions=institutions, audits=audits, clock=clock, daily_quota=most)


def set_canton(
    institution_id: str, canton: str | None, *, institutions: Institutions, audits: Audits, clock: Clock
) -> None:
    """Say in which canton (DPA number) an institution keeps its local holidays; what it has posted keeps its own.

    Raises:
        NotFound: there is no such institution.
        Refused: that is no canton's number.
        Busy: somebody else changed something of the institution meanwhile.
    """
    if canton is not None and not is_canton(canton):
        raise Refused(FieldError("canton", "canton"))
    said = canton or "none"
    _set(institution_id, "canton_changed", said, institutions=institutions, audits=audits, clock=clock, canton=canton)


def _set(
    institution_id: str, act: Act, said: str, *, institutions: Institutions, audits: Audits, clock: Clock, **field: Any
) -> None:
    """Set what the operator says of an institution, and write that down, unless it is so already."""
    institution = institutions.get(institution_id)
    if institution is None:
        raise NotFound
    after = replace(institution, **field)
    if after != institution:
        entry = entry_of(institution_id, act, audits, by=OPERATOR, at=clock.now(), detail=said)
        change(institution, after, entry, institutions)


def change(before: Institution, after: Institution, entry: AuditEntry, institutions: Institutions) -> None:
    """Write what differs in an institution, with who did it.

    Raises:
        Busy: somebody else changed something of it meanwhile.
    """
    if not institutions.change(before, after, entry):
        raise Busy


def entry_of(
    institution_id: str, act: Act, audits: Audits, *, by: Actor, at: datetime, detail: str = "", reason: str = ""
) -> AuditEntry:
    """Return what is written down of an act."""
    trail = trail_of(institution_id)
    return next_entry(audits.trail(trail), trail, act, at=at, by=by, reason=reason, detail=detail)


def _next_name(taken: Iterable[str]) -> str:
    names = set(taken)
    return next(name for number in count(1) if (name := f"k{number}") not in names)
