"""How durations, moments, dates and addresses are put into words."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from ventanilla.domain.wording import day, duration, language, mask_email, moment, one_line


class TestDuration:
    @pytest.mark.parametrize(
        ("delta", "es", "en"),
        [
            (timedelta(minutes=1), "1 minuto", "1 minute"),
            (timedelta(minutes=10), "10 minutos", "10 minutes"),
            (timedelta(minutes=60), "1 hora", "1 hour"),
            (timedelta(minutes=90), "90 minutos", "90 minutes"),
            (timedelta(minutes=119), "119 minutos", "119 minutes"),
            (timedelta(hours=24), "24 horas", "24 hours"),
            (timedelta(hours=72), "72 horas", "72 hours"),
            (timedelta(days=7), "7 días", "7 days"),
            (timedelta(days=30), "30 días", "30 days"),
        ],
    )
    def test_it_is_said_in_the_unit_that_people_use(self, delta: timedelta, es: str, en: str) -> None:
        assert duration(delta, "es") == es
        assert duration(delta, "en") == en

    def test_a_mail_some_seconds_late_still_says_the_whole_time(self) -> None:
        assert duration(timedelta(hours=24, seconds=-50), "es") == "24 horas"
        assert duration(timedelta(days=7, seconds=-1), "es") == "7 días"

    def test_more_than_seconds_late_it_promises_no_more_than_is_left(self) -> None:
        assert duration(timedelta(hours=23, minutes=30), "es") == "23 horas"
        assert duration(timedelta(days=6, hours=23), "es") == "6 días"

    @pytest.mark.parametrize("delta", [timedelta(0), timedelta(seconds=-5)])
    def test_nothing_left_is_less_than_a_minute(self, delta: timedelta) -> None:
        assert duration(delta, "es") == "menos de 1 minuto"
        assert duration(delta, "en") == "less than 1 minute"


class TestMoment:
    def test_the_hour_is_that_of_mainland_ecuador(self) -> None:
        at = datetime(2027, 1, 15, 19, 5, tzinfo=UTC)
        assert moment(at, "es") == "viernes, 15 de enero de 2027, 14:05"
        assert moment(at, "en") == "Friday, 15 January 2027, 14:05"

    def test_the_day_is_ecuadors_where_utc_has_begun_the_next_one(self) -> None:
        assert moment(datetime(2027, 3, 1, 4, 59, tzinfo=UTC), "es") == "domingo, 28 de febrero de 2027, 23:59"
        assert moment(datetime(2027, 3, 1, 5, 0, tzinfo=UTC), "es") == "lunes, 1 de marzo de 2027, 00:00"

    def test_there_is_no_summer_time(self) -> None:
        assert moment(datetime(2027, 7, 1, 12, 0, tzinfo=UTC), "en") == "Thursday, 1 July 2027, 07:00"

    def test_a_moment_of_another_zone_is_the_same_moment(self) -> None:
        at = datetime(2027, 1, 15, 20, 5, tzinfo=timezone(timedelta(hours=1)))
        assert moment(at, "es") == "viernes, 15 de enero de 2027, 14:05"

    def test_a_moment_without_a_zone_is_refused(self) -> None:
        with pytest.raises(ValueError, match="time zone"):
            moment(datetime(2027, 1, 15, 19, 5), "es")  # noqa: DTZ001 - a naive one is what is refused


class TestDay:
    def test_every_weekday_and_month_has_its_name(self) -> None:
        week = [day(date(2027, 2, number), "es") for number in range(1, 8)]
        assert [text.split(",")[0] for text in week] == [
            "lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo",
        ]  # fmt: skip
        months = [day(date(2027, number, 1), "es").split(" de ")[1] for number in range(1, 13)]
        assert months == [
            "enero", "febrero", "marzo", "abril", "mayo", "junio",
            "julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre",
        ]  # fmt: skip

    def test_both_languages_say_it_in_full(self) -> None:
        assert day(date(2027, 1, 15), "es") == "viernes, 15 de enero de 2027"
        assert day(date(2027, 1, 15), "en") == "Friday, 15 January 2027"


@pytest.mark.parametrize(
    ("locale", "spoken"),
    [("es", "es"), ("en", "en"), ("en-US", "en"), ("EN_us", "en"), ("qu", "es"), ("", "es"), ("../en", "es")],
)
def test_a_locale_without_words_is_spoken_in_spanish(locale: str, spoken: str) -> None:
    assert language(locale) == spoken


@pytest.mark.parametrize(
    ("address", "masked"),
    [
        ("ana@gad.gob.ec", "a***@gad.gob.ec"),
        ("a@gad.gob.ec", "a***@gad.gob.ec"),
        ("maria.fernanda@gad.gob.ec", "m***@gad.gob.ec"),
        ('"a@b"@gad.gob.ec', '"***@gad.gob.ec'),
        ("no address", "***"),
        ("", "***"),
    ],
)
def test_a_masked_address_shows_first_character_and_domain_and_not_its_length(address: str, masked: str) -> None:
    assert mask_email(address) == masked


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("  Ana \t María  ", "Ana María"),
        ("a\r\nBcc: x@example.ec", "a Bcc: x@example.ec"),
        ("a\x00\x07\x1b[31mb\x85c\u2028d\u2029e", "a [31mb c d e"),
        ("\u202egnp.exe\u200b\ufeff\xad", "gnp.exe"),
        ("lone\ud800surrogate", "lonesurrogate"),
        ("Ñandú ’ “x” 日本", "Ñandú ’ “x” 日本"),
    ],
)
def test_one_line_holds_no_control_direction_or_invisible_character(text: str, line: str) -> None:
    assert one_line(text) == line
