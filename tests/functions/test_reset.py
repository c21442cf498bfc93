"""Reset: a forgotten password."""

from datetime import timedelta

import pytest

from tests.functions.conftest import NEW_PASSWORD, NUMBER, PASSWORD, bearer
from ventanilla.domain.accounts import Slot
from ventanilla.domain.ids import random_id

OPEN, CONFIRM = "reset.open-token-gone", "reset.confirm-token-gone"


@pytest.fixture
def account(site):
    return site.account()


@pytest.fixture
def token(site, account):
    lives = site.clock.now() + timedelta(hours=24)
    slot = Slot("reset", account.slot, random_id(), account.portal, account.number, account.epoch, lives)
    site.services.slots.hold(slot, instead_of=None)
    return site.token("reset", account.slot, slot.id)


class TestAsking:
    def test_the_answer_is_the_same_for_somebody_and_nobody(self, site):
        nobody = site.call("reset")
        site.account(portal="ipsot")
        somebody = site.call("reset")
        assert nobody.json == {"status": "pending", "next": "check_email"}
        assert (nobody.status, nobody.headers, nobody.text) == (somebody.status, somebody.headers, somebody.text)
        assert (nobody.status, site.owed()) == (202, ["reset", "reset"])

    def test_a_portal_that_is_not_there_is_not_found(self, site):
        assert site.call("reset.unknown-portal").problem == "not-found"

    @pytest.mark.parametrize("identifier", [" ", "\u0000", "ñ" * 64, "#" * 64])
    def test_any_number_may_be_asked_for(self, site, identifier):
        assert site.call("reset", body={"portal": "demo", "identifier": identifier}).status == 202


class TestLooking:
    def test_nothing_is_used_up(self, site, token):
        for _ in range(2):
            answer = site.call(OPEN, body={"token": token})
            assert (answer.status, answer.json) == (200, {"portal": "demo", "data": {}})


class TestConfirming:
    def test_the_password_is_set_and_all_sessions_end(self, site, account, token):
        session = site.enter(account)
        answer = site.call(CONFIRM, body={"token": token, "password": NEW_PASSWORD})
        assert (answer.status, answer.text, answer.cookies) == (204, "", {})
        assert site.call("account.unauthenticated", headers=bearer(session)).status == 401
        credentials = {"portal": "demo", "identifier": NUMBER, "password": NEW_PASSWORD}
        assert site.call("session.invalid-credentials", body=credentials).status == 201
        assert site.owed() == ["password_changed", "signed_out"]

    def test_the_policys_own_errors_are_told_and_the_link_lives_on(self, site, token):
        answer = site.call(CONFIRM, body={"token": token, "password": "corta"})
        assert (answer.status, answer.problem) == (422, "validation")
        assert ("password", "password_short") in answer.faults
        assert site.call(CONFIRM, body={"token": token, "password": NEW_PASSWORD}).status == 204

    def test_a_link_works_once(self, site, token):
        assert site.call(CONFIRM, body={"token": token, "password": NEW_PASSWORD}).status == 204
        assert site.call(CONFIRM, body={"token": token, "password": PASSWORD}).problem == "token-gone"

    def test_unknown_used_and_expired_are_answered_alike(self, site, token):
        answers = [site.call(OPEN), site.call(CONFIRM)]
        site.clock.advance(hours=24)
        answers += [
            site.call(OPEN, body={"token": token}),
            site.call(CONFIRM, body={"token": token, "password": NEW_PASSWORD}),
        ]
        assert {(answer.status, answer.text) for answer in answers} == {(410, answers[0].text)}
