"""What the registry knows: weighed against a portal's demands, and shown so that nobody learns of others."""

from dataclasses import replace
from datetime import date

import pytest

from tests.makers import make_cedula
from ventanilla.domain.portals import Eligibility
from ventanilla.domain.registry import RegistryRecord, is_eligible, preview

TODAY = date(2027, 3, 1)
BUZONEC = Eligibility(registered=True, identity_status=("valid",), min_age=18, below_age=65)
ANA = RegistryRecord(
    "cedula",
    make_cedula(17, 1_234_567),
    given_names="ANA LUCÍA",
    surnames="QUISHPE DE LA TORRE",
    email="ana.quishpe@gad.gob.ec",
    birth_date=date(1990, 6, 15),
)


class TestEligibility:
    def test_an_adult_whose_identity_is_in_force_is_eligible(self):
        assert is_eligible(ANA, BUZONEC, TODAY) == ()

    @pytest.mark.parametrize("eligibility", [None, Eligibility(), BUZONEC])
    def test_whom_nobody_knows_is_refused_whatever_is_demanded(self, eligibility):
        assert is_eligible(None, eligibility, TODAY) == ("not_registered",)

    @pytest.mark.parametrize("eligibility", [None, Eligibility(), BUZONEC])
    def test_who_has_died_is_refused_whatever_is_demanded(self, eligibility):
        assert is_eligible(replace(ANA, deceased=True), eligibility, TODAY) == ("deceased",)

    @pytest.mark.parametrize("status", ["expired", "annulled"])
    def test_an_identity_that_is_not_in_force_is_refused_where_that_is_demanded(self, status):
        record = replace(ANA, identity_status=status)
        assert is_eligible(record, BUZONEC, TODAY) == ("identity_status",)
        assert is_eligible(record, None, TODAY) == ()

    @pytest.mark.parametrize(
        ("born", "reasons"),
        [
            (date(2009, 3, 2), ("too_young",)),  # eighteen tomorrow
            (date(2009, 3, 1), ()),  # today
            (date(1962, 3, 2), ()),  # sixty-five tomorrow
            (date(1962, 3, 1), ("too_old",)),  # today
            (date(2027, 3, 2), ("too_young",)),  # a clock that is ahead
        ],
    )
    def test_ages_are_from_eighteen_to_below_sixty_five_on_the_day(self, born, reasons):
        assert is_eligible(replace(ANA, birth_date=born), BUZONEC, TODAY) == reasons

    def test_who_was_born_on_29_february_is_of_age_on_1_march(self):
        leap = replace(ANA, birth_date=date(2008, 2, 29))
        assert is_eligible(leap, BUZONEC, date(2026, 2, 28)) == ("too_young",)
        assert is_eligible(leap, BUZONEC, date(2026, 3, 1)) == ()

    def test_one_limit_may_stand_alone(self):
        child, elder = replace(ANA, birth_date=date(2020, 1, 1)), replace(ANA, birth_date=date(1940, 1, 1))
        assert is_eligible(child, Eligibility(below_age=65), TODAY) == ()
        assert is_eligible(elder, Eligibility(min_age=18), TODAY) == ()

    def test_an_unknown_age_is_refused_only_where_it_matters(self):
        record = replace(ANA, birth_date=None)
        assert is_eligible(record, BUZONEC, TODAY) == ("age_unknown",)
        assert is_eligible(record, Eligibility(identity_status=("valid",)), TODAY) == ()

    def test_all_reasons_are_told_at_once(self):
        record = replace(ANA, deceased=True, identity_status="annulled", birth_date=date(1940, 1, 1))
        assert is_eligible(record, BUZONEC, TODAY) == ("deceased", "identity_status", "too_old")


class TestPreview:
    def test_of_names_the_first_letters_are_shown_and_of_an_address_letter_and_domain(self):
        assert preview(ANA) == {
            "given_names": "A** L****",
            "surnames": "Q****** D* L* T****",
            "email": "a***@gad.gob.ec",
        }

    def test_what_is_not_known_is_left_out(self):
        company = RegistryRecord("ruc", "1793213150001", legal_name="Tejidos S.A.")
        assert preview(company) == {"legal_name": "T****** S***"}

    def test_neither_birth_nor_death_nor_number_is_shown(self):
        shown = repr(preview(replace(ANA, deceased=True, identity_status="annulled")))
        assert not [secret for secret in ("1990", ANA.number, "annulled", "True") if secret in shown]

    def test_a_single_letter_does_not_stand_alone(self):
        assert preview(replace(ANA, given_names="É", surnames="", email="x@example.ec")) == {
            "given_names": "É*",
            "email": "x***@example.ec",
        }

    def test_an_address_of_any_length_looks_alike(self):
        shown = {preview(replace(ANA, email=f"{local}@example.ec"))["email"] for local in ("a", "ana", "a.b.c+d")}
        assert shown == {"a***@example.ec"}


class TestAddress:
    @pytest.mark.parametrize("typed", ["ana.quishpe@gad.gob.ec", " Ana.Quishpe@GAD.gob.ec "])
    def test_the_registrys_address_is_known_however_it_is_typed(self, typed):
        assert ANA.is_reached_at(typed)

    @pytest.mark.parametrize("typed", ["", "ana@gad.gob.ec", "ana.quishpe@gad.gob.ec.example.ec"])
    def test_no_other_is(self, typed):
        assert not ANA.is_reached_at(typed)

    def test_whoever_has_none_is_reached_nowhere(self):
        assert not replace(ANA, email="").is_reached_at("")
        assert not replace(ANA, email=" ").is_reached_at(" ")
