"""Proofs: what a session asks for beside the password, before it opens anything."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from ventanilla.domain.accounts import Account
from ventanilla.domain.errors import (
    Busy,
    FieldError,
    InvalidCredentials,
    NotFound,
    Refused,
    TooManyAttempts,
    Unauthenticated,
    WrongAnswer,
    WrongCode,
)
from ventanilla.domain.ids import slot_of
from ventanilla.domain.second_factor import SPENT, read_password, read_recovery_code, spend
from ventanilla.domain.security_questions import normalise_answer
from ventanilla.domain.sessions import CurrentSession, Session
from ventanilla.schemas.sessions import Proven, QuestionAnswered, SecondFactorCode
from ventanilla.usecases.devices import counted_as, make_known
from ventanilla.usecases.ports import Authenticators, Clock, Hasher, Sessions, TokenKeys
from ventanilla.usecases.sessions import Caller

SECOND_FACTOR = "second_factor"
SECURITY_QUESTION = "security_question"
_ATTEMPTS = 5


@dataclass(frozen=True, slots=True)
class Passed:
    """What a proof gives: the answer, and the cookie that makes the device known once nothing is left to prove."""

    answer: Proven
    device: str | None


def prove_second_factor(
    shown: SecondFactorCode,
    current: CurrentSession,
    caller: Caller,
    *,
    authenticators: Authenticators,
    sessions: Sessions,
    keys: TokenKeys,
    hasher: Hasher,
    clock: Clock,
) -> Passed:
    """Prove the second factor by a code of the app, or by a recovery code; each works once.

    Raises:
        NotFound: the account has none.
        WrongCode: it is another, or was used before; counted as a failed sign-in.
        TooManyAttempts: too many failures came before.
    """
    hours = (clock.wall(), clock.now())  # apps know nothing of a local clock that was moved; elsewhere both are one

    def used_up(account: Account) -> Account | None:
        if account.second_factor is None:
            raise NotFound
        return _with_password(account, shown.code, hours, authenticators) or _with_recovery_code(
            account, shown.code, hasher
        )

    after = replace(current.session.done_with(SECOND_FACTOR), proved_at=clock.now())
    return _prove(after, used_up, WrongCode(), current, caller, sessions=sessions, keys=keys, now=clock.now())


def answer_question(
    answered: QuestionAnswered,
    current: CurrentSession,
    caller: Caller,
    *,
    sessions: Sessions,
    keys: TokenKeys,
    hasher: Hasher,
    clock: Clock,
) -> Passed:
    """Answer the security question that the session asks; it never suffices for anything alone.

    Raises:
        NotFound: the session asks none.
        Refused: it is not the question that is asked.
        WrongAnswer: counted as a failed sign-in.
        TooManyAttempts: too many failures came before.
    """
    asked = current.session.question
    if SECURITY_QUESTION not in current.session.todo or asked is None:
        raise NotFound
    if answered.question != asked:
        raise Refused(FieldError("question", "question_other", {"question": asked}))
    answer = normalise_answer(answered.answer)

    def same(account: Account) -> Account | None:
        return account if hasher.fits(account.security_answers.get(asked), answer) else None

    after = current.session.done_with(SECURITY_QUESTION)
    return _prove(after, same, WrongAnswer(), current, caller, sessions=sessions, keys=keys, now=clock.now())


def _with_password(
    account: Account, typed: str, hours: tuple[datetime, ...], authenticators: Authenticators
) -> Account | None:
    password = read_password(typed)
    if password is None or account.second_factor is None:
        return None
    last = account.second_factor_step
    step = authenticators.accepts(account.ref, account.second_factor, password, last=last, hours=hours)
    return replace(account, second_factor_step=step) if step is not None else None


def _with_recovery_code(account: Account, typed: str, hasher: Hasher) -> Account | None:
    code = read_recovery_code(typed)
    if code is None or code[0] >= len(account.recovery_codes):
        return None
    place, normal_form = code
    stored = account.recovery_codes[place]
    is_left = stored != SPENT and hasher.fits(stored, normal_form)
    return replace(account, recovery_codes=spend(account.recovery_codes, place)) if is_left else None


def _prove(
    after: Session,
    used_up: Callable[[Account], Account | None],
    refusal: InvalidCredentials,
    current: CurrentSession,
    caller: Caller,
    *,
    sessions: Sessions,
    keys: TokenKeys,
    now: datetime,
) -> Passed:
    """Compare behind the counters of sign-in; what is right is used up in the write that lets the session go on."""
    portal, number = current.state.portal, current.state.number
    slot = slot_of(portal, number)
    device, counters = counted_as(caller.address, caller.device, slot, keys=keys, now=now)
    for attempt in range(_ATTEMPTS):
        account, failures, _ = sessions.facts(portal, number, list(counters), now)
        if account is None or account.epoch != current.session.epoch or account.status != "active":
            raise Unauthenticated
        wait = max(counted.wait(now) for counted in failures)
        if wait:
            raise TooManyAttempts(wait)
        left = used_up(account)
        if left is None:
            if sessions.fail([(one, one.failed(now, counters[one.name])) for one in failures], now):
                raise refusal
        elif sessions.prove(current.session, after, (account, left), failures[0], now):
            answer = Proven(
                pending=[*after.todo, *(step for step in current.pending if step not in current.session.todo)],
                question=after.question if SECURITY_QUESTION in after.todo else None,
            )
            return Passed(answer, make_known(after, slot, device, keys=keys, now=now))
        time.sleep(0.01 * attempt)
    raise Busy
