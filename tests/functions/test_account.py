"""Account: one's own data, password and consents."""

import re

import pytest

from tests.functions.conftest import EMAIL, NEW_PASSWORD, NUMBER, PASSWORD, bearer

ME, CHANGE = "account.unauthenticated", "account.change-unauthenticated"
CHANGE_PASSWORD, TERMS = "account.password-unauthenticated", "account.terms-unauthenticated"
EXPORT, CLOSE = "account.export-unauthenticated", "account.close-unauthenticated"
RFC_3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")


@pytest.fixture
def token(site):
    return site.enter(site.account())


def times_in(data):
    """All values that look like a time, wherever they stand."""
    if isinstance(data, dict):
        return [time for value in data.values() for time in times_in(value)]
    if isinstance(data, list):
        return [time for value in data for time in times_in(value)]
    return [data] if isinstance(data, str) and re.match(r"\d{4}-\d\d-\d\dT", data) else []


class TestMe:
    def test_the_profile_is_shown(self, site, token):
        me = site.call(ME, headers=bearer(token)).json
        assert (me["portal"], me["identifier"]) == ("demo", {"kind": "cedula", "number": NUMBER})
        assert (me["email"], me["profile"]["surnames"], me["assurance"]) == (EMAIL, "Prueba Ejemplo", "self_asserted")

    def test_times_are_rfc_3339_in_utc(self, site):
        token = site.enter(site.account(portal="office"))
        site.call(TERMS, headers=bearer(token), body={"accept": ["use", "privacy"]})
        me = site.call(ME, headers=bearer(token)).json
        assert len(times_in(me)) == 3
        assert all(RFC_3339.fullmatch(time) for time in times_in(me))


class TestChanging:
    def test_a_field_is_corrected(self, site, token):
        answer = site.call(CHANGE, headers=bearer(token))
        assert (answer.status, answer.json["profile"]["given_names"]) == (200, "Ana María")

    def test_what_is_no_field_of_the_portal_is_named(self, site, token):
        answer = site.call(CHANGE, headers=bearer(token), body={"assurance": "proven", "given_names": "7"})
        assert (answer.status, answer.faults) == (422, {("assurance", "unknown_field"), ("given_names", "person_name")})

    def test_a_new_address_demands_the_password_and_its_own_link(self, site, token):
        new = {"email": "nueva@gad.example.ec"}
        assert site.call(CHANGE, headers=bearer(token), body=new).faults == {("current_password", "missing")}
        wrong = site.call(CHANGE, headers=bearer(token), body={**new, "current_password": NEW_PASSWORD})
        assert (wrong.status, wrong.problem) == (401, "invalid-credentials")
        answer = site.call(CHANGE, headers=bearer(token), body={**new, "current_password": PASSWORD})
        assert (answer.json["email"], answer.json["email_pending"]) == (EMAIL, True)
        assert site.owed() == ["address_confirm"]


class TestPassword:
    def test_other_sessions_end_and_this_one_goes_on(self, site, token):
        other = site.call(
            "session.invalid-credentials", body={"portal": "demo", "identifier": NUMBER, "password": PASSWORD}
        )
        answer = site.call(CHANGE_PASSWORD, headers=bearer(token))
        assert (answer.status, answer.json) == (200, {"pending": []})
        assert site.call(ME, headers=bearer(token)).status == 200
        assert site.call(ME, headers=bearer(other.json["token"])).status == 401
        assert site.owed() == ["password_changed", "signed_out"]

    def test_the_policy_speaks_of_the_new_one(self, site, token):
        answer = site.call(CHANGE_PASSWORD, headers=bearer(token), body={"current": PASSWORD, "new": "corta"})
        assert ("new", "password_short") in answer.faults

    def test_guessing_the_old_one_makes_wait(self, site, token):
        for _ in range(5):
            body = {"current": NEW_PASSWORD, "new": NEW_PASSWORD}
            assert site.call(CHANGE_PASSWORD, headers=bearer(token), body=body).status == 401
        answer = site.call(CHANGE_PASSWORD, headers=bearer(token))
        assert (answer.status, answer.headers["retry-after"]) == (429, "3")


class TestTerms:
    def test_a_text_is_accepted_in_its_version(self, site):
        token = site.enter(site.account(portal="office"))
        assert site.call(TERMS, headers=bearer(token), body={"accept": ["use"]}).json == {"pending": ["accept_terms"]}
        consents = site.call(ME, headers=bearer(token)).json["consents"]
        assert [(one["id"], one["version"]) for one in consents] == [("use", "2")]

    def test_one_that_the_portal_does_not_have_is_refused(self, site, token):
        answer = site.call(TERMS, headers=bearer(token), body={"accept": ["use"]})
        assert answer.faults == {("accept", "terms")}


class TestExport:
    def test_it_holds_all_that_is_held(self, site, token, signer):
        signer.post()
        exported = site.call(EXPORT, headers=bearer(token)).json
        assert (exported["email"], exported["identifier"]["number"]) == (EMAIL, NUMBER)
        assert len(exported["sessions"]) == len(exported["notifications"]) == 1
        assert exported["notifications"][0]["reference"] == "RES-2027-0001"

    def test_times_are_rfc_3339_in_utc(self, site, token, signer):
        signer.post()
        times = times_in(site.call(EXPORT, headers=bearer(token)).json)
        assert len(times) == 4
        assert all(RFC_3339.fullmatch(time) for time in times)

    def test_it_holds_no_secret(self, site, token):
        answer = site.call(EXPORT, headers=bearer(token))
        assert "$argon2" not in answer.text
        assert token.partition(".")[2] not in answer.text


class TestClosing:
    def test_it_demands_the_password(self, site, token):
        assert site.call(CLOSE, headers=bearer(token), body={"current_password": NEW_PASSWORD}).status == 401
        assert site.call(CLOSE, headers=bearer(token), body={}).faults == {("current_password", "missing")}
        assert site.call(ME, headers=bearer(token)).status == 200

    def test_the_account_its_sessions_and_the_cookie_go(self, site, token):
        answer = site.call(CLOSE, headers=bearer(token))
        assert (answer.status, answer.text) == (204, "")
        assert "Max-Age=0" in answer.cookies["__Host-session"]
        assert site.call(ME, headers=bearer(token)).status == 401
        credentials = {"portal": "demo", "identifier": NUMBER, "password": PASSWORD}
        assert site.call("session.invalid-credentials", body=credentials).status == 401
        assert site.owed() == ["account_closed", "signed_out"]
