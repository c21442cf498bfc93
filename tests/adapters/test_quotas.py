"""Quotas are taken in blocks, and never passed."""

from datetime import timedelta

from tests.conftest import counted_calls
from tests.fakes import NOW
from ventanilla.domain.throttling import Quota

QUOTA = Quota("things", 10, 5, timedelta(hours=1))


def used(quotas, count, who="one", now=NOW):
    return [quotas.use(QUOTA, who, now) for _ in range(count)]


def test_it_is_written_once_a_block(services):
    with counted_calls() as calls:
        assert used(services.quotas, 5) == [0] * 5
    assert calls == {"UpdateItem": 1}


def test_past_it_one_waits_until_the_window_ends(services):
    assert used(services.quotas, 11, now=NOW + timedelta(minutes=20)) == [0] * 10 + [40 * 60 + 1]
    assert used(services.quotas, 1, now=NOW + timedelta(hours=1)) == [0]


def test_a_block_of_the_window_before_is_worth_nothing(services):
    used(services.quotas, 1)
    assert used(services.quotas, 11, now=NOW + timedelta(hours=1))[9:] == [0, 3601]


def test_each_has_its_own(services):
    used(services.quotas, 10)
    assert used(services.quotas, 1, who="two") == [0]


class TestFree:
    """What is done seldom costs no write."""

    RARE = Quota("rare", 10, 5, timedelta(minutes=1), free=2)

    def use(self, quotas, count, now=NOW):
        return [quotas.use(self.RARE, "one", now) for _ in range(count)]

    def test_the_first_of_a_process_in_a_window_are_not_written(self, services):
        with counted_calls() as calls:
            assert self.use(services.quotas, 2) == [0, 0]
            assert calls == {}
            self.use(services.quotas, 1)
        assert calls == {"UpdateItem": 1}

    def test_they_come_on_top_of_the_limit_in_each_process(self, services):
        assert self.use(services.quotas, 13) == [0] * 12 + [60 - NOW.second + 1]

    def test_the_next_window_has_its_own(self, services):
        self.use(services.quotas, 13)
        with counted_calls() as calls:
            assert self.use(services.quotas, 2, now=NOW + timedelta(minutes=1)) == [0, 0]
        assert calls == {}


def test_days_begin_at_midnight_in_ecuador(services):
    daily = Quota("daily", 1, 1, timedelta(days=1))
    midnight = NOW.replace(hour=5, minute=0, second=0, microsecond=0)
    assert services.quotas.use(daily, "one", midnight - timedelta(seconds=10)) == 0
    assert services.quotas.use(daily, "one", midnight - timedelta(seconds=10)) == 11
    assert services.quotas.use(daily, "one", midnight) == 0
