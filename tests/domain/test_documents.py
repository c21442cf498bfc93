"""Whose signature fits, and by which code and name a document is known."""

import re
from typing import get_args

import pytest

from ventanilla.domain.documents import (
    REASONS,
    DocumentRefused,
    DocumentTooLarge,
    Reason,
    Signature,
    document_code,
    facts_digest,
    fits,
    original_name,
    signed_name,
)
from ventanilla.domain.identifiers import Identifier
from ventanilla.web.problems import problem_of

ANA, EMPLOYER, COMPANY, BODY = "1710034065", "0926687856", "1790012345001", "1760001550001"


def signed_by(*numbers: str) -> Signature:
    return Signature(numbers, "ANA")


class TestWhoseSignatureFits:
    def test_a_cedula_fits_a_certificate_that_bears_it(self) -> None:
        assert fits(signed_by(ANA), Identifier("cedula", ANA))
        assert fits(signed_by(ANA, COMPANY), Identifier("cedula", ANA))
        assert not fits(signed_by(EMPLOYER), Identifier("cedula", ANA))
        assert not fits(signed_by(), Identifier("cedula", ANA))

    def test_an_employees_certificate_does_not_stand_for_the_employer(self) -> None:
        employee = signed_by(ANA, f"{EMPLOYER}001")
        assert not fits(employee, Identifier("cedula", EMPLOYER))
        assert not fits(employee, Identifier("ruc", f"{EMPLOYER}001"))

    def test_the_ruc_of_a_natural_person_fits_that_persons_cedula(self) -> None:
        assert fits(signed_by(ANA), Identifier("ruc", f"{ANA}001"))
        assert not fits(signed_by(EMPLOYER), Identifier("ruc", f"{ANA}001"))

    @pytest.mark.parametrize("ruc", [COMPANY, BODY])
    def test_the_ruc_of_a_company_or_public_body_fits_certificates_issued_for_it(self, ruc: str) -> None:
        assert fits(signed_by(ANA, ruc), Identifier("ruc", ruc))
        assert not fits(signed_by(ANA), Identifier("ruc", ruc))
        assert not fits(signed_by(ruc[:10]), Identifier("ruc", ruc))

    def test_the_ruc_of_a_foreigner_fits_that_persons_cedula(self) -> None:
        assert fits(signed_by("0962467429"), Identifier("ruc", "0962467429001"))

    def test_a_passport_fits_whether_the_certificate_names_its_country_or_ecuador(self) -> None:
        passport = Identifier("passport", "PE-AB123456", "PE")
        assert fits(signed_by("PASEC-AB123456"), passport)
        assert fits(signed_by("PASPE-AB123456"), passport)
        assert not fits(signed_by("PASCO-AB123456"), passport)
        assert not fits(signed_by("PASEC-AB999999"), passport)
        assert not fits(signed_by("AB123456"), passport)


class TestCode:
    def test_it_can_be_read_aloud(self) -> None:
        assert re.fullmatch(r"([A-Z2-7]{4}-){3}[A-Z2-7]{4}", document_code("01J", "solicitud", "d"))

    def test_it_differs_with_application_kind_and_content(self) -> None:
        codes = {document_code(*said) for said in [("a", "k", "d"), ("b", "k", "d"), ("a", "l", "d"), ("a", "k", "e")]}
        assert len(codes) == 4
        assert document_code("a", "k", "d") == document_code("a", "k", "d")

    def test_the_digest_is_that_of_what_is_said_in_any_order(self) -> None:
        assert facts_digest({"a": 1, "b": "ñ"}) == facts_digest({"b": "ñ", "a": 1}) != facts_digest({"a": 1, "b": "n"})


class TestNames:
    def test_what_was_sent_in_never_takes_the_place_of_the_original_or_of_another(self) -> None:
        names = {original_name("s", "1", "k"), signed_name("s", "1", "k", "aa"), signed_name("s", "1", "k", "bb")}
        assert len(names) == 3
        assert all(name.startswith("applications/s/1/k") for name in names)


class TestRefusals:
    @pytest.mark.parametrize("reason", REASONS)
    @pytest.mark.parametrize("locale", ["es", "en"])
    def test_each_reason_has_words_of_its_own_that_say_what_to_do(self, reason: Reason, locale: str) -> None:
        problem = problem_of(DocumentRefused(reason, signer="•••065"), locale, "request-1")
        assert problem.slug == f"document-{reason.replace('_', '-')}"
        assert problem.status == 422
        assert len(problem.body["detail"]) > 60
        assert "?" not in problem.body["detail"]
        assert "{" not in problem.body["detail"]

    def test_no_two_reasons_say_the_same(self) -> None:
        for locale in ("es", "en"):
            details = [problem_of(DocumentRefused(reason), locale, "r").body["detail"] for reason in REASONS]
            assert len(set(details)) == len(get_args(Reason))

    def test_who_should_have_signed_is_named_masked(self) -> None:
        problem = problem_of(DocumentRefused("another_signer", signer="•••••••065"), "es", "r")
        assert "•••••••065" in problem.body["detail"]

    def test_what_is_too_large_is_413_as_everywhere(self) -> None:
        problem = problem_of(DocumentTooLarge(), "es", "r")
        assert (problem.status, problem.slug) == (413, "document-too-large")
        assert "4 MB" in problem.body["detail"]
