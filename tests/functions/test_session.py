"""Session: enter, see one's sessions, leave."""

import re

import pytest

from tests.functions.conftest import HTTP, NEW_PASSWORD, NUMBER, PASSWORD, bearer
from ventanilla.domain.throttling import Failures

ENTER, LIST, END = "session.invalid-credentials", "session.list-unauthenticated", "session.end-unauthenticated"
RIGHT = {"portal": "demo", "identifier": NUMBER, "password": PASSWORD}
WRONG = {**RIGHT, "password": NEW_PASSWORD}


def attributes(cookie: str) -> set[str]:
    return {part.strip().partition("=")[0].lower() for part in cookie.split(";")[1:]}


class TestEntering:
    def test_the_token_comes_in_the_answer_and_as_a_cookie(self, site):
        site.account()
        answer = site.call(ENTER, body=RIGHT)
        assert (answer.status, answer.json["pending"]) == (201, [])
        assert answer.json["session"].keys() == {"id", "expires_at"}
        assert answer.json["session"]["expires_at"] == "2027-03-02T03:00:00.000Z"
        assert answer.cookies["__Host-session"].startswith(f"__Host-session={answer.json['token']};")

    @pytest.mark.parametrize("name", ["__Host-session", "__Host-device"])
    def test_over_https_the_cookies_are_only_ours_and_out_of_reach_of_scripts(self, site, name):
        site.account()
        cookie = site.call(ENTER, body=RIGHT).cookies[name]
        assert {"secure", "httponly", "samesite", "path"} <= attributes(cookie)
        assert "SameSite=Lax" in cookie
        assert re.search(r"Path=/(;|$)", cookie)
        assert "domain" not in attributes(cookie)

    def test_over_plain_local_http_they_have_plain_names(self, site):
        site.account()
        site.over_http()
        cookies = site.call(ENTER, body=RIGHT).cookies
        assert set(cookies) == {"session", "device"}
        for cookie in cookies.values():
            assert {"httponly", "samesite", "path"} <= attributes(cookie)
            assert "secure" not in attributes(cookie)

    def test_the_cookie_ends_with_the_session(self, site):
        site.account()
        assert "Expires=Tue, 02 Mar 2027 03:00:00 GMT" in site.call(ENTER, body=RIGHT).cookies["__Host-session"]

    def test_what_is_pending_is_told(self, site):
        site.account(portal="office", todo=("check_data",))
        answer = site.call(ENTER, body={**RIGHT, "portal": "office"})
        assert answer.json["pending"] == ["check_data", "accept_terms"]

    def test_the_store_holds_no_secret(self, site, stage):
        site.account()
        token = site.call(ENTER, body=RIGHT).json["token"]
        assert token.partition(".")[2] not in repr(stage.items("AccountsTable"))


class TestRefused:
    def test_wrong_unknown_unconfirmed_locked_and_closed_are_answered_alike(self, site):
        answers = [site.call(ENTER, body=WRONG)]
        site.application()
        answers.append(site.call(ENTER, body=RIGHT))
        site.account(status="locked", number="0912345678")
        answers.append(site.call(ENTER, body={**RIGHT, "identifier": "0912345678"}))
        site.account(portal="ipsot")
        answers.append(site.call(ENTER, body={**WRONG, "portal": "ipsot"}))
        answers.append(site.call(ENTER, body={**RIGHT, "portal": "atlantis"}))
        assert {(answer.status, answer.text, str(answer.headers)) for answer in answers} == {
            (401, answers[0].text, str(answers[0].headers))
        }
        assert all(answer.cookies == {} for answer in answers)

    def test_after_five_failures_the_next_try_waits_and_is_told_how_long(self, site):
        site.account()
        for _ in range(5):
            assert site.call(ENTER, body=WRONG).status == 401
        answer = site.call(ENTER, body=RIGHT)
        assert (answer.status, answer.problem, answer.json["retryable"]) == (429, "too-many-attempts", True)
        assert answer.headers["retry-after"] == "3"
        assert "3 segundos" in answer.json["detail"]
        site.clock.advance(seconds=3)
        assert site.call(ENTER, body=RIGHT).status == 201

    def test_a_known_device_passes_a_flood_by(self, site):
        site.account()
        device = site.call(ENTER, body=RIGHT).cookies["__Host-device"].partition(";")[0]
        for _ in range(5):
            site.call(ENTER, body=WRONG)
        assert site.call(ENTER, body=RIGHT).status == 429
        assert site.call(ENTER, body=RIGHT, cookies=[device]).status == 201

    def test_it_is_the_gateways_address_that_counts_and_no_header(self, site):
        here = f"address#{HTTP[ENTER]['requestContext']['http']['sourceIp']}"
        site.services.sessions.fail([(Failures(here, 0), Failures(here, 48))], site.clock.now())
        for serial in range(2):
            headers = {"x-forwarded-for": f"203.0.113.{serial}", "x-real-ip": f"203.0.113.{serial}"}
            assert site.call(ENTER, body={**WRONG, "identifier": f"09{serial:08}"}, headers=headers).status == 401
        assert site.call(ENTER, body=WRONG, headers={"x-forwarded-for": "203.0.113.99"}).status == 429

    @pytest.mark.parametrize("name", ["portal", "identifier", "password"])
    @pytest.mark.parametrize("value", [None, 7, [], {}, "", "x" * 1001])
    def test_what_has_not_the_form_of_the_call_is_refused(self, site, name, value):
        assert site.call(ENTER, body={**RIGHT, name: value}).status == 422

    @pytest.mark.parametrize("identifier", ["\u0000", "#", "ñ" * 64, "\u202e1", "../..", " "])
    def test_no_number_makes_anything_but_a_refusal(self, site, identifier):
        assert site.call(ENTER, body={**RIGHT, "identifier": identifier}).status == 401


class TestOnesOwn:
    @pytest.fixture
    def tokens(self, site):
        account = site.account()
        first = site.enter(account)
        site.clock.advance(minutes=1)
        return first, site.enter(account)

    def test_they_are_listed_newest_first(self, site, tokens):
        items = site.call(LIST, headers=bearer(tokens[1])).json["items"]
        assert [one["current"] for one in items] == [True, False]
        assert items[0].keys() == {"id", "created_at", "last_seen_at", "expires_at", "device", "current"}
        assert (items[1]["created_at"], items[0]["device"]) == (
            "2027-03-01T15:00:00.000Z",
            "Mozilla/5.0 (X11; Linux x86_64)",
        )

    def test_the_one_that_asks_ends_and_its_cookie_goes(self, site, tokens):
        answer = site.call(END, headers=bearer(tokens[1]))
        assert (answer.status, answer.text) == (204, "")
        assert "Max-Age=0" in answer.cookies["__Host-session"]
        assert site.call(LIST, headers=bearer(tokens[1])).status == 401
        assert len(site.call(LIST, headers=bearer(tokens[0])).json["items"]) == 1

    def test_another_one_ends_and_this_one_goes_on(self, site, tokens):
        other = next(
            one["id"] for one in site.call(LIST, headers=bearer(tokens[1])).json["items"] if not one["current"]
        )
        event = {"rawPath": f"/v1/sessions/{other}", "pathParameters": {"id": other}}
        answer = site.call(END, headers=bearer(tokens[1]), **event)
        assert (answer.status, answer.cookies) == (204, {})
        assert site.call(LIST, headers=bearer(tokens[0])).status == 401
        assert site.call(END, headers=bearer(tokens[1]), **event).problem == "not-found"
