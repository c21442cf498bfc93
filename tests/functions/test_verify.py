"""Verify: a mailed link was followed."""

import pytest

from tests.functions.conftest import NEW_PASSWORD, PASSWORD
from ventanilla.domain.accounts import TRIES, Slot
from ventanilla.domain.ids import random_id

FOLLOW, CHOOSE = "verify.token-gone", "verify.password-token-gone"


@pytest.fixture
def token(site):
    application = site.application()
    return site.token("confirm", application.slot, application.token_id)


class TestThePasswordIsTypedAgain:
    def test_the_link_alone_asks_for_it(self, site, token):
        for _ in range(2):
            answer = site.call(FOLLOW, body={"token": token})
            assert answer.json == {"status": "pending", "next": "password", "portal": "demo"}

    def test_with_it_the_account_is_open_and_can_be_entered(self, site, token):
        answer = site.call(FOLLOW, body={"token": token, "password": PASSWORD})
        assert (answer.status, answer.json["status"], answer.json["next"]) == (200, "active", "sign_in")
        assert answer.cookies == {}  # it does not enter
        assert site.enter(site.services.accounts.get("demo", site.application().number))
        assert site.owed() == ["release"]

    def test_another_one_is_refused_and_counted(self, site, token):
        for _ in range(TRIES):
            answer = site.call(FOLLOW, body={"token": token, "password": NEW_PASSWORD})
            assert (answer.status, answer.problem) == (401, "invalid-credentials")
        assert site.call(FOLLOW, body={"token": token, "password": PASSWORD}).problem == "token-gone"


class TestThePasswordIsSet:
    @pytest.fixture
    def token(self, site):
        application = site.application(portal="office", channel="link", password_hash=None)
        return site.token("confirm", application.slot, application.token_id)

    def test_the_link_shows_the_data_to_be_checked(self, site, token):
        answer = site.call(FOLLOW, body={"token": token})
        assert (answer.json["next"], answer.json["data"]["surnames"]) == ("set_password", "Prueba Ejemplo")

    def test_with_a_password_and_corrected_data_the_account_is_open(self, site, token):
        answer = site.call(CHOOSE, body={"token": token, "password": PASSWORD, "data": {"surnames": "Otra"}})
        assert (answer.status, answer.json["status"]) == (200, "active")
        assert site.call(CHOOSE, body={"token": token, "password": PASSWORD}).problem == "token-gone"

    def test_what_does_not_fit_is_refused_with_the_policys_own_words(self, site, token):
        answer = site.call(CHOOSE, body={"token": token, "password": "corta"})
        assert ("password", "password_short") in answer.faults
        assert answer.json["errors"][0]["message"].startswith("La contraseña debe tener al menos 15 caracteres")


class TestAChangedAddress:
    def test_its_link_takes_it_over(self, site):
        account = site.account()
        lives = site.clock.now().replace(year=2028)
        slot = Slot("address", account.slot, random_id(), "demo", account.number, 1, lives, "nueva@gad.example.ec")
        site.services.slots.hold(slot, instead_of=None)
        token = site.token("address", account.slot, slot.id)
        assert site.call(FOLLOW, body={"token": token}).json["status"] == "active"
        assert site.services.accounts.get("demo", account.number).email == "nueva@gad.example.ec"
        assert site.call(FOLLOW, body={"token": token}).problem == "token-gone"


class TestGone:
    """Unknown, used, expired: one and the same answer."""

    def test_the_answer_never_differs(self, site, token):
        answers = [site.call(FOLLOW)]
        answers.append(site.call(FOLLOW, body={"token": token.replace("confirm", "reset"), "password": PASSWORD}))
        answers.append(site.call(CHOOSE, body={"token": token, "password": PASSWORD}))  # it is not to be set here
        site.clock.advance(hours=24)
        answers.append(site.call(FOLLOW, body={"token": token, "password": PASSWORD}))
        answers.append(site.call(CHOOSE))
        assert {(answer.status, answer.text) for answer in answers} == {(410, answers[0].text)}

    @pytest.mark.parametrize("token", ["x", "a.b.c.d.e", "ñ" * 100, "confirm.k1...", "\u0000"])
    def test_no_text_is_anything_but_gone(self, site, token):
        assert site.call(FOLLOW, body={"token": token}).status == 410

    @pytest.mark.parametrize(
        "body", [{}, {"token": ""}, {"token": 7}, {"token": "x" * 301}, {"token": "x", "other": 1}]
    )
    def test_what_has_not_the_form_of_the_call_is_refused(self, site, body):
        assert site.call(FOLLOW, body=body).status == 422
