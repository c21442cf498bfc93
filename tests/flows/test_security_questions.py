"""Security questions over HTTP: chosen at the first entry, asked after failures, never sufficient."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.flows.bureau import NEW_PASSWORD, PASSWORD, Bureau, Member, bureau

CHOOSE = "/v1/me/security-questions"
ANSWER = "/v1/sessions/current/security-question"
ANSWERS = {"first_pet": "Canela", "first_job": "El Mercado Amazonas"}
GIVEN = [{"question": question, "answer": answer} for question, answer in ANSWERS.items()]


@pytest.fixture(scope="module")
def club(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bureau]:
    with bureau(tmp_path_factory.mktemp("site")) as club:
        yield club


@pytest.fixture
def newcomer(club: Bureau) -> Member:
    member = club.citizen("club")
    member.enter()
    return member


@pytest.fixture
def member(newcomer: Member) -> Member:
    newcomer.call(200, "POST", CHOOSE, {"answers": GIVEN})
    return newcomer


def fail(member: Member, times: int) -> None:
    for _ in range(times):
        assert member.sign_in(NEW_PASSWORD).status_code == 401


class TestChoosing:
    def test_the_portal_lists_its_questions_in_the_language_asked_for(self, club):
        for language, text in (
            ("es", "¿Cómo se llamaba su primera mascota?"),
            ("en", "What was the name of your first pet?"),
        ):
            said = club.expect(200, "GET", "/v1/portals/club", **{"accept-language": language})["security_questions"]
            assert said["ask"] == 2
            assert {"id": "first_pet", "text": text} in said["questions"]
        assert club.expect(200, "GET", "/v1/portals/demo")["security_questions"] is None

    def test_nothing_is_reached_before(self, newcomer):
        assert newcomer.refused("steps-pending", 403, "GET", "/v1/me/export")["pending"] == ["security_questions"]

    def test_all_that_is_wrong_is_said_at_once(self, newcomer):
        answers = [{"question": "mothers_name", "answer": "Rosa"}, {"question": "first_pet", "answer": "?!"}]
        problem = newcomer.refused("validation", 422, "POST", CHOOSE, {"answers": [*answers, answers[1]]})
        assert [(error["field"], error["code"]) for error in problem["errors"]] == [
            ("answers", "questions_exact"),
            ("answers.0.question", "question"),
            ("answers.1.answer", "answer_short"),
            ("answers.2.answer", "answer_short"),
        ]
        assert all(error["message"] for error in problem["errors"])

    @pytest.mark.parametrize(
        "body", [{}, {"answers": "x"}, {"answers": [{}]}, {"answers": GIVEN * 11}, {"answers": [1]}]
    )
    def test_other_forms_are_refused(self, newcomer, body):
        newcomer.refused("validation", 422, "POST", CHOOSE, body)

    def test_with_them_the_account_is_ready(self, member):
        me = member.call(200, "GET", "/v1/me")
        assert (me["pending"], me["security_questions"]) == ([], ["first_job", "first_pet"])

    def test_a_later_change_asks_for_the_password(self, member):
        others = [{"question": "first_book", "answer": "El Quijote"}, GIVEN[0]]
        member.refused("validation", 422, "POST", CHOOSE, {"answers": others})
        member.refused(
            "invalid-credentials", 401, "POST", CHOOSE, {"answers": others, "current_password": NEW_PASSWORD}
        )
        member.call(200, "POST", CHOOSE, {"answers": others, "current_password": PASSWORD})
        assert member.call(200, "GET", "/v1/me")["security_questions"] == ["first_book", "first_pet"]

    def test_the_answers_themselves_are_nowhere(self, club, member):
        from ventanilla.wiring import services

        with club.local.lock:
            client: Any = services().dynamo.connection.client
            stored = repr(client.scan(TableName=club.local.environment["ACCOUNTS_TABLE"])["Items"])
        assert "first_pet" in stored
        assert "canela" not in stored.lower()


class TestAsking:
    def test_two_failures_ask_nothing(self, member):
        fail(member, 2)
        said = member.enter()
        assert (said["pending"], "question" in said) == ([], False)

    def test_after_three_the_right_password_is_followed_by_a_question(self, member):
        fail(member, 3)
        said = member.enter()
        assert said["pending"] == ["security_question"]
        assert said["question"] in ANSWERS
        problem = member.refused("steps-pending", 403, "GET", "/v1/me")
        assert (problem["pending"], problem["question"]) == (["security_question"], said["question"])
        wrong = member.refused(
            "invalid-credentials", 401, "POST", ANSWER, {"question": said["question"], "answer": "otra cosa"}
        )
        assert wrong["title"] == "La respuesta no coincide"
        answer = f"  {ANSWERS[said['question']].upper()}!"
        proven = member.call(200, "POST", ANSWER, {"question": said["question"], "answer": answer})
        assert proven == {"pending": []}
        member.call(200, "GET", "/v1/me")
        assert member.enter()["pending"] == []

    def test_signing_in_again_brings_no_other_question(self, member):
        fail(member, 3)
        assert len({member.enter()["question"] for _ in range(4)}) == 1

    def test_another_question_of_ones_own_is_no_answer(self, member):
        fail(member, 3)
        asked = member.enter()["question"]
        [other] = set(ANSWERS) - {asked}
        problem = member.refused("validation", 422, "POST", ANSWER, {"question": other, "answer": ANSWERS[other]})
        assert [(error["field"], error["code"]) for error in problem["errors"]] == [("question", "question_other")]

    def test_wrong_answers_make_wait(self, club, member):
        fail(member, 3)
        question = member.enter()["question"]
        body = {"question": question, "answer": "otra cosa"}
        for _ in range(2):
            member.refused("invalid-credentials", 401, "POST", ANSWER, body)
        member.refused("too-many-attempts", 429, "POST", ANSWER, {**body, "answer": ANSWERS[question]})
        club.local.advance(10)
        member.call(200, "POST", ANSWER, {**body, "answer": ANSWERS[question]})

    def test_who_is_asked_none_answers_none(self, member):
        member.refused("not-found", 404, "POST", ANSWER, {"question": "first_pet", "answer": "Canela"})
