"""What stands beside a password, or before it: temporary passwords, codes, questions (security.md, 3, 6, 15, 20)."""

from __future__ import annotations

from collections.abc import Iterator
from unittest.mock import patch

import pytest
from argon2 import PasswordHasher

from tests.flows.bureau import ROOT, Bureau, bureau
from tests.flows.test_ibarra import ANSWERS, NEW_PASSWORD, PASSWORD, Neighbour, company, foreigner, neighbour  # noqa: F401
from tests.flows.town import DAY
from tests.security.doors import asked
from tests.solving import little_work
from ventanilla.adapters.portal_files import check, load
from ventanilla.domain.passwords import PasswordPolicy
from ventanilla.domain.passwords import check as check_password

GUESS = "abcdefg-hjkmnpqrst2"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bureau]:
    with little_work(), bureau(tmp_path_factory.mktemp("site")) as site:
        yield site


@pytest.fixture(autouse=True)
def forgiven(site: Bureau) -> Iterator[None]:
    yield
    site.local.advance(DAY + 1)


def attempt(site: Bureau, number: str, password: str) -> tuple[int, list[str], list[str]]:
    """Try to enter at the function's back door; return status, and what AWS and the hasher were asked."""
    import json

    hashed: list[str] = []
    verify, make = PasswordHasher.verify, PasswordHasher.hash
    body = json.dumps({"portal": "ibarra", "identifier": number, "password": password})
    event = {
        "version": "2.0",
        "routeKey": "POST /v1/sessions",
        "rawPath": "/v1/sessions",
        "rawQueryString": "",
        "headers": {"content-type": "application/json"},
        "requestContext": {
            "http": {"method": "POST", "path": "/v1/sessions", "sourceIp": "10.9.9.9"},
            "requestId": "r",
            "stage": "$default",
        },
        "isBase64Encoded": False,
        "body": body,
    }
    with (
        patch.object(PasswordHasher, "verify", lambda *a, **k: hashed.append("verify") or verify(*a, **k)),
        patch.object(PasswordHasher, "hash", lambda *a, **k: hashed.append("hash") or make(*a, **k)),
        asked() as operations,
    ):
        answer = site.local.invoke("SessionFunction", event)
    return answer["statusCode"], operations, hashed


class TestTemporaryPasswords:
    def test_somebody_who_waits_for_one_costs_what_nobody_and_everybody_costs(self, site, neighbour, company):  # noqa: F811
        neighbour.register()
        key = neighbour.read_key()
        company.settle_in()
        own = key[: key.index("-")] + GUESS[GUESS.index("-") :]
        attempt(site, "1000000008", GUESS)  # what a cold process fetches is fetched
        done = [
            attempt(site, number, password)
            for number in (neighbour.user, company.user, "1099999999")
            for password in (own, GUESS, "x")
        ]
        assert done[0] == (401, ["BatchGetItem", "TransactWriteItems"], ["verify"])
        assert all(work == done[0] for work in done)

    def test_guesses_at_one_make_wait_like_any_other(self, site, neighbour):  # noqa: F811
        neighbour.register()
        key = neighbour.read_key()
        for _ in range(5):
            assert neighbour.sign_in(key[:-1] + ("3" if key[-1] != "3" else "4")).status_code == 401
        assert neighbour.sign_in(key).status_code == 429

    def test_one_is_of_its_own_number_and_portal_alone(self, site, neighbour, company):  # noqa: F811
        neighbour.register()
        key = neighbour.read_key()
        assert company.sign_in(key).status_code == 401
        for portal in ("buzonec", "seps", "staff"):
            body = {"portal": portal, "identifier": neighbour.user, "password": key}
            site.refused("invalid-credentials", 401, "POST", "/v1/sessions", body)
        body = {"token": key, "password": PASSWORD}
        site.refused("token-gone", 410, "POST", "/v1/verifications/password", body)

    def test_one_that_was_used_opens_nothing_once_another_is_set(self, neighbour):  # noqa: F811
        neighbour.settle_in()
        assert neighbour.sign_in(neighbour.key).status_code == 401

    def test_who_closed_the_account_may_come_again(self, site, neighbour):  # noqa: F811
        neighbour.settle_in()
        neighbour.call(204, "POST", "/v1/me/close", {"current_password": PASSWORD})
        neighbour.register()
        assert neighbour.enter(neighbour.read_key())["pending"][0] == "change_password"


class TestCodes:
    def test_the_code_is_of_its_mails_token_and_user_alone(self, site, neighbour, company):  # noqa: F811
        mine, other = neighbour.settle_in().mailed_code(), company.settle_in().mailed_code()
        for mixed in ({"code": other["code"]}, {"identifier": other["identifier"]}, {"token": other["token"]}):
            site.refused("invalid-credentials", 401, "POST", "/v1/resets/open", {**mine, **mixed})
        for left_out in ("identifier", "code"):
            less = {name: said for name, said in mine.items() if name != left_out}
            site.refused("validation", 422, "POST", "/v1/resets/open", less)
        site.expect(200, "POST", "/v1/resets/open", mine)

    def test_a_right_look_gives_back_its_own_try_and_no_more(self, site, neighbour):  # noqa: F811
        mine = neighbour.settle_in().mailed_code()
        wrong = {**mine, "code": "AAAAAAAA"}
        for _ in range(4):
            site.refused("invalid-credentials", 401, "POST", "/v1/resets/open", wrong)
            site.expect(200, "POST", "/v1/resets/open", mine)
        site.refused("invalid-credentials", 401, "POST", "/v1/resets/open", wrong)
        site.refused("token-gone", 410, "POST", "/v1/resets/confirm", {**mine, "password": NEW_PASSWORD})

    def test_asking_again_brings_back_no_try(self, site, neighbour):  # noqa: F811
        mine = neighbour.settle_in().mailed_code()
        for _ in range(4):
            site.refused("invalid-credentials", 401, "POST", "/v1/resets/open", {**mine, "code": "AAAAAAAA"})
        assert neighbour.mailed_code() == mine
        site.refused("invalid-credentials", 401, "POST", "/v1/resets/open", {**mine, "code": "AAAAAAAA"})
        site.refused("token-gone", 410, "POST", "/v1/resets/open", mine)


class TestQuestions:
    """Line 20: asked beside the password, after the mailed link where there is one, sufficient for nothing alone."""

    def test_a_session_that_owes_an_answer_reaches_nothing_and_changes_none(self, site, neighbour):  # noqa: F811
        neighbour.settle_in()
        for _ in range(3):
            assert neighbour.sign_in("no es esta 1").status_code == 401
        assert neighbour.enter(PASSWORD)["pending"] == ["security_question"]
        given = {"answers": ANSWERS, "current_password": PASSWORD}
        for method, path, body in (
            ("GET", "/v1/me", None),
            ("GET", "/v1/sessions", None),
            ("GET", "/v1/me/export", None),
            ("PATCH", "/v1/me", {}),
            ("POST", "/v1/me/security-questions", given),
            ("POST", "/v1/me/password", {"current": PASSWORD, "new": NEW_PASSWORD}),
            ("POST", "/v1/me/close", {"current_password": PASSWORD}),
            ("POST", "/v1/me/second-factor", {}),
        ):
            site.refused("steps-pending", 403, method, path, body, neighbour.token)

    def test_the_answer_alone_is_worth_nothing(self, site, neighbour):  # noqa: F811
        neighbour.settle_in()
        site.refused("unauthenticated", 401, "POST", "/v1/sessions/current/security-question", ANSWERS[0])


class TestPolicy:
    """Line 3: the municipality's policy is kept as it publishes it, and said to be below today's standards."""

    FILE = ROOT / "portals" / "ibarra.toml"

    def test_the_check_of_its_file_says_so(self):
        [found] = check(self.FILE)
        assert found.severity == "warning"
        assert "below today's standards" in found.message

    def test_a_temporary_password_satisfies_it_and_todays(self, site, neighbour):  # noqa: F811
        neighbour.register()
        key = neighbour.read_key()
        for policy in (load(self.FILE).password, PasswordPolicy()):
            assert check_password(policy, key, ()) == ()
