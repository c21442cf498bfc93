"""Security questions: any spelling of an answer is the same, and they are asked after failures only."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ventanilla.adapters.portal_files import PortalFiles
from ventanilla.domain.accounts import Account
from ventanilla.domain.security_questions import normalise_answer, question_for
from ventanilla.domain.throttling import Failures

FILES = PortalFiles(Path(__file__).resolve().parents[2] / "portals", ("ibarra", "demo"))
NOW = datetime(2027, 3, 1, 15, 0, tzinfo=UTC)


def account(ref="r1", **changes):
    values = {
        "portal": "ibarra",
        "number": "1712345675",
        "kind": "cedula",
        "ref": ref,
        "email": "ana@example.ec",
        "profile": {},
        "assurance": "self_asserted",
        "locale": "es",
        "created_at": NOW,
        "password_hash": "h",
        "security_answers": {"first_pet": "1", "first_job": "2", "first_trip": "3"},
        **changes,
    }
    return Account(**values)


def asked(count, *, at=NOW, portal="ibarra", **changes):
    return question_for(account(**changes), FILES.get(portal), Failures("x", count), at)


class TestAnswer:
    @pytest.mark.parametrize(
        "typed", ["San Miguel", "  san miguel ", "SAN-MIGUEL", "Sán Migüel.", "ＳＡＮ　miguel", "san miguel\u200b"]
    )
    def test_case_accents_spaces_and_punctuation_do_not_count(self, typed):
        assert normalise_answer(typed) == "sanmiguel"

    def test_letters_and_digits_do(self):
        assert normalise_answer("Calle 12 y 13") == "calle12y13"
        assert normalise_answer("Straße") == normalise_answer("STRASSE")

    def test_an_answer_without_any_is_empty(self):
        assert normalise_answer(" ¿?… 🦙 ") == ""

    def test_enye_is_read_as_n_as_foreign_keyboards_type_it(self):
        assert normalise_answer("Ñaño") == "nano"


class TestAsking:
    @pytest.mark.parametrize("count", [0, 1, 2])
    def test_few_failures_ask_nothing(self, count):
        assert asked(count) is None

    @pytest.mark.parametrize("count", [3, 4, 50])
    def test_three_do(self, count):
        assert asked(count) in account().security_answers

    def test_trying_again_brings_no_other_question_that_day(self):
        assert len({asked(3, at=NOW + timedelta(minutes=minute)) for minute in range(0, 500, 50)}) == 1

    def test_each_question_has_its_day(self):
        assert {asked(3, at=NOW + timedelta(days=day)) for day in range(40)} == set(account().security_answers)

    def test_who_has_answered_none_is_asked_none(self):
        assert asked(9, security_answers={}) is None

    def test_a_portal_without_questions_asks_none(self):
        assert asked(9, portal="demo") is None

    def test_without_a_count_nothing_is_asked(self):
        assert question_for(account(), FILES.get("ibarra"), None, NOW) is None


class TestTheListOfIbarra:
    def test_it_has_twelve_questions_in_both_languages(self):
        definition = FILES.get("ibarra").security_questions
        assert definition is not None
        listed = FILES.questions(definition.file)
        assert definition.ask == 3
        assert len({question.id for question in listed}) == 12
        for question in listed:
            assert isinstance(question.text, dict)
            assert set(question.text) == {"es", "en"}
            assert question.text["es"].startswith("¿")
            assert question.text["en"].endswith("?")
