"""Sessions, and the failures that keep guessers waiting."""

import dataclasses
from datetime import timedelta

import pytest

from tests.adapters.conftest import NUMBER, PORTAL, make_session, open_account
from tests.conftest import counted_calls
from tests.fakes import NOW
from ventanilla.domain.throttling import FREE_PER_ACCOUNT, FREE_PER_ADDRESS, Failures

ONE, TWO = "one", "address#198.51.100.7"


@pytest.fixture
def sessions(services):
    return services.sessions


@pytest.fixture
def account(services):
    return open_account(services)


def counted(sessions, *names, now=NOW):
    return sessions.facts(PORTAL, NUMBER, names, now)[1]


def fail(sessions, now=NOW, times=1):
    for _ in range(times):
        before = counted(sessions, ONE, TWO, now=now)
        free = {ONE: FREE_PER_ACCOUNT, TWO: FREE_PER_ADDRESS}
        assert sessions.fail([(one, one.failed(now, free[one.name])) for one in before], now)


def start(sessions, session, now=NOW, rehashed=None):
    return sessions.start(session, counted(sessions, ONE, now=now)[0], now, rehashed=rehashed)


class TestFacts:
    def test_account_and_failures_come_in_one_trip(self, sessions, account):
        fail(sessions)
        with counted_calls() as calls:
            found, failures, application = sessions.facts(PORTAL, NUMBER, [TWO, ONE, "none"], NOW)
        assert (found, application) == (account, None)
        assert failures == [Failures(TWO, 1), Failures(ONE, 1), Failures("none", 0)]
        assert calls == {"BatchGetItem": 1}

    def test_somebody_unknown_has_failures_too(self, sessions):
        fail(sessions, times=2)
        assert sessions.facts(PORTAL, "nobody", [ONE], NOW) == (None, [Failures(ONE, 2)], None)

    def test_a_locked_account_is_told_with_its_status(self, sessions, services, account):
        services.accounts.change(account, dataclasses.replace(account, status="locked", epoch=2))
        assert sessions.facts(PORTAL, NUMBER, [ONE], NOW)[0].status == "locked"


class TestFailures:
    def test_all_names_are_counted_in_one_write(self, sessions):
        with counted_calls() as calls:
            assert sessions.fail([(Failures(ONE, 0), Failures(ONE, 1)), (Failures(TWO, 0), Failures(TWO, 1))], NOW)
        assert calls == {"TransactWriteItems": 1}
        assert counted(sessions, ONE, TWO) == [Failures(ONE, 1), Failures(TWO, 1)]

    def test_a_count_that_somebody_else_raised_meanwhile_is_not_overwritten(self, sessions):
        fail(sessions, times=3)
        stale = [(Failures(ONE, 2), Failures(ONE, 3)), (Failures(TWO, 3), Failures(TWO, 4))]
        assert not sessions.fail(stale, NOW)
        assert not sessions.fail([(Failures(ONE, 0), Failures(ONE, 1))], NOW)
        assert counted(sessions, ONE, TWO) == [Failures(ONE, 3), Failures(TWO, 3)]

    def test_the_wait_is_kept_to_the_microsecond(self, sessions):
        now = NOW + timedelta(microseconds=123_457)
        fail(sessions, now, times=5)
        assert counted(sessions, ONE) == [Failures(ONE, 5, now + timedelta(seconds=2))]

    def test_after_a_day_without_failures_they_are_forgotten_even_if_nobody_has_tidied_up(self, sessions):
        fail(sessions, times=7)
        later = NOW + timedelta(hours=24, seconds=1)
        assert counted(sessions, ONE, now=later) == [Failures(ONE, 0)]
        fail(sessions, later)
        assert counted(sessions, ONE, now=later)[0].count == 1

    def test_they_are_tidied_up(self, sessions, stage):
        fail(sessions)
        assert {int(item["ttl"]["N"]) for item in stage.items("TokensTable")} == {int(NOW.timestamp()) + 24 * 3600 + 1}


class TestStarting:
    def test_a_session_is_kept_as_it_was_made(self, sessions, account):
        session = make_session(account)
        assert start(sessions, session)
        state, found = sessions.read(account.ref, session.secret_hash)
        assert found == session
        assert (state.ref, state.epoch) == (account.ref, account.epoch)

    def test_success_forgets_the_failures(self, sessions, account):
        fail(sessions, times=4)
        start(sessions, make_session(account))
        assert counted(sessions, ONE, TWO) == [Failures(ONE, 0), Failures(TWO, 4)]

    def test_it_bears_the_same_condition_as_a_failure(self, sessions, account):
        [before] = counted(sessions, ONE)
        fail(sessions, times=5)  # meanwhile, a flood
        assert not sessions.start(make_session(account), before, NOW, rehashed=None)
        assert sessions.all_of(account.ref) == []
        assert counted(sessions, ONE)[0].count == 5

    def test_a_wait_that_is_over_keeps_nobody_out(self, sessions, account):
        fail(sessions, times=5)
        assert start(sessions, make_session(account), NOW + timedelta(seconds=2))
        assert counted(sessions, ONE) == [Failures(ONE, 0)]

    def test_a_hash_is_renewed_with_it(self, sessions, services, account):
        with counted_calls() as calls:
            assert sessions.start(make_session(account), Failures(ONE, 0), NOW, rehashed=(account, "better"))
        assert calls == {"TransactWriteItems": 1}
        assert services.accounts.get(PORTAL, NUMBER) == dataclasses.replace(account, password_hash="better")

    def test_a_password_that_changed_meanwhile_is_not_overwritten(self, sessions, services, account):
        services.accounts.change(account, dataclasses.replace(account, password_hash="new", epoch=2))
        assert not start(sessions, make_session(account), rehashed=(account, "better"))
        assert services.accounts.get(PORTAL, NUMBER).password_hash == "new"

    def test_it_is_tidied_up_after_its_end(self, sessions, stage, account):
        start(sessions, make_session(account))
        [ttl] = [int(item["ttl"]["N"]) for item in stage.items("AccountsTable") if "ttl" in item]
        assert ttl == int(NOW.timestamp()) + 12 * 3600 + 1


class TestReading:
    def test_session_and_state_come_in_one_trip(self, sessions, account):
        start(sessions, make_session(account))
        with counted_calls() as calls:
            assert sessions.read(account.ref, "a" * 64) is not None
        assert calls == {"BatchGetItem": 1}

    @pytest.mark.parametrize(("ref", "secret_hash"), [("refrefrefrefrefrefrefrefre", "b" * 64), ("other", "a" * 64)])
    def test_what_is_not_there_is_none(self, sessions, account, ref, secret_hash):
        start(sessions, make_session(account))
        assert sessions.read(ref, secret_hash) is None

    def test_all_of_an_account_are_listed_and_its_state_is_none_of_them(self, sessions, account):
        several = [make_session(account, letter * 64) for letter in "0aFf"]
        for session in several:
            start(sessions, session)
        with counted_calls() as calls:
            listed = sessions.all_of(account.ref)
        assert sorted(one.secret_hash for one in listed) == sorted(one.secret_hash for one in several)
        assert calls == {"Query": 1}

    def test_use_is_written_down(self, sessions, account):
        session = make_session(account)
        start(sessions, session)
        later = NOW + timedelta(minutes=3)
        assert sessions.mark_seen(session, later) == dataclasses.replace(session, seen_at=later)
        assert sessions.read(account.ref, session.secret_hash)[1].seen_at == later

    def test_a_session_that_has_ended_is_not_begun_again_by_its_use(self, sessions, account):
        sessions.mark_seen(make_session(account), NOW)
        assert sessions.all_of(account.ref) == []


class TestEnding:
    def test_it_is_gone_and_others_are_not(self, sessions, account):
        for letter in "ab":
            start(sessions, make_session(account, letter * 64))
        sessions.end(make_session(account))
        assert [one.secret_hash[0] for one in sessions.all_of(account.ref)] == ["b"]

    def test_to_end_it_again_changes_nothing(self, sessions, account):
        start(sessions, make_session(account))
        sessions.end(make_session(account))
        sessions.end(make_session(account))
        assert sessions.all_of(account.ref) == []
