"""Who does not answer is left in peace, and looked after."""

from datetime import UTC, datetime, timedelta

import pytest

from ventanilla.adapters.circuit_breaker import CircuitBreaker


class Clock:
    """An hour that stands still until it is moved."""

    def __init__(self) -> None:
        self.at = datetime(2027, 3, 1, 15, 0, tzinfo=UTC)

    def now(self) -> datetime:
        return self.at

    def wall(self) -> datetime:
        raise AssertionError


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def breaker(clock: Clock) -> CircuitBreaker:
    return CircuitBreaker(clock)


def fail(breaker: CircuitBreaker, times: int) -> None:
    for _ in range(times):
        assert breaker.admits()
        breaker.failed()


class TestCircuitBreaker:
    def test_it_opens_after_five_failures_in_a_row(self, breaker):
        fail(breaker, 5)
        assert not breaker.admits()

    def test_a_success_begins_the_row_anew(self, breaker):
        fail(breaker, 4)
        breaker.succeeded()
        fail(breaker, 4)
        assert breaker.admits()

    def test_it_rests_for_thirty_seconds(self, breaker, clock):
        fail(breaker, 5)
        clock.at += timedelta(seconds=30, microseconds=-1)
        assert not breaker.admits()
        clock.at += timedelta(microseconds=1)
        assert breaker.admits()

    def test_then_one_call_alone_is_let_through_to_see(self, breaker, clock):
        fail(breaker, 5)
        clock.at += timedelta(seconds=30)
        assert [breaker.admits() for _ in range(3)] == [True, False, False]

    def test_it_closes_when_that_call_succeeds(self, breaker, clock):
        fail(breaker, 5)
        clock.at += timedelta(seconds=30)
        assert breaker.admits()
        breaker.succeeded()
        fail(breaker, 4)
        assert breaker.admits()

    def test_it_stays_open_when_that_call_fails(self, breaker, clock):
        fail(breaker, 5)
        clock.at += timedelta(seconds=30)
        fail(breaker, 1)
        clock.at += timedelta(seconds=29)
        assert not breaker.admits()
        clock.at += timedelta(seconds=1)
        assert breaker.admits()

    def test_a_call_that_never_came_back_keeps_nobody_out_for_ever(self, breaker, clock):
        fail(breaker, 5)
        clock.at += timedelta(seconds=30)
        assert breaker.admits()
        clock.at += timedelta(seconds=30)
        assert breaker.admits()
