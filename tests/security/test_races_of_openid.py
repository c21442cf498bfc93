"""Codes, refresh tokens and proofs of clients shown by many at the same time, each function in processes of its own."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from tests.flows.town import Town, expect
from tests.relying_parties.browser import Browser
from tests.relying_parties.by_hand import ASSERTION_TYPE, ByHand
from tests.relying_parties.node_service import CALLBACK, CLIENT
from tests.security.test_races import AT_ONCE, race, runtime  # noqa: F401  # the runtime of races

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def sample_port() -> int:
    return 0


@pytest.fixture
def browser(town: Town) -> Iterator[Browser]:
    with Browser(town.settler()) as browser:
        yield browser


@pytest.fixture
def service(browser: Browser) -> ByHand:
    return ByHand(browser, CLIENT, CALLBACK)


def posted(service: ByHand, won: list[dict], **form: str):
    """Return the act of posting a form to the token endpoint; the tokens that are given come into the list."""

    def post(http: httpx.Client) -> httpx.Response:
        answer = http.post(f"{service.issuer}/token", data=form)
        if answer.status_code == 200:
            won.append(answer.json())
        return answer

    return post


def exchange_of(service: ByHand, code: str) -> dict[str, str]:
    return {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": service.callback,
        "code_verifier": service.verifier,
    }


def dead(service: ByHand, answer: httpx.Response) -> None:
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")


def test_a_code_is_exchanged_once_by_twenty_and_what_came_of_it_ends(town, service):
    won: list[dict] = []
    exchange = posted(service, won, client_id=CLIENT, **exchange_of(service, service.code()))
    came = race(town, *[exchange] * AT_ONCE)
    assert came == {200: 1, 400: AT_ONCE - 1}
    [tokens] = won
    assert service.userinfo(tokens["access_token"]).status_code == 401
    dead(service, service.refresh(tokens["refresh_token"]))


def test_a_refresh_token_is_used_once_by_twenty_and_its_family_ends(town, service):
    token = service.tokens()["refresh_token"]
    won: list[dict] = []
    refresh = posted(service, won, client_id=CLIENT, grant_type="refresh_token", refresh_token=token)
    assert race(town, *[refresh] * AT_ONCE) == {200: 1, 400: AT_ONCE - 1}
    dead(service, service.refresh(won[0]["refresh_token"]))
    assert service.userinfo(won[0]["access_token"]).status_code == 401


def test_a_proof_of_a_client_works_once_for_twenty_codes(town, browser):
    sample = town.local.sample
    keyed = ByHand(browser, "muestra", f"{sample.url}/callback", key=sample.key)
    proof = {"client_assertion_type": ASSERTION_TYPE, "client_assertion": keyed.assertion()}
    codes = [keyed.code() for _ in range(AT_ONCE)]
    came = race(town, *[posted(keyed, [], **proof, **exchange_of(keyed, code)) for code in codes])
    assert came[200] == 1
    assert sum(came[status] for status in (400, 401)) == AT_ONCE - 1


def test_a_session_that_ends_meanwhile_leaves_nothing_that_lives(town, browser, service):
    won: list[dict] = []
    code = service.code()
    exchange = posted(service, won, client_id=CLIENT, **exchange_of(service, code))

    def end(http: httpx.Client) -> httpx.Response:
        bearer = {"Authorization": f"Bearer {browser.person.session}"}
        return http.delete("/v1/sessions/current", headers=bearer)

    came = race(town, exchange, end)
    assert came[204] == 1
    for tokens in won:
        assert service.userinfo(tokens["access_token"]).status_code == 401
        dead(service, service.refresh(tokens["refresh_token"]))
    expect(service.post("revoke", token=code), 200)
