"""What came to the OpenID provider from anybody, and was a fault of ours (500), or believed too easily."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from urllib.parse import urlencode

import pytest

from tests.flows.town import Town
from tests.relying_parties.browser import Browser
from tests.relying_parties.by_hand import ASSERTION_TYPE, ByHand
from tests.relying_parties.node_service import CALLBACK, CLIENT
from tests.security.test_openid import held, leaving, refused_client, sent_back
from ventanilla.wiring import services

AFTERWARDS = "https://otro-servicio.example.ec/"


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


def part(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


HEADER, OF_THE_SAMPLE = part('{"alg":"ES256"}'), part('{"sub":"muestra"}')


@pytest.mark.parametrize("endpoint", ["token", "revoke"])
@pytest.mark.parametrize("depth", [900, 3_000, 30_000])
@pytest.mark.parametrize(("before", "opening"), [("", "["), ("", '{"a":'), ('{"sub":"muestra","a":', "[")])
def test_a_proof_that_is_nested_too_deeply_proves_nothing(town, service, endpoint, depth, before, opening):
    deep = part(before + opening * min(depth, 45_000 // len(opening)))
    proof = f"{HEADER}.{deep}.AAAA"
    form = {"client_assertion_type": ASSERTION_TYPE, "client_assertion": proof, "token": "a"}
    whole = {**form, "grant_type": "refresh_token", "refresh_token": "a"}
    refused_client(town.http.post(f"{service.issuer}/{endpoint}", data=whole))


@pytest.mark.parametrize("endpoint", ["token", "revoke"])
@pytest.mark.parametrize("bent", [{"alg": "é"}, {"alg": '"'}, {"é": 1}, {"crit": ["\n"]}, {"crit": 1}, {"crit": [{}]}])
def test_a_proof_whose_header_is_bent_proves_nothing(town, service, endpoint, bent):
    header = part(json.dumps({"alg": "ES256"} | bent))
    proof = f"{header}.{OF_THE_SAMPLE}.AAAA"
    form = {"client_assertion_type": ASSERTION_TYPE, "client_assertion": proof, "token": "a"}
    whole = {**form, "grant_type": "refresh_token", "refresh_token": "a"}
    refused_client(town.http.post(f"{service.issuer}/{endpoint}", data=whole))


def test_a_hint_of_another_portal_is_none_of_this(town, browser, service):
    """Both portals sign by the same keys, and may know a system by the same name."""
    for portal, is_taken in (("demo", True), ("ipsot", False)):
        issuer = service.issuer.replace("/demo", f"/{portal}")
        with town.local.lock:
            hint = services().openid_keys.sign("RS256", {"iss": issuer, "aud": CLIENT, "sub": "s"})
        answer = browser.at_portal("GET", f"{service.issuer}/logout", params=leaving(hint, AFTERWARDS))
        if is_taken:
            assert answer.status_code == 302
        else:
            held(answer)


def test_nobody_is_led_to_an_address_that_no_gateway_carries(town, browser, service):
    """Written out, a query is up to three times as long; API Gateway makes an error of more than 10,240 bytes."""
    long = ":" * 2_600
    held(service.led(f"{service.address()}&a={long}"))
    held(service.led(f"{service.address(state=None)}&prompt=none&state={long}"))
    held(browser.at_portal("GET", f"{service.issuer}/logout?client_id={CLIENT}&state={long}"))
    form = {"client_id": CLIENT, "post_logout_redirect_uri": AFTERWARDS, "state": "a" * 60_000}
    held(town.http.post(f"{service.issuer}/logout", data=form))


def test_what_is_as_long_as_clients_may_say_is_led_on(browser, service):
    """The longest state there may be, with a hint, and a query that the page can hand on."""
    hint = service.tokens()["id_token"]
    asked = browser.authorize(service.address(state="a" * 2_000))
    assert browser.asked(asked)["client"]["id"] == CLIENT
    assert len(asked) < 8_000
    leaves = urlencode({**leaving(hint, AFTERWARDS), "state": "a" * 2_000})
    assert browser.leave(f"{service.issuer}/logout?{leaves}") == f"{AFTERWARDS}?state={'a' * 2_000}"


@pytest.mark.parametrize("kind", ["\x00", "é", "\u202e", '"', "code\\", "código"])
def test_a_kind_of_answer_that_is_not_ascii_is_refused_as_any_other(service, browser, kind):
    sent_back(service.led(response_type=kind), "unsupported_response_type")
    query = service.address(response_type=kind).partition("?")[2]
    held(browser.at_portal("GET", f"{service.issuer}/authorize/request?{query}"))
    assert "error=unsupported_response_type" in browser.answer(query).json()["redirect_to"]
