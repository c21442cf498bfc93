"""How failures make the next try wait."""

from datetime import UTC, datetime, timedelta

import pytest

from ventanilla.domain.throttling import FREE_PER_ACCOUNT, FREE_PER_ADDRESS, Failures

NOW = datetime(2027, 3, 1, 15, 0, tzinfo=UTC)


def after(count, free=FREE_PER_ACCOUNT):
    failures = Failures("name", 0)
    for _ in range(count):
        failures = failures.failed(NOW, free)
    return failures


def test_four_failures_on_an_account_cost_nothing():
    assert [after(count).wait(NOW) for count in range(FREE_PER_ACCOUNT)] == [0] * 5


def test_from_the_fifth_on_the_wait_doubles_up_to_a_quarter_of_an_hour():
    waits = [(after(count).until - NOW).total_seconds() for count in range(5, 18)]
    assert waits == [2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900, 900]


def test_an_address_which_many_share_has_fifty_free_failures():
    assert FREE_PER_ADDRESS == 50
    assert after(49, FREE_PER_ADDRESS).until is None
    assert after(50, FREE_PER_ADDRESS).until == NOW + timedelta(seconds=2)


def test_any_number_of_failures_can_be_counted():
    assert Failures("name", 10**6).failed(NOW, 5).until == NOW + timedelta(minutes=15)


@pytest.mark.parametrize(("passed", "wait"), [(0, 3), (1, 2), (1.5, 1), (1.999, 1), (2, 0), (2.001, 0), (3600, 0)])
def test_who_waits_as_long_as_is_said_is_heard(passed, wait):
    failures = after(5)
    now = NOW + timedelta(seconds=passed)
    assert failures.wait(now) == wait
    assert failures.wait(now + timedelta(seconds=wait)) == 0


def test_counting_keeps_the_name():
    assert after(7).name == "name"
