"""Sessions: enter, be recognised, leave."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime

from ventanilla.domain.accounts import Account
from ventanilla.domain.errors import (
    Busy,
    InvalidCredentials,
    NotFound,
    StepsPending,
    TooManyAttempts,
    Unauthenticated,
)
from ventanilla.domain.identifiers import normalise_login
from ventanilla.domain.ids import random_id, slot_of
from ventanilla.domain.portals import Portal
from ventanilla.domain.security_questions import question_for
from ventanilla.domain.sessions import (
    CurrentSession,
    Session,
    hash_of,
    new_secret,
    pending_steps,
    read_token,
    write_token,
)
from ventanilla.domain.throttling import FREE_PER_ACCOUNT, Failures
from ventanilla.schemas.sessions import SessionLine, SessionList, SessionOut, SignedIn, SignIn
from ventanilla.usecases import temporary
from ventanilla.usecases.devices import counted_as, make_known
from ventanilla.usecases.openid_logout import owed_at_end
from ventanilla.usecases.ports import Accounts, Clock, Hasher, Portals, Sessions, TokenKeys

_ATTEMPTS = 5


@dataclass(frozen=True, slots=True)
class Caller:
    """Where an attempt comes from: the network address, the browser, and the cookie of a known device."""

    address: str
    user_agent: str = ""
    device: str | None = None


@dataclass(frozen=True, slots=True)
class Entered:
    """What a successful attempt gives: the answer, and the cookie that makes the device known."""

    answer: SignedIn
    device: str | None


def sign_in(
    attempt: SignIn,
    caller: Caller,
    *,
    portals: Portals,
    sessions: Sessions,
    accounts: Accounts,
    keys: TokenKeys,
    hasher: Hasher,
    clock: Clock,
) -> Entered:
    """Begin a session by number and password.

    Somebody unknown costs the same reads, writes and hashing as somebody known.

    Raises:
        InvalidCredentials: wrong, unknown, unconfirmed, locked: it is not told which.
        TooManyAttempts: after five failures on an account the wait doubles, also for the right password,
            but not on a device that has been in before.
    """
    portal = _portal(attempt.portal, portals)
    number = normalise_login(attempt.identifier)
    now = clock.now()
    slot = slot_of(attempt.portal, number)
    device, counters = counted_as(caller.address, caller.device, slot, keys=keys, now=now)
    named = temporary.named_by(attempt.password, portal)
    compared: str | None = None
    right: bool | None = None
    for attempt_number in range(_ATTEMPTS):
        account, failures, application = sessions.facts(attempt.portal, number, list(counters), now, application=named)
        wait = max(counted.wait(now) for counted in failures)
        if wait:
            raise TooManyAttempts(wait)
        password_hash = _usable_hash(account, now)
        if right is None or password_hash != compared:  # it may change, or the account be locked, between two attempts
            compared, right = password_hash, hasher.fits(password_hash, attempt.password)
        is_free = account is None or account.status == "closed"
        if is_free and application is not None and portal is not None:
            first = temporary.first_account(application, attempt.password, portal, keys=keys, hasher=hasher, now=now)
            if first is not None:
                session, secret = _new_session(first, portal, caller.user_agent, now)
                if temporary.open_first(first, application, portal, session, failures[0], accounts=accounts, now=now):
                    return _entered(first, portal, session, secret, device, slot, keys=keys, now=now)
                continue
        if not right or account is None or portal is None:
            if sessions.fail([(one, one.failed(now, counters[one.name])) for one in failures], now):
                raise InvalidCredentials
        else:
            session, secret = _new_session(account, portal, caller.user_agent, now, failures[0])
            outdated = hasher.is_outdated(account.password_hash)
            rehashed = (account, hasher.hash(attempt.password)) if outdated else None
            if sessions.start(session, failures[0], now, rehashed=rehashed):
                return _entered(account, portal, session, secret, device, slot, keys=keys, now=now)
        time.sleep(0.01 * attempt_number)
    raise Busy


def is_password(account: Account, password: str, *, sessions: Sessions, hasher: Hasher, clock: Clock) -> bool:
    """Tell whether this is the account's password, for somebody who has entered already; failures make wait.

    Raises:
        TooManyAttempts: too many failures behind this account's sessions.
        Busy: somebody else was trying at the same time.
    """
    now = clock.now()
    counters = {f"{account.slot}#again": FREE_PER_ACCOUNT}
    _, failures, _ = sessions.facts(account.portal, account.number, list(counters), now)
    if failures[0].wait(now):
        raise TooManyAttempts(failures[0].wait(now))
    right = hasher.fits(account.password_hash, password)
    # The right one clears the count by the same conditional write: of many guesses at once only one is heard.
    after = Failures(failures[0].name, 0) if right else failures[0].failed(now, FREE_PER_ACCOUNT)
    if not sessions.fail([(failures[0], after)], now):
        raise Busy
    return right


def current_session(token: str | None, *, sessions: Sessions, portals: Portals, clock: Clock) -> CurrentSession:
    """Return who is asking.

    Raises:
        Unauthenticated: no session of this token lives.
    """
    read = read_token(token) if token else None
    found = sessions.read(read[0], hash_of(read[1])) if read else None
    now = clock.now()
    if found is None or not found[1].lives(now, found[0].epoch):
        raise Unauthenticated
    state, session = found
    if session.due_for_a_mark(now):
        session = sessions.mark_seen(session, now)
    return CurrentSession(session, state, (*session.todo, *state.pending(portals.get(state.portal))))


def list_sessions(current: CurrentSession, *, sessions: Sessions, clock: Clock) -> SessionList:
    """Return the sessions of the account that live."""
    now = clock.now()
    living = [one for one in sessions.all_of(current.state.ref) if one.lives(now, current.state.epoch)]
    return SessionList(
        items=[
            SessionLine(
                id=one.id,
                created_at=one.created_at,
                last_seen_at=one.seen_at,
                expires_at=one.expires_at,
                device=one.user_agent,
                current=one.id == current.session.id,
            )
            for one in sorted(living, key=lambda one: one.created_at, reverse=True)
        ]
    )


def end_session(
    session_id: str, current: CurrentSession, *, sessions: Sessions, portals: Portals, clock: Clock
) -> None:
    """End a session of the account; `current` is the one that asks.

    Raises:
        NotFound: the account has no such session.
        StepsPending: it is another one, and this one has still to prove that it may.
    """

    def end(session: Session) -> None:
        state, now = current.state, clock.now()
        sessions.end(session, owed_at_end(state.portal, state.ref, session, portals=portals, now=now))

    if session_id in ("current", current.session.id):
        return end(current.session)
    if current.session.todo:
        raise StepsPending(current.pending, current.session.question)
    for session in sessions.all_of(current.state.ref):
        if session.id == session_id:
            return end(session)
    raise NotFound


def _usable_hash(account: Account | None, now: datetime) -> str | None:
    """Return the hash to compare with; none of an account that is locked or closed, or past its temporary password."""
    if account is None or account.status != "active":
        return None
    over = account.password_expires_at is not None and account.password_expires_at <= now
    return None if over else account.password_hash


def _portal(portal_id: str, portals: Portals) -> Portal | None:
    try:
        return portals.get(portal_id)
    except NotFound:
        return None


def _new_session(
    account: Account, portal: Portal, user_agent: str, now: datetime, failed: Failures | None = None
) -> tuple[Session, str]:
    """Return a session and its secret; what it has to prove beside the password depends on who failed before."""
    secret = new_secret()
    question = question_for(account, portal, failed, now)
    steps = (("second_factor", account.second_factor), ("security_question", question))
    session = Session(
        id=random_id(),
        ref=account.ref,
        secret_hash=hash_of(secret),
        epoch=account.epoch,
        created_at=now,
        expires_at=now + portal.lifetimes.session,
        seen_at=now,
        idle=portal.lifetimes.session_idle,
        user_agent=user_agent[:200],
        todo=tuple(step for step, needed in steps if needed),
        question=question,
    )
    return session, secret


def _entered(
    account: Account,
    portal: Portal,
    session: Session,
    secret: str,
    device: str | None,
    slot: str,
    *,
    keys: TokenKeys,
    now: datetime,
) -> Entered:
    answer = SignedIn(
        session=SessionOut(id=session.id, expires_at=session.expires_at),
        token=write_token(account.ref, secret),
        pending=[*session.todo, *pending_steps(portal, account.todo, account.accepted)],
        question=session.question,
    )
    return Entered(answer, make_known(session, slot, device, keys=keys, now=now))
