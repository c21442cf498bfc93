"""The keys of an institution's systems, as its administrators manage them; the private parts stay with it."""

from __future__ import annotations

from datetime import datetime

from ventanilla.domain.institutions import InstitutionKey, is_shadow, shadow_of
from ventanilla.domain.sessions import CurrentSession
from ventanilla.schemas.institutions import InstitutionKeyOut, InstitutionKeys, NewInstitutionKey
from ventanilla.usecases.institution_admin import actor_of, admitted, demand_administrator
from ventanilla.usecases.institutions import add_key, revoke_key
from ventanilla.usecases.ports import Accounts, Audits, Clock, Institutions


def listed(
    institution_id: str, current: CurrentSession, *, institutions: Institutions, clock: Clock
) -> InstitutionKeys:
    """Return all keys that an institution ever had, oldest first.

    Raises:
        NotFound: there is no such institution, or not for who asks.
    """
    institution = admitted(institution_id, current, institutions)
    keys = sorted(institutions.keys_of(institution.id), key=lambda key: key.created_at)
    return InstitutionKeys(items=[_shown(key, clock.now()) for key in keys])


def register(
    institution_id: str,
    new: NewInstitutionKey,
    current: CurrentSession,
    *,
    institutions: Institutions,
    accounts: Accounts,
    audits: Audits,
    clock: Clock,
) -> InstitutionKeyOut:
    """Register a public key beside those that there are.

    Raises:
        NotFound: there is no such institution, or not for who asks.
        Refused: the key, its name or its time is not accepted.
        InstitutionExists: there was a key of this name before.
        Busy: somebody else changed something of the institution meanwhile.
    """
    demand_administrator(institution_id, current)
    key = add_key(
        institution_id,
        new.name,
        new.public_key,
        institutions=institutions,
        clock=clock,
        audits=audits,
        by=actor_of(current, accounts),
        not_before=new.not_before,
        not_after=new.not_after,
        test=new.test,
    )
    return _shown(key, clock.now())


def revoke(
    institution_id: str,
    key_id: str,
    current: CurrentSession,
    *,
    institutions: Institutions,
    accounts: Accounts,
    audits: Audits,
    clock: Clock,
) -> None:
    """Revoke a key, by its name or its whole `keyid`; a test key by its `keyid`.

    Raises:
        NotFound: there is no such key in force, or not for who asks.
        Busy: somebody else changed something of the institution meanwhile.
    """
    demand_administrator(institution_id, current)
    by = actor_of(current, accounts)
    test = key_id.startswith(f"{shadow_of(institution_id)}.")
    owner = shadow_of(institution_id) if test else institution_id
    name = key_id.removeprefix(f"{owner}.")
    revoke_key(institution_id, name, institutions=institutions, clock=clock, audits=audits, by=by, test=test)


def _shown(key: InstitutionKey, now: datetime) -> InstitutionKeyOut:
    return InstitutionKeyOut(
        key_id=key.id,
        name=key.name,
        test=is_shadow(key.institution),
        algorithm=key.algorithm,
        fingerprint=key.fingerprint,
        public_key=key.public_key,
        state=key.state(now),
        created_at=key.created_at,
        not_before=key.not_before,
        not_after=key.not_after,
        last_used_at=key.last_used_at,
        revoked_at=key.revoked_at,
    )
