"""Staff: who administers a portal looks its accounts up, corrects, locks, unlocks, closes; all of it is audited."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from ventanilla.domain.audit import Act, Actor, is_known, next_entry
from ventanilla.domain.errors import Busy, FieldError, Refused
from ventanilla.domain.identifiers import normalise_login
from ventanilla.domain.sessions import CurrentSession
from ventanilla.schemas.fields import Catalogues
from ventanilla.schemas.profile import corrected
from ventanilla.schemas.staff import AccountCorrection, Because, StaffAccount, StaffAccounts
from ventanilla.usecases.account import closing_told
from ventanilla.usecases.addresses import new_address, propose
from ventanilla.usecases.ports import Accounts, Audits, Clock, Portals, Slots
from ventanilla.usecases.roles import require_role
from ventanilla.usecases.staff_case import ADMINISTRATOR, Case, open_case, refuse_own, shown, write

_ATTEMPTS = 5
_NAMES = ("legal_name",)


def find_account(
    portal_id: str,
    identifier: str,
    current: CurrentSession,
    *,
    portals: Portals,
    accounts: Accounts,
    audits: Audits,
    clock: Clock,
) -> StaffAccounts:
    """Return the account of a number, if it has one; that somebody looked is written down too.

    Raises:
        NotFound: there is no such portal.
        Forbidden: who asks does not administer it.
        OwnAccount: it is the number of who asks.
    """
    portal = portals.get(portal_id)
    require_role(current, ADMINISTRATOR, portal.id)
    number = normalise_login(identifier)
    refuse_own(number, current)
    account, own = accounts.several((portal.id, number), (current.state.portal, current.state.number))
    if account is None:
        return StaffAccounts(items=[])
    actor = Actor(current.state.ref, own.name if own else "")
    for _ in range(_ATTEMPTS):
        trail = audits.trail(account.ref)
        if is_known(trail, "looked_up", at=clock.now(), by=actor):
            return StaffAccounts(items=[shown(account, trail)])
        look = next_entry(trail, account.ref, "looked_up", at=clock.now(), by=actor)
        if audits.append(look):
            return StaffAccounts(items=[shown(account, (*trail, look))])
    raise Busy


def correct_account(
    account_id: str,
    correction: AccountCorrection,
    current: CurrentSession,
    *,
    portals: Portals,
    catalogues: Catalogues,
    accounts: Accounts,
    audits: Audits,
    slots: Slots,
    clock: Clock,
) -> StaffAccount:
    """Correct names, and propose an address: it takes effect by its own link, and the old one is told then.

    Raises:
        Forbidden, NotFound, OwnAccount: as `find_account`.
        Refused: other fields than names, or something wrong with them.
        Busy: something else changed the account meanwhile.
    """
    case = open_case(account_id, current, portals=portals, accounts=accounts, audits=audits)
    account, now = case.account, clock.now()
    changes = dict(correction.model_extra or {})
    address = new_address(changes.pop("email", None), account)
    profile = _corrected_names(case, changes, catalogues)
    fields = [name for name in changes if profile.get(name) != account.profile.get(name)]
    detail = " ".join([*(["email"] if address else []), *fields])
    if not detail:
        return shown(account, case.trail)
    entry = case.entry("corrected", correction.reason, now, detail)
    after = replace(account, profile=profile)
    proposed = propose(address, account, case.portal, slots=slots, now=now) if address else None
    told = case.told("account_corrected", correction.reason, now)
    write(case, after, entry, accounts=accounts, owed=told, also_owed=proposed)
    return shown(after, (*case.trail, entry), email_pending=address is not None)


def set_status(
    account_id: str,
    status: Literal["active", "locked"],
    because: Because,
    current: CurrentSession,
    *,
    portals: Portals,
    accounts: Accounts,
    audits: Audits,
    clock: Clock,
) -> StaffAccount:
    """Lock an account: nobody enters, its sessions and tokens end; or unlock it: its password is as it was.

    Raises:
        Forbidden, NotFound, OwnAccount, Busy: as `correct_account`.
    """
    case = open_case(account_id, current, portals=portals, accounts=accounts, audits=audits)
    before, now = case.account, clock.now()
    if before.status == status:
        return shown(before, case.trail)
    act: Act = "locked" if status == "locked" else "unlocked"
    after = replace(before, status=status, epoch=before.epoch + 1 if status == "locked" else before.epoch)
    entry = case.entry(act, because.reason, now)
    write(case, after, entry, accounts=accounts, owed=case.told(f"account_{act}", because.reason, now))
    return shown(after, (*case.trail, entry))


def close_account(
    account_id: str,
    because: Because,
    current: CurrentSession,
    *,
    portals: Portals,
    accounts: Accounts,
    audits: Audits,
    clock: Clock,
) -> None:
    """Close an account: as if its owner had; what was written down about it stays.

    Raises:
        Forbidden, NotFound, OwnAccount, Busy: as `correct_account`.
    """
    case = open_case(account_id, current, portals=portals, accounts=accounts, audits=audits)
    entry = case.entry("closed", because.reason, clock.now())
    owed = closing_told(case.account, clock.now(), because.reason)
    write(case, case.account.closed(), entry, accounts=accounts, owed=owed)


def _corrected_names(case: Case, changes: dict[str, object], catalogues: Catalogues) -> dict[str, object]:
    channel = case.portal.channels[0]
    fields = case.portal.applicant_fields(channel)
    names = {field.name for field in fields if field.kind == "person_name" or field.name in _NAMES}
    others = tuple(FieldError(name, "unknown_field") for name in changes if name not in names)
    if others:
        raise Refused(*others)
    return corrected(case.portal, channel, case.account.kind, case.account.profile, changes, catalogues)
