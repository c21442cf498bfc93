"""The calendar: national days off, corrected by a file, with those of cantons; every mistake of it in a sentence."""

from datetime import date

import pytest

from tests.conftest import ROOT
from ventanilla.adapters.calendar import CalendarFile
from ventanilla.adapters.calendar_check import check
from ventanilla.domain.terms import end_of_term

OURS = ROOT / "portals" / "calendar.toml"


@pytest.fixture
def calendar(tmp_path):
    def calendar(text):
        path = tmp_path / "calendar.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return calendar


class TestDaysOff:
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
        assert day in CalendarFile(OURS).for_term(date(2027, 1, 1), 10)

    def test_those_of_the_next_year_are_known_to_a_term_that_reaches_it(self):
        assert date(2028, 1, 1) in CalendarFile(OURS).for_term(date(2027, 12, 1), 10)
        assert date(2029, 1, 1) in CalendarFile(OURS).for_term(date(2027, 12, 1), 365)

    def test_a_term_leaves_them_out(self):
        start = date(2027, 2, 4)  # the Thursday before Carnaval
        assert end_of_term(start, 2, CalendarFile(OURS).for_term(start, 2)) == date(2027, 2, 10)

    def test_a_holiday_that_has_moved_is_kept_once(self):
        days = CalendarFile(OURS).for_term(date(2027, 8, 1), 10)
        assert date(2027, 8, 9) in days
        assert date(2027, 8, 10) not in days

    def test_a_decree_gives_a_day_off_and_takes_one_away(self, calendar):
        text = '[[corrections]]\ndate = 2027-11-01\nname = "Puente"\nsource = "Decreto 1"\n'
        text += '[[corrections]]\ndate = 2027-05-24\nname = "Pichincha"\nworks = true\nsource = "Decreto 2"\n'
        days = CalendarFile(calendar(text)).for_term(date(2027, 1, 1), 300)
        assert days[date(2027, 11, 1)] == "Puente"
        assert date(2027, 5, 24) not in days

    def test_a_cantons_own_are_off_there_alone(self):
        start = date(2027, 12, 1)
        days = CalendarFile(OURS)
        assert days.for_term(start, 10, "1701")[date(2027, 12, 6)] == "Fundación de Quito"
        assert date(2027, 12, 6) not in days.for_term(start, 10, "0901")
        assert date(2027, 12, 6) not in days.for_term(start, 10)

    def test_what_comes_each_year_moves_as_the_law_says_and_what_has_a_date_does_not(self, calendar):
        text = '[[local]]\ncanton = "1701"\nmonth_day = "12-06"\nname = "Quito"\n'
        text += '[[local]]\ncanton = "1701"\ndate = 2028-03-08\nname = "Una vez"\n'
        days = CalendarFile(calendar(text)).for_term(date(2027, 6, 1), 700, "1701")
        quito = [day for day, name in sorted(days.items()) if name == "Quito"]
        # 2027 a Monday, 2028 a Wednesday, 2029 a Thursday, 2030 a Friday
        assert quito[:4] == [date(2027, 12, 6), date(2028, 12, 8), date(2029, 12, 7), date(2030, 12, 6)]
        assert days[date(2028, 3, 8)] == "Una vez"


class TestCheck:
    def test_that_of_the_repository_has_no_mistakes(self):
        assert check(OURS) == []

    CORRECTION = '[[corrections]]\ndate = {date}\nname = "X"\nsource = "Decreto"\n'
    LOCAL = '[[local]]\ncanton = "{canton}"\nname = "X"\n{when}\n'

    @pytest.mark.parametrize(
        ("text", "where", "said"),
        [
            ("[[corrections", "file", "is not TOML"),
            ("[[correction]]\ndate = 2027-01-04\n", "correction", "is no key"),
            ('[[corrections]]\ndate = 2027-01-04\nname = "X"\n', "corrections.0.source", "is missing"),
            (CORRECTION.format(date='"today"'), "corrections.0.date", "must be a date"),
            (CORRECTION.format(date="2027-01-01"), "corrections.0", "is off anyway"),
            (CORRECTION.format(date="2027-01-04") + "works = true\n", "corrections.0", "is worked anyway"),
            (CORRECTION.format(date="2027-01-02"), "corrections.0", "weekend"),
            (2 * CORRECTION.format(date="2027-01-04"), "corrections.1", "twice"),
            (LOCAL.format(canton="17", when='month_day = "12-06"'), "local.0", "is no canton"),
            (LOCAL.format(canton="2501", when='month_day = "12-06"'), "local.0", "is no canton"),
            (LOCAL.format(canton="1701", when=""), "local.0", "one of the two"),
            (LOCAL.format(canton="1701", when='month_day = "12-06"\ndate = 2027-12-06'), "local.0", "one of the two"),
            (LOCAL.format(canton="1701", when='month_day = "02-29"'), "local.0", "no day of each year"),
            (LOCAL.format(canton="1701", when='month_day = "6-12"'), "local.0", "no day of each year"),
        ],
    )
    def test_each_mistake_is_told(self, calendar, text, where, said):
        [found] = check(calendar(text))
        assert (found.where, said in found.message) == (where, True), found

    def test_a_canton_that_the_list_does_not_know_is_a_mistake_and_its_line_is_told(self, calendar, tmp_path):
        (tmp_path / "ipsot").mkdir()
        (tmp_path / "ipsot" / "gads.csv").write_text(
            "code,level,name,province,canton\n1701,municipal,Quito,Pichincha,Quito\n", encoding="utf-8"
        )
        text = self.LOCAL.format(canton="1701", when='month_day = "12-06"')
        text += self.LOCAL.format(canton="1799", when='month_day = "12-06"')
        [found] = check(calendar(text))
        assert (found.message, found.line) == ("there is no canton 1799", 5)
