"""Sessions: enter, be recognised, leave."""

import dataclasses
from collections.abc import Callable
from datetime import timedelta
from typing import ClassVar

import pytest

from tests.fakes import World
from tests.usecases.conftest import NEW_PASSWORD, NUMBER, PASSWORD, enter, make_account
from ventanilla.domain.errors import Busy, InvalidCredentials, NotFound, TooManyAttempts, Unauthenticated
from ventanilla.domain.ids import slot_of
from ventanilla.domain.sessions import hash_of, read_token, write_token
from ventanilla.domain.throttling import Failures
from ventanilla.schemas.sessions import SignIn
from ventanilla.usecases import sessions as usecase
from ventanilla.usecases.sessions import Caller, current_session, end_session, is_password, list_sessions, sign_in

SLOT = slot_of("demo", NUMBER)
HERE = "198.51.100.7"


@pytest.fixture(autouse=True)
def no_sleep(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Waiting between attempts takes no time."""
    slept: list[float] = []
    monkeypatch.setattr(usecase.time, "sleep", slept.append)
    return slept


@pytest.fixture
def attempt(world: World) -> Callable[..., usecase.Entered]:
    def attempt(password=PASSWORD, *, number=NUMBER, portal="demo", address=HERE, device=None, user_agent="Browser"):
        return sign_in(
            SignIn(portal=portal, identifier=number, password=password),
            Caller(address, user_agent, device),
            portals=world.portals,
            sessions=world.sessions,
            accounts=world.accounts,
            keys=world.keys,
            hasher=world.hasher,
            clock=world.clock,
        )

    return attempt


@pytest.fixture
def fail(world, attempt):
    def fail(times=1, **how):
        """Try a wrong password as often, each time once it is heard again."""
        for _ in range(times):
            with pytest.raises(InvalidCredentials):
                attempt(NEW_PASSWORD, **how)
            waits = [one.wait(world.clock.now()) for one in world.sessions.failures.values()]
            world.clock.advance(seconds=max(waits))

    return fail


class TestEntering:
    def test_number_and_password_begin_a_session(self, world, attempt):
        account = make_account(world)
        answer = attempt().answer
        ref, secret = read_token(answer.token)
        session = world.sessions.kept[account.ref, hash_of(secret)]
        assert ref == account.ref
        assert (answer.session.id, answer.pending) == (session.id, [])
        assert answer.session.expires_at == session.expires_at == world.clock.now() + timedelta(hours=12)
        assert (session.epoch, session.idle, session.user_agent) == (account.epoch, timedelta(minutes=30), "Browser")

    def test_each_entry_is_a_session_of_its_own(self, world, attempt):
        make_account(world)
        assert attempt().answer.token != attempt().answer.token
        assert len(world.sessions.kept) == 2

    def test_the_secret_itself_is_nowhere_kept(self, world, attempt):
        make_account(world)
        token = attempt().answer.token
        assert read_token(token)[1] not in repr(world.sessions.kept)

    @pytest.mark.parametrize(
        "typed",
        [f"{NUMBER[:9]}-{NUMBER[9]}", f"  {NUMBER}\t", NUMBER.translate({48 + n: 0xFF10 + n for n in range(10)})],
    )
    def test_the_number_may_be_typed_as_people_do(self, world, attempt, typed):
        make_account(world)
        assert attempt(number=typed).answer.token

    def test_what_is_pending_is_told(self, world, attempt):
        make_account(world, portal="office", todo=("check_data",))
        assert attempt(portal="office").answer.pending == ["check_data", "accept_terms"]

    def test_entering_kills_no_other_session(self, world, attempt):
        account = make_account(world)
        current = enter(world, account)
        attempt()
        assert world.accounts.only.epoch == account.epoch
        assert current.session in world.sessions.kept.values()

    def test_a_long_browser_name_is_cut(self, world, attempt):
        make_account(world)
        attempt(user_agent="x" * 5000)
        [session] = world.sessions.kept.values()
        assert session.user_agent == "x" * 200


class TestAStrangerLearnsNothing:
    """Wrong, unknown, unconfirmed, locked, closed, of no portal: the same answer for the same calls."""

    WHO: ClassVar[dict[str, Callable[[World], object]]] = {
        "wrong": make_account,
        "unknown": lambda world: None,
        "locked": lambda world: make_account(world, status="locked", password_hash=f"hash:{NEW_PASSWORD}"),
        "closed": lambda world: make_account(world, status="closed", password_hash=""),
    }

    @pytest.mark.parametrize("who", WHO)
    def test_the_answer_says_nothing(self, world, attempt, who):
        self.WHO[who](world)
        with pytest.raises(InvalidCredentials) as raised:
            attempt(NEW_PASSWORD)
        assert raised.value.facts == {}
        assert world.sessions.kept == {}

    @pytest.mark.parametrize("who", WHO)
    def test_the_reads_writes_and_hashing_are_those_of_a_wrong_password(self, world, attempt, who):
        self.WHO[who](world)
        with pytest.raises(InvalidCredentials):
            attempt(NEW_PASSWORD)
        assert world.calls == ["facts and 2 counters", "fits", "write"]

    def test_an_unknown_portal_costs_the_same(self, world, attempt):
        make_account(world)
        with pytest.raises(InvalidCredentials):
            attempt(portal="atlantis")
        assert world.calls == ["facts and 2 counters", "fits", "write"]

    def test_the_right_password_costs_as_many_trips(self, world, attempt):
        make_account(world)
        attempt()
        assert world.calls == ["facts and 2 counters", "fits", "write"]


class TestFailuresMakeWait:
    def test_five_failures_are_free_and_then_nothing_is_heard_for_a_while(self, world, attempt):
        make_account(world)
        for _ in range(5):
            with pytest.raises(InvalidCredentials):
                attempt(NEW_PASSWORD)
        world.calls.clear()
        with pytest.raises(TooManyAttempts) as raised:
            attempt(PASSWORD)  # not even the right one
        assert 2 <= raised.value.retry_after <= 3
        assert world.calls == ["facts and 2 counters"]

    def test_who_waits_is_heard_and_the_next_failure_waits_twice_as_long(self, world, attempt, fail):
        make_account(world)
        fail(5)
        fail(1)
        with pytest.raises(InvalidCredentials):
            attempt(NEW_PASSWORD)
        with pytest.raises(TooManyAttempts) as raised:
            attempt()
        assert 8 <= raised.value.retry_after <= 9

    def test_success_forgets_the_accounts_failures(self, world, attempt, fail):
        make_account(world)
        fail(4)
        attempt()
        assert world.sessions.failures[SLOT] == Failures(SLOT, 0)
        fail(4)
        attempt()

    def test_success_does_not_forget_those_of_the_address(self, world, attempt, fail):
        make_account(world)
        fail(4)
        attempt()
        assert world.sessions.failures[f"address#{HERE}"].count == 4

    def test_somebody_unknown_waits_too(self, world, attempt, fail):
        fail(4)
        with pytest.raises(InvalidCredentials):
            attempt(NEW_PASSWORD)
        with pytest.raises(TooManyAttempts):
            attempt(NEW_PASSWORD)

    def test_failures_are_counted_however_the_number_was_typed(self, world, attempt):
        make_account(world)
        for typed in (NUMBER, f"{NUMBER[:9]}-{NUMBER[9]}", f" {NUMBER}", f"{NUMBER[:2]} {NUMBER[2:]}", f"{NUMBER}."):
            with pytest.raises(InvalidCredentials):
                attempt(NEW_PASSWORD, number=typed)
        with pytest.raises(TooManyAttempts):
            attempt()

    def test_an_address_from_which_many_numbers_are_tried_waits(self, world, attempt):
        make_account(world)
        for serial in range(50):
            with pytest.raises(InvalidCredentials):
                attempt(NEW_PASSWORD, number=f"09{serial:08}")
        with pytest.raises(TooManyAttempts):
            attempt()
        assert attempt(address="203.0.113.9").answer.token

    def test_a_subscriber_of_ipv6_is_one_address_whichever_is_used(self, world, attempt):
        for serial in range(50):
            with pytest.raises(InvalidCredentials):
                attempt(NEW_PASSWORD, number=f"09{serial:08}", address=f"2001:db8:0:7::{serial:x}")
        with pytest.raises(TooManyAttempts):
            attempt(address="2001:db8:0:7:ffff::1")

    def test_a_failure_that_somebody_else_counts_meanwhile_is_counted_on_top(self, world, attempt):
        make_account(world)

        def meanwhile():
            world.sessions.failures[SLOT] = Failures(SLOT, 3)
            return False

        world.sessions.before_writing = [meanwhile]
        with pytest.raises(InvalidCredentials):
            attempt(NEW_PASSWORD)
        assert world.sessions.failures[SLOT].count == 4
        assert world.calls.count("fits") == 1

    def test_a_success_that_a_flood_overtakes_waits(self, world, attempt):
        make_account(world)

        def meanwhile():
            world.sessions.failures[SLOT] = Failures(SLOT, 9, world.clock.now() + timedelta(seconds=30))
            return False

        world.sessions.before_writing = [meanwhile]
        with pytest.raises(TooManyAttempts):
            attempt()
        assert world.sessions.kept == {}

    def test_who_is_overtaken_each_time_may_try_again(self, world, attempt, no_sleep):
        make_account(world)
        world.sessions.before_writing = [lambda: False] * 5
        with pytest.raises(Busy):
            attempt()
        assert no_sleep == sorted(no_sleep)

    def test_a_password_that_changes_between_two_attempts_no_longer_opens(self, world, attempt):
        account = make_account(world)

        def meanwhile():
            world.accounts.keep(
                dataclasses.replace(account, password_hash=f"hash:{NEW_PASSWORD}", epoch=account.epoch + 1)
            )
            return False

        world.sessions.before_writing = [meanwhile]
        with pytest.raises(InvalidCredentials):
            attempt(PASSWORD)
        assert world.sessions.kept == {}

    def test_an_account_that_is_locked_between_two_attempts_no_longer_opens(self, world, attempt):
        account = make_account(world)

        def meanwhile():
            world.accounts.keep(dataclasses.replace(account, status="locked", epoch=account.epoch + 1))
            return False

        world.sessions.before_writing = [meanwhile]
        with pytest.raises(InvalidCredentials):
            attempt(PASSWORD)


class TestKnownDevice:
    @pytest.fixture
    def device(self, world, attempt):
        make_account(world)
        return attempt().device

    def test_a_flood_against_the_account_passes_it_by(self, attempt, fail, device):
        fail(9, address="203.0.113.9")
        with pytest.raises(InvalidCredentials):
            attempt(NEW_PASSWORD, address="203.0.113.9")
        with pytest.raises(TooManyAttempts):
            attempt()
        assert attempt(device=device).answer.token

    def test_it_has_failures_of_its_own(self, world, attempt, device):
        for _ in range(5):
            with pytest.raises(InvalidCredentials):
                attempt(NEW_PASSWORD, device=device)
        with pytest.raises(TooManyAttempts):
            attempt(device=device)
        assert attempt().answer.token  # those of the account are untouched

    def test_it_costs_one_counter(self, world, attempt, device):
        world.calls.clear()
        attempt(device=device)
        assert world.calls == ["facts and 1 counters", "fits", "write"]

    def test_it_stays_the_same_device(self, world, attempt, device):
        assert attempt(device=device).device == device

    def test_a_device_known_to_another_account_is_a_stranger_here(self, world, attempt, device):
        make_account(world, number="0912345678")
        world.calls.clear()
        attempt(number="0912345678", device=device)
        assert world.calls[0] == "facts and 2 counters"

    @pytest.mark.parametrize("cookie", ["", "x", "device.k1.slot.id.mac", "a.b.c.d.e"])
    def test_a_forged_cookie_makes_nothing_known(self, world, attempt, cookie):
        make_account(world)
        assert attempt(device=cookie).answer.token
        assert world.calls[0] == "facts and 2 counters"

    def test_a_mailed_link_is_no_cookie(self, world, attempt):
        make_account(world)
        attempt(device=world.keys.write("reset", SLOT, "x"))
        assert world.calls[0] == "facts and 2 counters"


class TestRehash:
    def test_a_hash_of_weaker_parameters_is_renewed_at_entry(self, world, attempt):
        make_account(world, password_hash=f"old:{PASSWORD}")
        attempt()
        assert world.accounts.only.password_hash == f"hash:{PASSWORD}"
        assert world.calls.count("write") == 1

    def test_others_are_left_alone(self, world, attempt):
        account = make_account(world)
        attempt()
        assert world.accounts.only == account
        assert "hash" not in world.calls

    def test_a_wrong_password_renews_nothing(self, world, attempt):
        account = make_account(world, password_hash=f"old:{PASSWORD}")
        with pytest.raises(InvalidCredentials):
            attempt(NEW_PASSWORD)
        assert world.accounts.only == account


class TestAskedAgain:
    """The password asked for again behind a session."""

    @pytest.fixture
    def fits(self, world):
        account = make_account(world)
        return lambda password: is_password(
            account, password, sessions=world.sessions, hasher=world.hasher, clock=world.clock
        )

    def test_it_fits_or_not(self, fits):
        assert fits(PASSWORD)
        assert not fits(NEW_PASSWORD)

    def test_guessing_behind_a_session_waits_but_keeps_nobody_from_entering(self, world, fits, attempt):
        for _ in range(5):
            assert not fits(NEW_PASSWORD)
        with pytest.raises(TooManyAttempts):
            fits(PASSWORD)
        assert attempt().answer.token

    def test_a_failure_that_cannot_be_counted_is_not_answered(self, world, fits):
        world.sessions.before_writing = [lambda: False]
        with pytest.raises(Busy):
            fits(NEW_PASSWORD)


class TestRecognised:
    @pytest.fixture
    def token(self, world, attempt):
        make_account(world)
        return attempt().answer.token

    @pytest.fixture
    def recognise(self, world):
        return lambda token: current_session(token, sessions=world.sessions, portals=world.portals, clock=world.clock)

    def test_the_token_tells_who_is_asking(self, world, token, recognise):
        current = recognise(token)
        assert (current.state.number, current.state.portal, current.pending) == (NUMBER, "demo", ())
        assert current.session.secret_hash == hash_of(read_token(token)[1])

    @pytest.mark.parametrize("token", [None, "", "x", "ref.secret", "ñ.ñ", "." * 200])
    def test_what_is_no_token_tells_nobody(self, world, recognise, token):
        make_account(world)
        with pytest.raises(Unauthenticated):
            recognise(token)

    def test_the_secret_of_another_session_opens_no_account(self, world, token, recognise):
        other = make_account(world, number="0912345678")
        with pytest.raises(Unauthenticated):
            recognise(write_token(other.ref, read_token(token)[1]))

    def test_a_session_ends_when_it_was_idle_for_too_long(self, world, token, recognise):
        world.clock.advance(minutes=30)
        with pytest.raises(Unauthenticated):
            recognise(token)

    def test_a_session_in_use_lives_until_its_end(self, world, token, recognise):
        for _ in range(35):
            world.clock.advance(minutes=20)
            recognise(token)
        world.clock.advance(minutes=19, seconds=59)
        recognise(token)
        world.clock.advance(seconds=1)
        with pytest.raises(Unauthenticated):
            recognise(token)

    def test_a_raised_epoch_ends_it(self, world, token, recognise):
        account = world.accounts.only
        world.accounts.keep(dataclasses.replace(account, epoch=account.epoch + 1))
        with pytest.raises(Unauthenticated):
            recognise(token)

    def test_a_closed_account_has_no_sessions(self, world, token, recognise):
        world.accounts.keep(dataclasses.replace(world.accounts.only, status="closed"))
        with pytest.raises(Unauthenticated):
            recognise(token)

    def test_use_is_written_down_only_each_tenth_of_the_idle_time(self, world, token, recognise):
        begun = world.clock.now()
        for _ in range(60):
            world.clock.advance(seconds=30)
            recognise(token)
        marks = [(at - begun) / timedelta(minutes=1) for at in world.sessions.marks]
        assert marks == [3, 6, 9, 12, 15, 18, 21, 24, 27, 30]

    def test_terms_of_a_new_version_come_first_from_then_on(self, world, attempt, recognise, office):
        make_account(world, portal="office", accepted={"use": "2", "privacy": "1"})
        token = attempt(portal="office").answer.token
        assert recognise(token).pending == ()
        newer = dataclasses.replace(office.terms[0], version="3")
        world.portals._portals["office"] = dataclasses.replace(office, terms=(newer, office.terms[1]))
        assert recognise(token).pending == ("accept_terms",)


class TestLeaving:
    @pytest.fixture
    def sessions(self, world):
        account = make_account(world)
        first = enter(world, account)
        world.clock.advance(minutes=1)
        return first, enter(world, account)

    def test_the_list_has_those_that_live_newest_first(self, world, sessions):
        first, second = sessions
        dead = dataclasses.replace(first.session, id="dead", secret_hash="dead", epoch=0)
        world.sessions.keep(dead)
        listed = list_sessions(second, sessions=world.sessions, clock=world.clock).items
        assert [(one.id, one.current, one.device) for one in listed] == [
            (second.session.id, True, "Browser"),
            (first.session.id, False, "Browser"),
        ]

    def test_current_is_the_one_that_asks(self, world, sessions):
        first, second = sessions
        end_session("current", second, sessions=world.sessions, portals=world.portals, clock=world.clock)
        assert list(world.sessions.kept.values()) == [first.session]

    def test_any_of_ones_own_can_be_ended(self, world, sessions):
        first, second = sessions
        end_session(first.session.id, second, sessions=world.sessions, portals=world.portals, clock=world.clock)
        assert list(world.sessions.kept.values()) == [second.session]

    def test_somebody_elses_is_not_found(self, world, sessions):
        other = enter(world, make_account(world, number="0912345678"))
        with pytest.raises(NotFound):
            end_session(
                other.session.id, sessions[0], sessions=world.sessions, portals=world.portals, clock=world.clock
            )
        assert len(world.sessions.kept) == 3
