"""The second factor over HTTP: from the invitation to the app, and what happens when it is lost or stolen."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.flows.bureau import NEW_PASSWORD, PASSWORD, Bureau, Member, bureau
from ventanilla.domain.grants import Grant

PROVE = "/v1/sessions/current/second-factor"
ENROL = "/v1/me/second-factor"


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bureau]:
    with bureau(tmp_path_factory.mktemp("site")) as office:
        yield office


@pytest.fixture
def newcomer(office: Bureau) -> Member:
    """Somebody invited, with a password, who has entered for the first time."""
    member = office.invite(Grant("reviewer", "demo"))
    member.enter()
    return member


@pytest.fixture
def member(newcomer: Member) -> Member:
    """Somebody with an app."""
    newcomer.enrol()
    return newcomer


class TestFirstEntry:
    def test_the_invitation_names_role_and_institution(self, office, newcomer):
        [mail] = [mail for mail in office.mails(newcomer.email) if "invitan" in mail["subject"]]
        assert "Rol: Revisor de solicitudes" in mail["text"]
        assert "segundo factor" in mail["text"]

    def test_nothing_is_reached_before_an_app_is_enrolled(self, newcomer):
        assert newcomer.call(200, "GET", "/v1/me")["pending"] == ["second_factor_enrolment"]
        for method, path in (("GET", "/v1/me/export"), ("GET", "/v1/inbox"), ("POST", "/v1/me/password")):
            problem = newcomer.refused("steps-pending", 403, method, path, {} if method == "POST" else None)
            assert problem["pending"] == ["second_factor_enrolment"]

    def test_the_app_is_enrolled_by_its_first_code(self, office, newcomer):
        newcomer.enrol()
        me = newcomer.call(200, "GET", "/v1/me")
        assert (me["pending"], me["second_factor"]) == ([], {"recovery_codes_left": 10})
        assert "segundo factor" in office.subjects(newcomer.email)[0]

    def test_a_wrong_code_is_told_in_words_of_its_own(self, newcomer):
        newcomer.call(200, "POST", ENROL, {})
        problem = newcomer.refused("invalid-credentials", 401, "POST", ENROL, {"code": "000000"})
        assert problem["title"] == "El código no es correcto"
        newcomer.refused("validation", 422, "POST", ENROL, {"code": ""})
        newcomer.refused("validation", 422, "POST", ENROL, {"code": 123456})

    def test_other_sessions_end_when_it_is_enrolled(self, newcomer):
        other = newcomer.token
        newcomer.enter()
        newcomer.enrol()
        mine, newcomer.token = newcomer.token, other
        newcomer.refused("unauthenticated", 401, "GET", "/v1/me")
        newcomer.token = mine
        newcomer.call(200, "GET", "/v1/me")


class TestEntering:
    def test_the_password_alone_reaches_nothing(self, member):
        earlier = member.token
        assert member.enter()["pending"] == ["second_factor"]
        for method, path in (
            ("GET", "/v1/me"),
            ("GET", "/v1/sessions"),
            ("GET", "/v1/me/export"),
            ("GET", "/v1/staff/accounts?portal=demo&identifier=1"),
            ("POST", ENROL),
            ("POST", "/v1/me/terms"),
        ):
            problem = member.refused("steps-pending", 403, method, path, {} if method == "POST" else None)
            assert problem["pending"] == ["second_factor"]
        member.token, half = earlier, member.token
        [line] = [line for line in member.call(200, "GET", "/v1/sessions")["items"] if line["current"]]
        member.token = half
        member.refused("steps-pending", 403, "DELETE", f"/v1/sessions/{line['id']}")
        member.call(204, "DELETE", "/v1/sessions/current")

    def test_a_code_lets_in_and_works_once(self, member):
        member.enter()
        code = member.code()
        assert member.call(200, "POST", PROVE, {"code": code}) == {"pending": []}
        member.call(200, "GET", "/v1/me/export")
        member.enter()
        member.refused("invalid-credentials", 401, "POST", PROVE, {"code": code})

    def test_of_twenty_at_the_same_time_one_passes(self, member):
        tokens = []
        for _ in range(20):
            member.enter()
            tokens.append(member.token)
        code = member.code()
        with ThreadPoolExecutor(8) as pool:
            calls = pool.map(lambda token: member.bureau.call("POST", PROVE, {"code": code}, token), tokens)
            statuses = [answer.status_code for answer in calls]
        assert statuses.count(200) == 1
        assert set(statuses) <= {200, 401, 429}

    def test_a_recovery_code_stands_in_once(self, member):
        member.enter()
        member.call(200, "POST", PROVE, {"code": member.recovery_codes[4].upper()})
        assert member.call(200, "GET", "/v1/me")["second_factor"] == {"recovery_codes_left": 9}
        member.enter()
        member.refused("invalid-credentials", 401, "POST", PROVE, {"code": member.recovery_codes[4]})
        member.call(200, "POST", PROVE, {"code": member.recovery_codes[5]})

    def test_wrong_codes_make_wait_and_signing_in_again_does_not_help(self, office, member):
        for _ in range(5):
            assert member.enter()["pending"] == ["second_factor"]
            member.refused("invalid-credentials", 401, "POST", PROVE, {"code": "000000"})
        assert member.sign_in().status_code == 429
        problem = member.refused("too-many-attempts", 429, "POST", PROVE, {"code": member.code()})
        assert problem["retryable"] is True
        office.local.advance(60)
        member.enter()
        member.call(200, "POST", PROVE, {"code": member.code()})

    def test_no_cookie_makes_the_device_known_before_the_proof(self, office, member):
        attempt = {"portal": "staff", "identifier": member.number, "password": PASSWORD}
        entered = office.call("POST", "/v1/sessions", attempt)
        assert {cookie.name for cookie in entered.cookies.jar} == {"session"}
        passed = office.call("POST", PROVE, {"code": member.code()}, entered.json()["token"])
        assert {cookie.name for cookie in passed.cookies.jar} == {"device"}

    def test_a_reset_of_the_password_does_not_get_round_it(self, office, member):
        office.expect(202, "POST", "/v1/resets", {"portal": "staff", "identifier": member.number})
        token = office.mailed_token(member.email)
        office.expect(204, "POST", "/v1/resets/confirm", {"token": token, "password": NEW_PASSWORD})
        answer = member.sign_in(NEW_PASSWORD)
        assert answer.json()["pending"] == ["second_factor"]


class TestChange:
    def test_another_app_takes_the_place_right_after_a_proof_and_by_the_password(self, member):
        member.refused("second-factor-needed", 403, "POST", ENROL, {"current_password": PASSWORD})
        member.call(200, "POST", PROVE, {"code": member.code()})
        member.refused("validation", 422, "POST", ENROL, {})
        member.refused("invalid-credentials", 401, "POST", ENROL, {"current_password": NEW_PASSWORD})
        before = member.secret
        member.enrol(current_password=PASSWORD)
        assert member.secret != before
        member.enter()
        member.call(200, "POST", PROVE, {"code": member.code()})

    def test_later_the_proof_no_longer_holds(self, office, member):
        member.call(200, "POST", PROVE, {"code": member.code()})
        office.local.advance(11 * 60)
        member.refused("second-factor-needed", 403, "POST", ENROL, {"current_password": PASSWORD})


class TestLoss:
    def test_the_operator_takes_it_away_and_another_is_enrolled(self, office, member):
        from ventanilla.usecases.invitations import reset_second_factor
        from ventanilla.wiring import services

        given = services()
        with office.local.lock:
            reset_second_factor(
                member.number, "perdió el teléfono", accounts=given.accounts, audits=given.audits, clock=given.clock
            )
        member.refused("unauthenticated", 401, "GET", "/v1/me")
        [mail, *_] = office.mails(member.email)
        assert "perdió el teléfono" in mail["text"]
        assert member.enter()["pending"] == ["second_factor_enrolment"]
        member.enrol()
        [line] = member.call(200, "GET", "/v1/me/export")["audit"]
        assert (line["act"], line["by"], line["reason"]) == ("second_factor_reset", "operator", "perdió el teléfono")


def test_who_needs_none_can_enrol_none(office):
    citizen = office.citizen("demo")
    citizen.enter()
    citizen.refused("not-found", 404, "POST", ENROL, {})
    citizen.refused("not-found", 404, "POST", PROVE, {"code": "123456"})
