"""Temporary passwords: the first sign-in with one opens account and session in one write."""

import dataclasses
from datetime import timedelta

import pytest

from tests.fakes import World
from tests.papers import portal
from tests.usecases.conftest import EMAIL, NUMBER, enter, make_account, make_application
from ventanilla.domain.errors import Busy, InvalidCredentials
from ventanilla.domain.ids import slot_of, time_id
from ventanilla.domain.sessions import hash_of, read_token
from ventanilla.domain.tokens import OneTimeToken
from ventanilla.schemas.profile import PasswordChange
from ventanilla.schemas.sessions import SignIn
from ventanilla.usecases import temporary
from ventanilla.usecases.account import change_password
from ventanilla.usecases.sessions import Caller, sign_in

OWN = "Doce volcanes 7!"
SLOT = slot_of("ibarra", NUMBER)


@pytest.fixture(autouse=True)
def no_sleep(monkeypatch):
    monkeypatch.setattr("time.sleep", lambda _: None)


@pytest.fixture
def world(demo):
    return World(portal("ibarra"), portal("buzonec"), demo)


@pytest.fixture
def application(world):
    now = world.clock.now()
    return make_application(
        world,
        id=time_id(now),
        portal="ibarra",
        password_hash=None,
        accepted={"medios-electronicos": "1"},
        link_expires_at=now + timedelta(hours=72),
    )


@pytest.fixture
def attempt(world):
    def attempt(password, *, at="ibarra", device=None):
        return sign_in(
            SignIn(portal=at, identifier=NUMBER, password=password),
            Caller("198.51.100.7", "Browser", device),
            portals=world.portals,
            sessions=world.sessions,
            accounts=world.accounts,
            keys=world.keys,
            hasher=world.hasher,
            clock=world.clock,
        )

    return attempt


def password_of(world, application):
    """What was mailed for an application."""
    return world.keys.ring.temporary_password(OneTimeToken("confirm", application.slot, application.token_id))


class TestTheFirstSignIn:
    def test_account_and_session_begin_together(self, world, application, attempt):
        answer = attempt(password_of(world, application)).answer
        account = world.accounts.only
        ref, secret = read_token(answer.token)
        session = world.sessions.kept[ref, hash_of(secret)]
        assert (account.ref, account.number, account.email, account.assurance) == (ref, NUMBER, EMAIL, "self_asserted")
        assert (session.epoch, session.todo) == (account.epoch, ())
        assert world.applications.kept == {}

    def test_the_password_is_changed_first(self, world, application, attempt):
        pending = attempt(password_of(world, application)).answer.pending
        assert pending == ["change_password", "check_data", "security_questions"]

    def test_what_was_accepted_in_the_form_is_accepted(self, world, application, attempt):
        attempt(password_of(world, application))
        account = world.accounts.only
        assert account.accepted == {"medios-electronicos": "1"}
        assert account.accepted_at == {"medios-electronicos": application.created_at.isoformat()}

    def test_capitals_and_spaces_around_it_do_not_matter(self, world, application, attempt):
        assert attempt(f"  {password_of(world, application).upper()} ").answer.token

    def test_it_forgets_the_failures_and_makes_the_device_known(self, world, application, attempt):
        with pytest.raises(InvalidCredentials):
            attempt("another password altogether")
        assert attempt(password_of(world, application)).device
        assert world.sessions.failures[SLOT].count == 0

    def test_no_letter_is_released_where_there_is_no_mailbox(self, world, application, attempt):
        attempt(password_of(world, application))
        assert world.outbox.items == {}
        assert world.notifications.mailboxes == {}


class TestNothingOpens:
    @pytest.fixture
    def nothing(self, world, attempt):
        def nothing(password, at="ibarra"):
            before = dict(world.accounts.kept)
            with pytest.raises(InvalidCredentials):
                attempt(password, at=at)
            return (world.accounts.kept, world.sessions.kept) == (before, {})

        return nothing

    def test_by_another_password_that_names_the_application(self, world, application, nothing):
        password = password_of(world, application)
        last = str((int(password[-1]) - 1) % 8 + 2)
        assert nothing(password[:-1] + last)
        assert world.sessions.failures[SLOT].count == 1

    def test_once_it_has_expired(self, world, application, nothing):
        world.clock.advance(hours=72)
        assert nothing(password_of(world, application))

    def test_once_another_was_mailed(self, world, application, attempt, nothing):
        renewed = world.applications.renew_link(application, application.expires_at)
        assert nothing(password_of(world, application))
        assert attempt(password_of(world, renewed)).answer.token

    def test_with_that_of_somebody_else(self, world, application, nothing):
        other = make_application(world, id=application.id, portal="ibarra", number="1710034065", password_hash=None)
        assert nothing(password_of(world, other))

    def test_where_the_number_has_an_account(self, world, application, nothing):
        make_account(world, portal="ibarra")
        assert nothing(password_of(world, application))

    @pytest.mark.parametrize("state", ["documents", "refused", "done"])
    def test_while_the_application_waits_for_something_else(self, world, application, nothing, state):
        world.applications.keep(dataclasses.replace(application, state=state))
        assert nothing(password_of(world, application))

    def test_at_a_portal_whose_passwords_are_chosen(self, world, nothing):
        application = make_application(world, id=time_id(world.clock.now()), password_hash=None)
        assert nothing(password_of(world, application), at="demo")


class TestTheSameTrips:
    def test_each_attempt_names_an_application_where_such_are_mailed(self, world, application, attempt):
        costs = []
        for password in ("x", "another password altogether", f"{application.id}-guess", "ñandú azul y contento"):
            world.calls.clear()
            with pytest.raises(InvalidCredentials):
                attempt(password)
            costs.append(list(world.calls))
        assert costs == [["facts and 2 counters and an application", "fits", "write"]] * 4

    def test_elsewhere_none_is_named(self, world, attempt):
        with pytest.raises(InvalidCredentials):
            attempt("another password altogether", at="demo")
        assert world.calls[0] == "facts and 2 counters"

    @pytest.mark.parametrize("password", ["", "x", "ñandúé", "ab cd-x", "......", "a" * 5])
    def test_what_names_none_asks_for_one_that_is_not_there(self, password):
        assert temporary.named_by(password, portal("ibarra")) == "-"


class TestAfterwards:
    def test_it_goes_on_working_until_it_expires(self, world, application, attempt):
        password = password_of(world, application)
        attempt(password)
        world.clock.advance(hours=71)
        assert attempt(password).answer.pending[0] == "change_password"
        world.clock.advance(hours=1)
        with pytest.raises(InvalidCredentials):
            attempt(password)

    def test_a_password_of_ones_own_does_not_expire(self, world, application, attempt):
        password = password_of(world, application)
        attempt(password)
        change_password(
            PasswordChange(current=password, new=OWN),
            enter(world, world.accounts.only),
            portals=world.portals,
            accounts=world.accounts,
            sessions=world.sessions,
            hasher=world.hasher,
            clock=world.clock,
        )
        world.clock.advance(days=365)
        assert "change_password" not in attempt(OWN).answer.pending


class TestAtTheSameTime:
    def test_who_comes_second_enters_the_account_that_the_first_has_opened(self, world, application, attempt):
        password = password_of(world, application)
        world.accounts.before_writing.append(lambda: attempt(password))
        attempt(password)
        assert len(world.sessions.kept) == 2
        assert {session.ref for session in world.sessions.kept.values()} == {world.accounts.only.ref}

    def test_an_application_that_is_superseded_meanwhile_opens_nothing(self, world, application, attempt):
        renew = lambda: world.applications.renew_link(application, application.expires_at)  # noqa: E731
        world.accounts.before_writing.append(renew)
        with pytest.raises(InvalidCredentials):
            attempt(password_of(world, application))
        assert (world.accounts.kept, world.sessions.kept) == ({}, {})

    def test_who_is_overtaken_each_time_may_try_again(self, world, application, attempt):
        world.sessions.before_writing.extend([lambda: False] * 5)
        with pytest.raises(Busy):
            attempt(password_of(world, application))
        assert (world.accounts.kept, world.sessions.kept) == ({}, {})
