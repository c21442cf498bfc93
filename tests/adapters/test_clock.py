"""The hour, and the holidays."""

from datetime import UTC, date, datetime, timedelta

import pytest

from ventanilla.adapters.calendar import NationalHolidays
from ventanilla.adapters.clock import SystemClock
from ventanilla.domain.terms import end_of_term


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


class TestHolidays:
    @pytest.mark.parametrize(
        "day",
        [
            date(2027, 1, 1),  # Año Nuevo
            date(2027, 2, 8),  # Carnaval
            date(2027, 2, 9),
            date(2027, 3, 26),  # Viernes Santo
            date(2027, 11, 2),  # Difuntos
        ],
    )
    def test_the_days_off_by_national_law_are_known(self, day):
        assert day in NationalHolidays().for_term(date(2027, 1, 1), 10)

    def test_those_of_the_next_year_are_known_to_a_term_that_reaches_it(self):
        assert date(2028, 1, 1) in NationalHolidays().for_term(date(2027, 12, 1), 10)
        assert date(2029, 1, 1) in NationalHolidays().for_term(date(2027, 12, 1), 365)

    def test_a_term_leaves_them_out(self):
        start = date(2027, 2, 4)  # the Thursday before Carnaval
        assert end_of_term(start, 2, NationalHolidays().for_term(start, 2)) == date(2027, 2, 10)
