"""The hour, and the holidays."""

from datetime import UTC, datetime, timedelta

import pytest

from ventanilla.adapters.clock import SystemClock


class TestClock:
    def test_the_hour_is_that_of_the_machine_and_aware_of_its_zone(self):
        before = datetime.now(UTC)
        assert before <= SystemClock().now() <= datetime.now(UTC)
        assert SystemClock().wall().tzinfo is UTC

    @pytest.mark.parametrize(("text", "seconds"), [("3600", 3600), ("90.5\n", 90.5), ("-60", -60), ("", 0)])
    def test_locally_the_domains_hour_can_be_moved_and_the_real_one_not(self, tmp_path, text, seconds):
        offset = tmp_path / "clock"
        offset.write_text(text)
        clock = SystemClock(offset)
        moved = clock.now() - clock.wall()
        assert abs(moved - timedelta(seconds=seconds)) < timedelta(seconds=1)

    def test_a_file_that_is_not_there_moves_nothing(self, tmp_path):
        clock = SystemClock(tmp_path / "clock")
        assert abs(clock.now() - clock.wall()) < timedelta(seconds=1)

    def test_it_is_read_anew_each_time(self, tmp_path):
        offset = tmp_path / "clock"
        clock = SystemClock(offset)
        clock.now()
        offset.write_text("86400")
        assert clock.now() - clock.wall() > timedelta(hours=23)
