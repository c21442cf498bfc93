"""The second factor: secrets that follow from a key, passwords of a few steps, codes that stand in their place."""

import base64
from datetime import UTC, datetime, timedelta

import pytest

from ventanilla.domain.second_factor import (
    RECOVERY_CODES,
    SPENT,
    codes_left,
    derive_secret,
    is_spent,
    new_recovery_codes,
    normal_form,
    read_password,
    read_recovery_code,
    spend,
    steps_at,
)

KEY = b"a key of the tests"
AT = datetime(2027, 3, 1, 15, 0, 15, tzinfo=UTC)
STEP = int(AT.timestamp()) // 30


class TestSecret:
    def test_it_always_follows_from_key_account_and_enrolment(self):
        assert derive_secret(KEY, "ref", "one") == derive_secret(KEY, "ref", "one")

    @pytest.mark.parametrize(
        ("key", "ref", "enrolment"), [(b"other", "ref", "one"), (KEY, "r", "one"), (KEY, "ref", "two")]
    )
    def test_it_is_another_where_one_of_them_is(self, key, ref, enrolment):
        assert derive_secret(key, ref, enrolment) != derive_secret(KEY, "ref", "one")

    def test_it_has_the_160_bits_that_rfc_4226_recommends(self):
        assert len(base64.b32decode(derive_secret(KEY, "ref", "one"))) == 20


class TestSteps:
    def test_one_before_and_one_after_are_accepted_too(self):
        assert steps_at(AT) == (STEP - 1, STEP, STEP + 1)

    def test_a_step_lasts_for_thirty_seconds(self):
        assert steps_at(AT + timedelta(seconds=14)) == steps_at(AT)
        assert steps_at(AT + timedelta(seconds=15)) == (STEP, STEP + 1, STEP + 2)

    def test_several_hours_are_accepted_where_a_local_clock_was_moved(self):
        assert steps_at(AT, AT + timedelta(hours=1)) == (*steps_at(AT), *steps_at(AT + timedelta(hours=1)))

    def test_nothing_is_spent_before_the_first(self):
        assert not is_spent(STEP, None)

    @pytest.mark.parametrize(("last", "spent"), [(-1, False), (0, True), (1, True), (2, True)])
    def test_an_accepted_step_spends_itself_and_those_before_it(self, last, spent):
        assert is_spent(STEP, STEP + last) is spent

    def test_a_step_of_an_hour_that_was_moved_back_spends_nothing(self):
        assert not is_spent(STEP, STEP + 24 * 120)


class TestPassword:
    @pytest.mark.parametrize("typed", ["123456", " 123 456 ", "123\u00a0456"])
    def test_six_digits_in_any_spacing(self, typed):
        assert read_password(typed) == "123456"

    @pytest.mark.parametrize("typed", ["", "12345", "1234567", "12345a", "١٢٣٤٥٦", "-12345"])
    def test_nothing_else(self, typed):
        assert read_password(typed) is None


class TestRecoveryCodes:
    def test_there_are_ten_and_no_two_are_alike(self):
        codes = new_recovery_codes()
        assert len(codes) == len({normal_form(code)[1:] for code in codes}) == RECOVERY_CODES

    def test_each_names_its_place_and_holds_fifty_random_bits(self):
        for place, code in enumerate(new_recovery_codes()):
            read = read_recovery_code(code)
            assert read is not None
            assert read[0] == place
            assert len(read[1]) == 11

    @pytest.mark.parametrize("typed", ["3-k7m2r-9qp0h", "3K7M2R9QP0H", " 3 k7m2r 9qpoh ", "3-K7M2R-9QPOH"])
    def test_they_are_read_as_people_type_them(self, typed):
        assert read_recovery_code(typed) == (3, "3k7m2r9qp0h")

    def test_l_and_i_are_read_as_one(self):
        assert read_recovery_code("1-lIabc-defgh") == (1, "111abcdefgh")

    @pytest.mark.parametrize(
        "typed", ["", "123456", "a-k7m2r-9qp0h", "3-k7m2r-9qp0", "3-k7m2r-9qp0hh", "3-k7m2r-9qpuh", "٣k7m2r9qp0h"]
    )
    def test_what_has_another_form_is_none(self, typed):
        assert read_recovery_code(typed) is None

    def test_one_that_is_spent_leaves_the_others_in_their_places(self):
        assert spend(("a", "b", "c"), 1) == ("a", SPENT, "c")
        assert codes_left(spend(("a", "b", "c"), 1)) == 2
