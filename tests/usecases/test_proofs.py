"""Entering where the password does not suffice: the second factor, and a question after failures."""

from dataclasses import replace

import pytest

from tests.usecases.staff_world import ADDRESS, ANA, FILES, PASSWORD, World
from ventanilla.domain.errors import (
    InvalidCredentials,
    NotFound,
    Refused,
    StepsPending,
    TooManyAttempts,
    Unauthenticated,
    WrongAnswer,
    WrongCode,
)
from ventanilla.domain.ids import slot_of
from ventanilla.schemas.sessions import QuestionAnswered, SecondFactorCode, SignIn
from ventanilla.usecases import proofs
from ventanilla.usecases.sessions import Caller, end_session, sign_in

CODES = tuple(f"hash:{place}aaaaaaaaaa" for place in range(10))
ANSWERS = {"first_pet": "hash:canela", "first_job": "hash:mercado", "first_trip": "hash:loja"}


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture(autouse=True)
def no_sleep(monkeypatch):
    monkeypatch.setattr("time.sleep", lambda _: None)


@pytest.fixture
def enter(world):
    def enter(password=PASSWORD, *, portal="staff", device=None):
        return sign_in(
            SignIn(portal=portal, identifier=ANA, password=password),
            Caller(ADDRESS, "Browser", device),
            portals=FILES,
            sessions=world.sessions,
            accounts=world.accounts,
            keys=world.keys,
            hasher=world.hasher,
            clock=world.clock,
        )

    return enter


@pytest.fixture
def fail(world, enter):
    def fail(times, **how):
        for _ in range(times):
            with pytest.raises(InvalidCredentials):
                enter("another password altogether", **how)

    return fail


@pytest.fixture
def prove(world):
    def prove(current, code, *, device=None):
        return proofs.prove_second_factor(
            SecondFactorCode(code=code),
            current,
            Caller(ADDRESS, "Browser", device),
            authenticators=world.authenticators,
            sessions=world.sessions,
            keys=world.keys,
            hasher=world.hasher,
            clock=world.clock,
        )

    return prove


@pytest.fixture
def answer(world):
    def answer(current, text, question=None, *, device=None):
        return proofs.answer_question(
            QuestionAnswered(question=question or current.session.question, answer=text),
            current,
            Caller(ADDRESS, "Browser", device),
            sessions=world.sessions,
            keys=world.keys,
            hasher=world.hasher,
            clock=world.clock,
        )

    return answer


def enrolled(world, **changes):
    return world.account(second_factor="enrolment", recovery_codes=CODES, **changes)


def session_of(world, entered):
    """The session that an entry has begun, as the next request finds it."""
    return world.current(world.begun[entered.answer.session.id])


class TestEntering:
    def test_without_a_second_factor_the_password_suffices(self, world, enter):
        world.account()
        assert enter().answer.pending == []

    def test_with_one_its_proof_comes_before_the_accounts_own_steps(self, world, enter):
        enrolled(world, todo=("check_data",))
        entered = enter()
        assert entered.answer.pending == ["second_factor", "check_data"]
        assert session_of(world, entered).pending == ("second_factor", "check_data")

    def test_the_device_is_not_known_until_all_is_proved(self, world, enter, prove):
        enrolled(world)
        entered = enter()
        assert entered.device is None
        passed = prove(session_of(world, entered), world.authenticators.shown)
        assert passed.device is not None
        assert enter(device=passed.device).device == passed.device

    def test_the_password_alone_forgets_no_failure(self, world, enter, fail, prove):
        enrolled(world)
        fail(2)
        entered = enter()
        assert world.sessions.failures[slot_of("staff", ANA)].count == 2
        prove(session_of(world, entered), world.authenticators.shown)
        assert world.sessions.failures[slot_of("staff", ANA)].count == 0

    def test_a_session_with_something_to_prove_ends_itself_and_no_other(self, world, enter):
        enrolled(world)
        other, mine = enter(), session_of(world, enter())
        with pytest.raises(StepsPending) as raised:
            end_session(
                other.answer.session.id, mine, sessions=world.sessions, portals=world.portals, clock=world.clock
            )
        assert raised.value.facts["pending"] == ["second_factor"]


class TestSecondFactor:
    @pytest.fixture
    def begun(self, world):
        return world.enter(enrolled(world), todo=("second_factor",))

    def test_what_the_app_shows_lets_the_session_go_on(self, world, begun, prove):
        assert prove(begun, world.authenticators.shown).answer.pending == []
        assert world.current(begun.session).pending == ()
        assert world.begun[begun.session.id].proved_at == world.clock.at

    def test_a_code_works_once(self, world, begun, prove):
        prove(begun, world.authenticators.shown)
        again = world.enter(world.accounts.kept["staff", ANA], todo=("second_factor",))
        with pytest.raises(WrongCode):
            prove(again, world.authenticators.shown)

    def test_one_that_another_request_used_meanwhile_is_wrong(self, world, begun, prove):
        account = world.accounts.kept["staff", ANA]
        step = int(world.clock.at.timestamp()) // 30
        world.sessions.before_writing.append(lambda: world.accounts.keep(replace(account, second_factor_step=step)))
        with pytest.raises(WrongCode):
            prove(begun, world.authenticators.shown)
        assert world.begun[begun.session.id].todo == ("second_factor",)

    @pytest.mark.parametrize("code", ["000000", "12345", "abcdef", "", " ", "0" * 40, "10-aaaaa-aaaaa"])
    def test_anything_else_is_wrong_and_counted(self, world, begun, prove, code):
        with pytest.raises(WrongCode):
            prove(begun, code or "-")
        assert world.sessions.failures[slot_of("staff", ANA)].count == 1
        assert world.sessions.failures[f"address#{ADDRESS}"].count == 1
        assert world.begun[begun.session.id].todo == ("second_factor",)

    def test_wrong_codes_make_wait_as_wrong_passwords_do(self, world, begun, prove, enter):
        for _ in range(5):
            with pytest.raises(WrongCode):
                prove(begun, "000000")
        with pytest.raises(TooManyAttempts):
            prove(begun, world.authenticators.shown)
        with pytest.raises(TooManyAttempts):
            enter()

    def test_signing_in_again_brings_no_new_tries(self, world, enter, prove):
        enrolled(world)
        for _ in range(5):
            current = session_of(world, enter())
            with pytest.raises(WrongCode):
                prove(current, "000000")
        with pytest.raises(TooManyAttempts):
            enter()

    def test_a_device_that_has_been_in_counts_by_itself(self, world, enter, prove, begun):
        entered = enter()
        device = prove(session_of(world, entered), world.authenticators.shown).device
        for _ in range(5):
            with pytest.raises(WrongCode):
                prove(begun, "000000")  # a flood of somebody else's
        world.authenticators.shown = "654321"
        world.clock.at = world.clock.at.replace(minute=30)
        mine = session_of(world, enter(device=device))
        assert prove(mine, "654321", device=device).answer.pending == []

    def test_a_recovery_code_stands_in_once(self, world, begun, prove):
        assert prove(begun, "3-AAAAA-AAAAA").answer.pending == []
        left = world.accounts.kept["staff", ANA].recovery_codes
        assert (left[3], left.count("-")) == ("-", 1)
        again = world.enter(world.accounts.kept["staff", ANA], todo=("second_factor",))
        with pytest.raises(WrongCode):
            prove(again, "3-aaaaa-aaaaa")
        prove(again, "4-aaaaa-aaaaa")

    def test_it_can_be_proved_again_while_nothing_is_pending(self, world, prove):
        current = world.enter(enrolled(world))
        assert prove(current, world.authenticators.shown).answer.pending == []
        assert world.begun[current.session.id].has_just_proved(world.clock.at)

    def test_an_account_without_one_has_nothing_to_prove(self, world, prove):
        with pytest.raises(NotFound):
            prove(world.enter(world.account()), world.authenticators.shown)

    def test_a_session_of_an_older_epoch_proves_nothing(self, world, begun, prove):
        world.accounts.keep(replace(world.accounts.kept["staff", ANA], epoch=2))
        with pytest.raises(Unauthenticated):
            prove(begun, world.authenticators.shown)

    def test_nor_does_one_of_a_locked_account(self, world, begun, prove):
        world.accounts.keep(replace(world.accounts.kept["staff", ANA], status="locked"))
        with pytest.raises(Unauthenticated):
            prove(begun, world.authenticators.shown)


class TestSecurityQuestion:
    @pytest.fixture
    def account(self, world):
        return world.account("ibarra", security_answers=ANSWERS, accepted={"medios-electronicos": "1"})

    def test_after_two_failures_none_is_asked(self, account, enter, fail):
        fail(2, portal="ibarra")
        assert enter(portal="ibarra").answer.question is None

    def test_after_three_a_right_password_is_followed_by_one(self, world, account, enter, fail):
        fail(3, portal="ibarra")
        entered = enter(portal="ibarra")
        assert entered.answer.pending == ["security_question"]
        assert entered.answer.question in ANSWERS
        assert entered.device is None
        assert session_of(world, entered).session.question == entered.answer.question

    def test_signing_in_again_asks_the_same(self, account, enter, fail):
        fail(3, portal="ibarra")
        assert enter(portal="ibarra").answer.question == enter(portal="ibarra").answer.question

    @pytest.fixture
    def asked(self, world, account):
        return world.enter(account, todo=("security_question",), question="first_pet")

    @pytest.mark.parametrize("text", ["canela", "  CANELA!", "Cánela"])
    def test_the_right_answer_in_any_spelling_lets_the_session_go_on(self, world, asked, answer, text):
        passed = answer(asked, text)
        assert (passed.answer.pending, passed.answer.question) == ([], None)
        assert passed.device is not None
        assert world.current(asked.session).pending == ()

    def test_it_forgets_the_failures(self, world, account, enter, fail, answer):
        fail(4, portal="ibarra")
        current = session_of(world, enter(portal="ibarra"))
        answer(current, ANSWERS[current.session.question].partition(":")[2])
        assert world.sessions.failures[account.slot].count == 0
        assert enter(portal="ibarra").answer.pending == []

    def test_a_wrong_one_is_counted_like_a_wrong_password(self, world, account, enter, fail, answer):
        fail(3, portal="ibarra")
        current = session_of(world, enter(portal="ibarra"))
        for _ in range(2):
            with pytest.raises(WrongAnswer):
                answer(current, "otra cosa")
        with pytest.raises(TooManyAttempts):
            answer(current, "canela")
        with pytest.raises(TooManyAttempts):
            enter(portal="ibarra")

    def test_another_question_than_the_one_asked_is_refused(self, world, asked, answer):
        with pytest.raises(Refused) as raised:
            answer(asked, "mercado", "first_job")
        assert [(one.field, one.code) for one in raised.value.errors] == [("question", "question_other")]
        assert world.sessions.failures == {}

    def test_a_session_that_asks_none_takes_no_answer(self, world, account, answer):
        with pytest.raises(NotFound):
            answer(world.enter(account), "canela", "first_pet")

    def test_an_answer_is_taken_once(self, world, asked, answer):
        answer(asked, "canela")
        with pytest.raises(NotFound):
            answer(world.current(asked.session), "canela", "first_pet")

    def test_it_does_not_stand_in_for_the_second_factor(self, world, account, answer):
        both = world.accounts.keep(replace(account, second_factor="enrolment"))
        current = world.enter(both, todo=("second_factor", "security_question"), question="first_pet")
        assert answer(current, "canela").answer.pending == ["second_factor"]

    def test_the_question_is_told_when_its_turn_comes(self, world, account, prove):
        both = world.accounts.keep(replace(account, second_factor="enrolment"))
        current = world.enter(both, todo=("second_factor", "security_question"), question="first_pet")
        passed = prove(current, world.authenticators.shown)
        assert (passed.answer.pending, passed.answer.question) == (["security_question"], "first_pet")
        assert passed.device is None
