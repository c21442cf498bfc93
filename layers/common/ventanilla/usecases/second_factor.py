"""The second factor is enrolled, or another takes its place."""

from __future__ import annotations

from dataclasses import replace

from ventanilla.domain.accounts import Account
from ventanilla.domain.errors import FieldError, NotFound, ProofNeeded, Refused, WrongCode
from ventanilla.domain.ids import random_id
from ventanilla.domain.outbox import OutboxItem
from ventanilla.domain.second_factor import new_recovery_codes, normal_form, read_password
from ventanilla.domain.sessions import CurrentSession
from ventanilla.schemas.second_factor import Enrolled, EnrolmentBegun, SecondFactorWish
from ventanilla.usecases.account import demand_password, own_account
from ventanilla.usecases.ports import Accounts, Authenticators, Clock, Hasher, Portals, Sessions

ENROLMENT = "second_factor_enrolment"


def enrol(
    wish: SecondFactorWish,
    current: CurrentSession,
    *,
    portals: Portals,
    accounts: Accounts,
    sessions: Sessions,
    authenticators: Authenticators,
    hasher: Hasher,
    clock: Clock,
) -> EnrolmentBegun | Enrolled:
    """Begin to enrol an authenticator app, or finish by the first code that it shows.

    Where one is enrolled, another takes its place only right after the present one was proven, and by the password.

    Raises:
        NotFound: the portal asks for no second factor.
        ProofNeeded: the present one has not just been proven.
        InvalidCredentials: the password is wrong.
        Refused: no password, or a code before the app was given its secret.
        WrongCode: the app shows another code.
    """
    portal = portals.get(current.state.portal)
    if not portal.second_factor:
        raise NotFound
    account = own_account(current, accounts)
    if account.second_factor is not None and not current.session.has_just_proved(clock.now()):
        raise ProofNeeded
    if wish.code is not None:
        return _finish(wish.code, account, current, accounts, authenticators, hasher=hasher, clock=clock)
    if account.second_factor is not None:
        demand_password(account, wish.current_password, sessions=sessions, hasher=hasher, clock=clock)
    enrolment = _begun(account, current)
    if enrolment is None:
        enrolment = random_id()
        sessions.note(current.session, replace(current.session, enrolment=enrolment))
    secret = authenticators.secret(account.ref, enrolment)
    return EnrolmentBegun(
        secret=secret, otpauth_uri=authenticators.address(secret, name=account.email, issuer=portal.name)
    )


def without_second_factor(account: Account) -> Account:
    """Return the account once its second factor is taken away: its owner enrols another at the next entry."""
    return replace(
        account,
        second_factor=None,
        second_factor_step=None,
        recovery_codes=(),
        epoch=account.epoch + 1,
        todo=(ENROLMENT, *account.without(ENROLMENT)),
    )


def _finish(
    code: str,
    account: Account,
    current: CurrentSession,
    accounts: Accounts,
    authenticators: Authenticators,
    *,
    hasher: Hasher,
    clock: Clock,
) -> Enrolled:
    enrolment = _begun(account, current)
    if enrolment is None:
        raise Refused(FieldError("code", "enrolment_first"))
    hours = (clock.wall(), clock.now())
    password = read_password(code)
    step = authenticators.accepts(account.ref, enrolment, password, last=None, hours=hours) if password else None
    if step is None:
        raise WrongCode
    codes = new_recovery_codes()
    after = replace(
        account,
        second_factor=enrolment,
        second_factor_step=step,
        recovery_codes=tuple(hasher.hash(normal_form(one)) for one in codes),
        epoch=account.epoch + 1,
        todo=account.without(ENROLMENT),
    )
    told = OutboxItem("second_factor_changed", {"portal": account.portal, "number": account.number}, clock.now())
    accounts.change(account, after, keep=current.session, owed=told)
    return Enrolled(recovery_codes=list(codes))


def _begun(account: Account, current: CurrentSession) -> str | None:
    """Return the enrolment that this session has begun and not finished: asked again, it is the same."""
    begun = current.session.enrolment
    return begun if begun != account.second_factor else None
