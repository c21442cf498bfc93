"""Security questions are chosen and answered."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from ventanilla.domain.errors import FieldError, NotFound, Refused
from ventanilla.domain.portals import SecurityQuestions
from ventanilla.domain.security_questions import SHORTEST_ANSWER, Question, normalise_answer
from ventanilla.domain.sessions import CurrentSession, pending_steps
from ventanilla.schemas.profile import Pending
from ventanilla.schemas.second_factor import AnswersGiven
from ventanilla.usecases.account import demand_password, own_account
from ventanilla.usecases.ports import Accounts, Clock, Hasher, Portals, Sessions

STEP = "security_questions"


def choose_questions(
    given: AnswersGiven,
    current: CurrentSession,
    *,
    portals: Portals,
    accounts: Accounts,
    sessions: Sessions,
    hasher: Hasher,
    clock: Clock,
) -> Pending:
    """Keep the answers, of which only hashes are stored, in place of earlier ones.

    Raises:
        NotFound: the portal asks no questions.
        Refused: too few, too many, the same twice, none of the list, too short; a change without the password.
        InvalidCredentials: the password that a later change demands is wrong.
    """
    portal = portals.get(current.state.portal)
    if portal.security_questions is None:
        raise NotFound
    account = own_account(current, accounts)
    faults = tuple(_faults(given, portal.security_questions, portals.questions(portal.security_questions.file)))
    if faults:
        raise Refused(*faults)
    if STEP not in account.todo:
        demand_password(account, given.current_password, sessions=sessions, hasher=hasher, clock=clock)
    answers = {one.question: hasher.hash(normalise_answer(one.answer)) for one in given.answers}
    after = replace(account, security_answers=answers, todo=account.without(STEP))
    accounts.change(account, after)
    return Pending(pending=list(pending_steps(portal, after.todo, after.accepted)))


def _faults(given: AnswersGiven, asked: SecurityQuestions, listed: tuple[Question, ...]) -> Iterator[FieldError]:
    chosen = [one.question for one in given.answers]
    if len(chosen) != asked.ask or len(set(chosen)) != asked.ask:
        yield FieldError("answers", "questions_exact", {"ask": asked.ask})
    known = {question.id for question in listed}
    for place, one in enumerate(given.answers):
        if one.question not in known:
            yield FieldError(f"answers.{place}.question", "question")
        if len(normalise_answer(one.answer)) < SHORTEST_ANSWER:
            yield FieldError(f"answers.{place}.answer", "answer_short", {"min": SHORTEST_ANSWER})
