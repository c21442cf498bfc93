import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.ec import ci

from tests.makers import break_check_digit, make_cedula, make_company_ruc, make_public_ruc, make_ruc
from ventanilla.domain.errors import Invalid
from ventanilla.domain.identifiers import Identifier, mask, normalise_login, parse

PROVINCES = [*range(1, 25), 30]
provinces = st.sampled_from(PROVINCES)
serials = st.integers(0, 6_999_999)
CEDULA = make_cedula(17, 1_234_567)


def refusal(kind, number, country=None):
    with pytest.raises(Invalid) as caught:
        parse(kind, number, country)
    return caught.value


class TestCedula:
    @given(provinces, serials)
    def test_every_cedula_made_by_the_rules_is_taken(self, province, serial):
        number = make_cedula(province, serial)
        assert parse("cedula", number) == Identifier("cedula", number, None)

    @given(provinces, serials)
    def test_a_cedula_with_a_wrong_check_digit_is_refused(self, province, serial):
        assert refusal("cedula", break_check_digit(make_cedula(province, serial))).code == "cedula_check_digit"

    @pytest.mark.parametrize("position", range(10))
    def test_one_mistyped_digit_is_always_noticed(self, position):
        for digit in "0123456789".replace(CEDULA[position], ""):
            assert refusal("cedula", CEDULA[:position] + digit + CEDULA[position + 1 :])

    def test_a_cedula_of_a_foreigner_has_third_digit_six(self):
        assert parse("cedula", make_cedula(9, 6_246_742)).number[2] == "6"

    @pytest.mark.parametrize("province", [0, 25, 29, 31, 49, 51, 99])
    def test_a_cedula_of_no_province_is_refused(self, province):
        assert refusal("cedula", make_cedula(province, 1_234_567)).code == "cedula_province"

    @pytest.mark.parametrize("serial", [7_000_000, 8_123_456, 9_999_999])
    def test_a_third_digit_above_six_is_refused(self, serial):
        assert refusal("cedula", make_cedula(17, serial)).code == "cedula_third_digit"

    @pytest.mark.parametrize("number", [CEDULA[:-1], CEDULA + "1", "", "1" * 5000])
    def test_another_length_is_refused_with_the_digits_typed(self, number):
        error = refusal("cedula", number)
        assert (error.code, error.params) == ("cedula_length", {"typed": len(number)})

    @pytest.mark.parametrize("number", ["17O2345678", "abc", "-1.5e3", "١٧١٢٣٤٥٦٧٨", "17123²5678x", "\ud800" * 10])
    def test_what_is_no_digit_is_refused(self, number):
        assert refusal("cedula", number).code == "cedula_digits"

    @pytest.mark.parametrize(
        "typed",
        [
            f"{CEDULA[:9]}-{CEDULA[9]}",
            f" {CEDULA[:3]}.{CEDULA[3:6]} {CEDULA[6:]}\n",
            f"{CEDULA[:9]}–{CEDULA[9]}",
            f"{CEDULA[:9]}\u2212{CEDULA[9]}",
            f"\u202a{CEDULA}\u202c",
            f"{CEDULA[:5]}\u00a0\u200b{CEDULA[5:]}",
            "".join(chr(ord(digit) - ord("0") + ord("\uff10")) for digit in CEDULA),
        ],
        ids=["hyphen", "spaces and dots", "dash", "minus", "direction marks", "invisible spaces", "full width"],
    )
    def test_separators_and_full_width_digits_do_not_matter(self, typed):
        assert parse("cedula", typed).number == normalise_login(typed) == CEDULA

    @given(st.from_regex(r"[0-9]{10}", fullmatch=True))
    def test_what_passes_is_what_python_stdnum_takes(self, number):
        try:
            passed = parse("cedula", number).number == number
        except Invalid:
            passed = False
        assert passed == ci.is_valid(number)


class TestRuc:
    @given(provinces, st.integers(0, 5_999_999), st.integers(1, 999))
    def test_a_person_has_the_cedula_and_an_establishment(self, province, serial, establishment):
        number = make_ruc(province, serial, establishment)
        assert parse("ruc", number) == Identifier("ruc", number, None)

    @given(provinces, st.integers(0, 5_999_999))
    def test_a_person_with_a_wrong_check_digit_is_refused(self, province, serial):
        assert refusal("ruc", break_check_digit(make_cedula(province, serial)) + "001").code == "ruc_form"

    @given(provinces, st.integers(0, 9_999_999))
    def test_a_company_is_never_refused_for_its_check_digit(self, province, serial):
        assert parse("ruc", make_company_ruc(province, serial)).kind == "ruc"

    def test_a_company_that_follows_no_algorithm_is_taken(self):
        assert parse("ruc", "1793213150001").number == "1793213150001"

    @given(provinces, st.integers(0, 999_999))
    def test_a_public_body_is_never_refused_for_its_check_digit(self, province, serial):
        assert parse("ruc", make_public_ruc(province, serial)).kind == "ruc"

    @given(provinces, st.integers(6_000_000, 6_999_999))
    def test_a_foreigner_may_have_third_digit_six(self, province, serial):
        assert parse("ruc", make_ruc(province, serial)).kind == "ruc"

    @pytest.mark.parametrize(
        "number",
        [
            make_ruc(17, 1_234_567, 0),
            make_company_ruc(17, 1_234_567, 0),
            make_public_ruc(17, 123_456, 0),
            make_ruc(25, 1_234_567),
            make_company_ruc(0, 1_234_567),
            make_public_ruc(99, 123_456),
            "1771234567001",
            "1781234567001",
            "9999999999999",
        ],
    )
    def test_no_establishment_no_province_no_such_third_digit_no_anonymous_buyer(self, number):
        assert refusal("ruc", number).code == "ruc_form"

    def test_another_length_is_refused_with_the_digits_typed(self):
        error = refusal("ruc", make_cedula(17, 1))
        assert (error.code, error.params) == ("ruc_length", {"typed": 10})

    def test_what_is_no_digit_is_refused(self):
        assert refusal("ruc", "179321315000I").code == "ruc_digits"


class TestPassport:
    @pytest.mark.parametrize(
        ("number", "country"),
        [("AB123456", "PE"), (" ab-123.456 ", "pe"), ("PE-AB123456", None), ("pe ab123456", ""), ("PE-AB123456", "PE")],
    )
    def test_a_passport_is_kept_as_country_and_number(self, number, country):
        assert parse("passport", number, country) == Identifier("passport", "PE-AB123456", "PE")

    def test_a_number_that_begins_with_letters_keeps_them(self):
        assert parse("passport", "PE123456", "PE").number == "PE-PE123456"
        assert parse("passport", "AB 123456", "PE").number == "PE-AB123456"

    @pytest.mark.parametrize("country", [None, "", "P", "PER", "XX", "P1", "ñu"])
    def test_a_passport_without_a_country_is_refused(self, country):
        assert refusal("passport", "AB123456", country).code == "passport_country"

    @pytest.mark.parametrize("number", ["", "1234", "A" * 21, "AB/123456", "ÑB123456", "AB#123456", "\ud800AB1234"])
    def test_a_number_of_another_form_is_refused(self, number):
        assert refusal("passport", number, "PE").code == "passport_form"


@pytest.mark.parametrize("kind", ["", "dni", "CEDULA", "visa"])
def test_another_kind_is_refused(kind):
    assert refusal(kind, CEDULA).code == "identifier_kind"


class TestNormaliseLogin:
    @pytest.mark.parametrize("typed", ["PE-AB123456", "pe ab123456", "peab123456", " Pe - ab 123.456 "])
    def test_a_passport_is_found_however_it_is_typed(self, typed):
        assert normalise_login(typed) == "PE-AB123456"

    @given(st.text() | st.from_regex(r"[A-Z0-9]{60,70}", fullmatch=True))
    def test_it_never_refuses_and_makes_a_short_ascii_key(self, typed):
        key = normalise_login(typed)
        assert key.isascii()
        assert len(key) <= 64

    @given(st.text() | st.from_regex(r"[A-Z0-9]{60,70}", fullmatch=True))
    def test_a_key_is_its_own_key(self, typed):
        key = normalise_login(typed)
        assert normalise_login(key) == key

    @given(st.sampled_from(["cedula", "ruc", "passport"]), st.text(max_size=20), st.sampled_from(["PE", "CO", None]))
    def test_what_registers_can_sign_in_with_its_key(self, kind, number, country):
        try:
            identifier = parse(kind, number, country)
        except Invalid:
            return
        assert normalise_login(identifier.number) == identifier.number

    @given(st.from_regex(r"[A-Z0-9]{5,20}", fullmatch=True), st.sampled_from(["PE", "CO", "VE"]))
    def test_a_passport_registers_under_the_key_that_is_typed_at_sign_in(self, number, country):
        key = parse("passport", number, country).number
        assert normalise_login(f"{country} {number}") == normalise_login(key.lower()) == key


@pytest.mark.parametrize(
    ("number", "masked"),
    [("1234567065", "•••••••065"), ("PE-AB123456", "••••••••456"), ("1234", "•234"), ("123", "•••"), ("", "")],
)
def test_a_masked_number_shows_its_last_three_characters(number, masked):
    assert mask(number) == masked


def test_importing_the_module_does_not_import_stdnum():
    program = "import sys, ventanilla.domain.identifiers; sys.exit('stdnum' in sys.modules)"
    path = [entry for entry in sys.path if entry]
    subprocess.run([sys.executable, "-c", f"import sys; sys.path[:0] = {path!r}; {program}"], check=True)
