"""What is tried against the OpenID provider, and against those who sign their users in by it (RFC 9700)."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, RSAKey

from tests.flows.town import HOUR, Person, Town, expect, new_password, problem
from tests.relying_parties.browser import Browser, query_of
from tests.relying_parties.by_hand import ASSERTION_TYPE, ByHand, challenge_of
from tests.relying_parties.node_service import CALLBACK, CLIENT, NodeService, Refused
from tests.security.test_logs import log  # noqa: F401  # fixture

UNSIGNED = base64.urlsafe_b64encode(b'{"alg":"none"}').decode().rstrip("=")
TOKENS = ("access_token", "refresh_token", "id_token")


@pytest.fixture(scope="module")
def sample_port() -> int:
    return 0


@pytest.fixture
def citizen(town: Town) -> Person:
    return town.settler()


@pytest.fixture
def browser(citizen: Person) -> Iterator[Browser]:
    with Browser(citizen) as browser:
        yield browser


@pytest.fixture
def service(browser: Browser) -> ByHand:
    """The service without a key."""
    return ByHand(browser, CLIENT, CALLBACK)


@pytest.fixture
def keyed(town: Town, browser: Browser) -> ByHand:
    """The service with a key."""
    sample = town.local.sample
    return ByHand(browser, "muestra", f"{sample.url}/callback", key=sample.key)


@pytest.fixture
def node(town: Town, browser: Browser) -> Iterator[NodeService]:
    with NodeService(browser.issuer, ahead=town.local.clock.offset) as node:
        yield node


def refused(answer: httpx.Response, error: str, status: int = 400) -> None:
    """An answer must be the standard's error, and give nothing away."""
    assert (answer.status_code, answer.json().get("error")) == (status, error), answer.text
    assert not {*TOKENS} & answer.json().keys()
    assert answer.headers["cache-control"] == "no-store"


def refused_client(answer: httpx.Response) -> None:
    assert answer.status_code in (400, 401), answer.text
    refused(answer, "invalid_client", answer.status_code)


def sent_back(answer: httpx.Response, error: str, to: str = CALLBACK) -> None:
    """The browser must be sent back with the standard's error, and nothing else."""
    assert answer.status_code == 302, answer.text
    target, _, _ = answer.headers["location"].partition("?")
    said = query_of(answer.headers["location"])
    assert target == to
    assert said.keys() <= {"error", "state", "iss"}
    assert said["error"] == error


def held(answer: httpx.Response) -> None:
    """The browser must stay here: a refusal, and no address to go to."""
    problem(answer, 400, "client-refused")
    assert "location" not in answer.headers


class TestWhoAsks:
    """Whom we do not know is led nowhere."""

    @pytest.mark.parametrize("client", ["nobody", "", "MUESTRA", "muestra ", "otro-servicio\x00", None])
    def test_a_client_that_is_not_registered(self, service, client):
        held(service.led(client_id=client))

    @pytest.mark.parametrize(
        "address",
        [
            "https://evil.example/callback",
            "https://otro-servicio.example.ec/callback/",
            "https://otro-servicio.example.ec/callback?next=https://evil.example",
            "https://otro-servicio.example.ec/callback#fragment",
            "https://otro-servicio.example.ec/callback/../open",
            "https://otro-servicio.example.ec/Callback",
            "https://otro-servicio.example.ec:8443/callback",
            "https://otro-servicio.example.ec@evil.example/callback",
            "https://otro-servicio.example.ec.evil.example/callback",
            "http://otro-servicio.example.ec/callback",
            "//otro-servicio.example.ec/callback",
            "javascript:alert(1)",
            "https://otro-servicio.example.ec/callback\r\nSet-Cookie: a=b",
            "",
            None,
        ],
    )
    def test_an_address_that_is_not_registered(self, service, address):
        held(service.led(redirect_uri=address))

    @pytest.mark.parametrize(
        "address",
        [
            "http://127.0.0.1@evil.example/callback",
            "http://127.0.0.1:80@evil.example/callback",
            "http://evil@127.0.0.1/callback",
            "http://127.0.0.1.evil.example/callback",
            "http://localhost:8001/callback",
            "http://[::1]:8001/callback",
            "http://127.0.0.1:99999/callback",
            "http://127.0.0.1:8001/other",
            "http://127.0.0.1:8001/callback?a=b",
            "https://127.0.0.1:8001/callback",
        ],
    )
    def test_an_address_that_only_looks_like_this_machines(self, keyed, address):
        held(keyed.led(redirect_uri=address))

    def test_two_addresses_or_two_clients(self, service, keyed):
        held(service.led(f"{service.address()}&redirect_uri=https://evil.example/"))
        held(service.led(f"{service.address()}&client_id=muestra"))
        held(service.led(redirect_uri=keyed.callback))

    def test_the_page_is_not_shown_what_would_lead_nowhere(self, service, browser):
        for address in (service.address(client_id="nobody"), service.address(redirect_uri="https://evil.example/")):
            query = address.partition("?")[2]
            held(browser.at_portal("GET", f"{browser.issuer}/authorize/request?{query}"))
            held(browser.answer(query))
            held(browser.answer(query, approve=False))

    def test_a_portal_that_has_no_clients(self, service):
        address = service.address().replace("/portals/demo/", "/portals/ipsot/")
        held(service.led(address))

    def test_a_portal_that_there_is_not(self, service):
        problem(service.led(service.address().replace("/portals/demo/", "/portals/none/")), 404, "not-found")


class TestWhatIsAsked:
    """A client that asks for what there is not is told, at its own address."""

    @pytest.mark.parametrize(
        ("changes", "error"),
        [
            ({"code_challenge": None}, "invalid_request"),
            ({"code_challenge": None, "code_challenge_method": None}, "invalid_request"),
            ({"code_challenge_method": None}, "invalid_request"),
            ({"code_challenge_method": "plain"}, "invalid_request"),
            ({"code_challenge_method": "s256"}, "invalid_request"),
            ({"code_challenge": "short"}, "invalid_request"),
            ({"code_challenge": ""}, "invalid_request"),
            ({"response_type": "token"}, "unsupported_response_type"),
            ({"response_type": "id_token"}, "unsupported_response_type"),
            ({"response_type": "code id_token"}, "unsupported_response_type"),
            ({"response_type": "none"}, "unsupported_response_type"),
            ({"response_mode": "fragment"}, "invalid_request"),
            ({"response_mode": "form_post"}, "invalid_request"),
            ({"scope": "profile"}, "invalid_scope"),
            ({"scope": ""}, "invalid_scope"),
            ({"scope": None}, "invalid_scope"),
            ({"prompt": "none login"}, "invalid_request"),
            ({"prompt": "create"}, "invalid_request"),
            ({"max_age": "-1"}, "invalid_request"),
            ({"max_age": "soon"}, "invalid_request"),
            ({"request": "eyJhbGciOiJub25lIn0.e30."}, "request_not_supported"),
            ({"request_uri": "https://evil.example/r"}, "request_uri_not_supported"),
            ({"registration": "{}"}, "registration_not_supported"),
        ],
        ids=str,
    )
    def test_it_is_told_by_the_standards_error(self, service, changes, error):
        answer = service.led(**changes)
        sent_back(answer, error)
        said = query_of(answer.headers["location"])
        assert (said["state"], said["iss"]) == ("the-state", service.issuer)

    @pytest.mark.parametrize("name", ["scope", "code_challenge", "nonce", "state", "response_type", "prompt"])
    def test_what_is_said_twice_is_not_guessed(self, service, name):
        sent_back(service.led(f"{service.address(prompt='login')}&{name}=x"), "invalid_request")

    def test_scopes_that_it_may_not_have_are_left_out(self, keyed, browser):
        asked = browser.asked(browser.authorize(keyed.address(scope="openid email national_id admin")))
        assert [scope["id"] for scope in asked["scopes"]] == ["openid"]

    def test_a_question_of_eight_kilobytes(self, service):
        assert service.led(state="a" * 8000).status_code < 500

    @pytest.mark.parametrize("text", ["\x00", "é\ud7ff", "%", "a\r\nb: c", "<script>", "\u202e", "{}", "a&b=c"])
    def test_what_a_client_remembers_comes_back_as_it_was(self, service, text):
        back = service.browser.agree(service.address(state=text))
        assert query_of(back)["state"] == text
        assert "\r" not in back
        assert "\n" not in back


class TestWhoAnswers:
    """The person's own answer alone, from the portal's own page."""

    def test_another_origin_answers_nothing(self, town, browser, service):
        query = browser.authorize(service.address())
        for origin in ("https://evil.example", "null", town.local.sample_url):
            headers = {"Cookie": f"session={browser.person.session}", "Origin": origin}
            body = {"query": query, "approve": True}
            answer = town.http.post(f"{browser.issuer}/authorize", json=body, headers=headers)
            assert answer.status_code == 403, "the sample service too: a port is no part of a site, but of an origin"
            assert "code=" not in answer.text

    def test_nobody_answers_for_who_is_not_there(self, browser, service):
        query = browser.authorize(service.address())
        browser.person.session = ""
        problem(browser.answer(query), 401, "unauthenticated")

    def test_a_get_agrees_to_nothing(self, browser, service):
        query = browser.authorize(service.address())
        browser.at_portal("GET", f"{browser.issuer}/authorize?{query}&approve=true")
        browser.asked(query)
        assert browser.person.get("/v1/me/consents")["items"] == []

    def test_no_session_of_another_portal_is_one_of_this(self, town, service):
        stranger = town.citizen("ipsot")
        with Browser(stranger) as browser:
            query = service.address().partition("?")[2]
            asked = expect(browser.at_portal("GET", f"{service.issuer}/authorize/request?{query}"), 200)
            assert asked["next"] == "sign_in"
            said = browser.at_portal("POST", f"{service.issuer}/authorize", json={"query": query, "approve": True})
            assert "code=" not in said.text

    @pytest.mark.parametrize("wish", [{"prompt": "login"}, {"max_age": "0"}])
    def test_a_fresh_entry_is_not_talked_away(self, browser, service, wish):
        """`asked` says when a service asked: without it, or with another's, nobody has entered since."""
        query = browser.authorize(service.address(**wish))
        plain, _, mark = query.rpartition("&asked=")
        other = browser.authorize(service.address(state="other", **wish)).rpartition("&asked=")[2]
        for bent in (plain, f"{plain}&asked=", f"{plain}&asked={other}", f"{plain}&asked={mark[:-1]}", f"{query}&a=b"):
            answer = browser.at_portal("GET", f"{browser.issuer}/authorize/request?{bent}")
            assert answer.status_code == 400 or answer.json()["next"] == "sign_in"
            assert "code=" not in browser.answer(bent).text
        browser.person.enter()
        assert browser.asked(query)["next"] == "consent"

    def test_the_answer_is_not_kept_and_names_no_referrer(self, browser, service):
        led = service.led()
        for answer in (led, browser.answer(led.headers["location"].partition("?")[2])):
            assert answer.headers["cache-control"] == "no-store"
            assert answer.headers["referrer-policy"] == "no-referrer"


class TestCode:
    def test_one_that_is_replayed_ends_what_came_of_it(self, service):
        code = service.code()
        tokens = expect(service.exchange(code), 200)
        assert service.userinfo(tokens["access_token"]).status_code == 200
        refused(service.exchange(code), "invalid_grant")
        assert service.userinfo(tokens["access_token"]).status_code == 401
        refused(service.refresh(tokens["refresh_token"]), "invalid_grant")

    def test_one_of_another_client_is_none(self, service, keyed):
        refused(keyed.exchange(service.code(), code_verifier=service.verifier), "invalid_grant")
        code = keyed.code()
        refused(service.exchange(code, code_verifier=keyed.verifier, redirect_uri=keyed.callback), "invalid_grant")
        refused_client(service.exchange(code, client_id="muestra", code_verifier=keyed.verifier))
        assert keyed.exchange(code).status_code == 200, "who stole it has not used it up"

    @pytest.mark.parametrize(
        "changes",
        [
            {"code_verifier": None},
            {"code_verifier": ""},
            {"code_verifier": "a" * 43},
            {"code_verifier": "short"},
            {"redirect_uri": None},
            {"redirect_uri": "https://otro-servicio.example.ec/other"},
        ],
        ids=str,
    )
    def test_one_without_what_belongs_to_it_opens_nothing(self, service, changes):
        answer = service.exchange(service.code(), **changes)
        assert answer.json()["error"] in ("invalid_grant", "invalid_request")
        refused(answer, answer.json()["error"])

    def test_the_challenge_is_no_verifier(self, service):
        code = service.code()
        refused(service.exchange(code, code_verifier=challenge_of(service.verifier)), "invalid_grant")

    def test_one_is_late_after_a_minute(self, town, service):
        code = service.code()
        town.local.advance(61)
        refused(service.exchange(code), "invalid_grant")

    @pytest.mark.parametrize("how", ["logout", "password", "close"])
    def test_one_is_none_once_the_session_has_ended(self, citizen, service, how):
        code = service.code()
        if how == "logout":
            expect(citizen.call("DELETE", "/v1/sessions/current"), 204)
        elif how == "password":
            citizen.enter()
            expect(citizen.call("POST", "/v1/me/password", {"current": citizen.password, "new": new_password()}), 200)
        else:
            expect(citizen.call("POST", "/v1/me/close", {"current_password": citizen.password}), 204)
        refused(service.exchange(code), "invalid_grant")

    def test_no_part_of_one_can_be_changed(self, service):
        code = service.code()
        for place in range(0, len(code), 7):
            letter = "b" if code[place] == "a" else "a"
            refused(service.exchange(f"{code[:place]}{letter}{code[place + 1 :]}"), "invalid_grant")
        assert service.exchange(code).status_code == 200

    def test_one_is_no_other_token(self, town, service):
        code = service.code()
        refused(service.refresh(code), "invalid_grant")
        assert service.userinfo(code).status_code == 401
        problem(town.http.post("/v1/verifications", json={"token": code}), 410, "token-gone")
        tokens = service.tokens()
        for name in TOKENS:
            refused(service.exchange(tokens[name]), "invalid_grant")

    def test_one_of_this_portal_is_none_at_another(self, service):
        code = service.code()
        ipsot = service.issuer.replace("/demo", "/ipsot")
        refused_client(service.post("token", issuer=ipsot, grant_type="authorization_code", code=code))

    def test_neither_code_nor_token_lies_in_a_table(self, town, service):
        code = service.code()
        tokens = expect(service.exchange(code), 200)
        stored = str(town.stored())
        for secret in (code, tokens["access_token"], tokens["refresh_token"]):
            assert secret not in stored
            assert secret.rpartition(".")[2] not in stored


class TestRefresh:
    def test_one_that_is_used_again_ends_the_family(self, service):
        first = service.tokens()
        second = expect(service.refresh(first["refresh_token"]), 200)
        assert service.userinfo(second["access_token"]).status_code == 200
        refused(service.refresh(first["refresh_token"]), "invalid_grant")
        refused(service.refresh(second["refresh_token"]), "invalid_grant")
        for tokens in (first, second):
            assert service.userinfo(tokens["access_token"]).status_code == 401

    def test_another_family_of_the_same_person_lives_on(self, service):
        one, other = service.tokens(), service.tokens()
        expect(service.refresh(one["refresh_token"]), 200)
        refused(service.refresh(one["refresh_token"]), "invalid_grant")
        expect(service.refresh(other["refresh_token"]), 200)

    def test_one_of_another_client_is_none(self, service, keyed):
        mine, theirs = service.tokens(), keyed.tokens()
        refused(keyed.refresh(mine["refresh_token"]), "invalid_grant")
        refused(service.refresh(theirs["refresh_token"]), "invalid_grant")
        expect(service.refresh(mine["refresh_token"]), 200)
        expect(keyed.refresh(theirs["refresh_token"]), 200)

    def test_it_gives_no_more_than_was_agreed_to(self, service):
        tokens = service.tokens(scope="openid profile offline_access")
        answer = service.refresh(tokens["refresh_token"], scope="openid profile email offline_access")
        refused(answer, "invalid_scope")

    def test_what_a_client_gives_up_of_another_stays(self, service, keyed):
        tokens = keyed.tokens()
        for token in (tokens["refresh_token"], tokens["access_token"]):
            assert service.post("revoke", token=token).status_code == 200
        expect(keyed.refresh(tokens["refresh_token"]), 200)

    @pytest.mark.parametrize("grant", ["password", "client_credentials", "implicit", "", None])
    def test_no_other_grant_is_known(self, service, citizen, grant):
        form = {"username": citizen.number, "password": citizen.password, "scope": "openid"}
        answer = service.post("token", grant_type=grant, **form)
        assert answer.json()["error"] in ("unsupported_grant_type", "invalid_request")
        refused(answer, answer.json()["error"])


class TestProofOfAClient:
    """`private_key_jwt` (RFC 7523), for this portal, once, and not for long."""

    @pytest.mark.parametrize(
        "changes",
        [
            {"aud": "https://evil.example/token"},
            {"aud": None},
            {"aud": []},
            {"iss": CLIENT},
            {"iss": None},
            {"sub": CLIENT},
            {"sub": None},
            {"sub": ["muestra"]},
            {"exp": 1},
            {"exp": None},
            {"exp": 99_999_999_999},
            {"exp": "soon"},
            {"jti": None},
            {"jti": ""},
            {"jti": 1},
            {"nbf": 99_999_999_999},
        ],
        ids=str,
    )
    def test_one_that_is_not_for_here_and_now_proves_nothing(self, keyed, changes):
        code = keyed.code()
        proof = keyed.assertion(**changes)
        refused_client(keyed.exchange(code, client_assertion_type=ASSERTION_TYPE, client_assertion=proof))
        assert keyed.exchange(code).status_code == 200, "and uses nothing up"

    def test_of_another_portal_neither(self, keyed):
        proof = keyed.assertion(aud=keyed.issuer.replace("/demo", "/ipsot"))
        answer = keyed.exchange(keyed.code(), client_assertion_type=ASSERTION_TYPE, client_assertion=proof)
        refused_client(answer)

    @pytest.mark.parametrize("where", ["", "/token"])
    def test_it_is_for_the_issuer_or_its_token_endpoint(self, keyed, where):
        proof = keyed.assertion(aud=f"{keyed.issuer}{where}")
        answer = keyed.exchange(keyed.code(), client_assertion_type=ASSERTION_TYPE, client_assertion=proof)
        assert answer.status_code == 200

    def test_one_works_once(self, keyed):
        codes, proof = [keyed.code(), keyed.code()], keyed.assertion()
        said = {"client_assertion_type": ASSERTION_TYPE, "client_assertion": proof}
        assert keyed.exchange(codes[0], **said).status_code == 200
        refused_client(keyed.exchange(codes[1], **said))

    def test_one_is_remembered_for_as_long_as_it_lives(self, town, keyed):
        """(in) The store forgets by itself; a library's own default is an hour."""
        expires = int(time.time() + town.local.clock.offset) + 3590
        before = forgotten(town)
        proof = keyed.assertion(exp=int(time.time()) + 3590)
        said = {"client_assertion_type": ASSERTION_TYPE, "client_assertion": proof}
        assert keyed.exchange(keyed.code(), **said).status_code == 200
        [mine] = [ttl for name, ttl in forgotten(town).items() if name not in before]
        assert mine >= expires

    def test_another_key_proves_nothing(self, keyed):
        said = {"client_assertion_type": ASSERTION_TYPE}
        public = json.dumps(keyed.key.as_dict(private=False))
        proofs = [
            keyed.assertion(ECKey.generate_key("P-256")),
            keyed.assertion(RSAKey.generate_key(2048), "RS256"),
            keyed.assertion(OctKey.import_key(public), "HS256"),
            f"{UNSIGNED}.{keyed.assertion().split('.')[1]}.",
            "a.b.c",
            "",
            "." * 3,
        ]
        code = keyed.code()
        for proof in proofs:
            refused_client(keyed.exchange(code, client_assertion=proof, **said))
        assert keyed.exchange(code).status_code == 200

    def test_who_has_a_key_does_without_it_nowhere(self, keyed):
        code = keyed.code()
        nothing = {"client_assertion": None, "client_id": "muestra"}
        refused_client(keyed.exchange(code, **nothing))
        refused_client(keyed.exchange(code, **nothing, client_secret="secret"))
        refused_client(keyed.refresh("a", **nothing))
        refused_client(keyed.post("revoke", token="a", **nothing))

    def test_who_has_none_shows_no_other(self, service, keyed):
        proof = keyed.assertion(iss=CLIENT, sub=CLIENT)
        answer = service.exchange(service.code(), client_assertion_type=ASSERTION_TYPE, client_assertion=proof)
        refused_client(answer)


def forgotten(town: Town) -> dict[str, int]:
    """Return when the proofs that were used are forgotten, in seconds since 1970."""
    from ventanilla.wiring import services

    client: Any = services().dynamo.connection.client
    with town.local.lock:
        pages = client.get_paginator("scan").paginate(TableName=town.local.environment["TOKENS_TABLE"])
        items = [item for page in pages for item in page["Items"]]
    return {item["pk"]["S"]: int(item["ttl"]["N"]) for item in items if item["pk"]["S"].startswith("nonce#")}


class TestAccessToken:
    def refused(self, answer: httpx.Response) -> None:
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"].startswith("Bearer")
        assert "sub" not in answer.json()

    def test_one_lives_ten_minutes(self, town, service):
        token = service.tokens()["access_token"]
        town.local.advance(601)
        self.refused(service.userinfo(token))

    def test_it_opens_nothing_else(self, town, service):
        tokens = service.tokens()
        for name in TOKENS:
            answer = town.http.get("/v1/me", headers={"Authorization": f"Bearer {tokens[name]}"})
            problem(answer, 401, "unauthenticated")

    def test_nothing_else_opens_it(self, citizen, service):
        tokens = service.tokens()
        for other in (tokens["refresh_token"], tokens["id_token"], citizen.session, "a.b.c", ".", "é"):
            bearer = {b"Authorization": f"Bearer {other}".encode()}
            answer = service.browser.town.http.get(f"{service.issuer}/userinfo", headers=bearer)
            self.refused(answer)

    def test_nor_the_portals_cookie(self, browser, service):
        self.refused(browser.at_portal("GET", f"{service.issuer}/userinfo"))

    def test_it_is_not_taken_from_an_address(self, town, service):
        token = service.tokens()["access_token"]
        self.refused(town.http.get(f"{service.issuer}/userinfo?access_token={token}"))

    def test_it_is_none_at_another_portal(self, service):
        token = service.tokens()["access_token"]
        self.refused(service.userinfo(token, service.issuer.replace("/demo", "/ipsot")))

    def test_no_part_of_it_can_be_changed(self, service):
        token = service.tokens()["access_token"]
        for place in range(0, len(token), 7):
            letter = "b" if token[place] == "a" else "a"
            self.refused(service.userinfo(f"{token[:place]}{letter}{token[place + 1 :]}"))

    @pytest.mark.parametrize("how", ["logout", "withdrawn", "locked"])
    def test_it_ends_with_what_it_came_from(self, citizen, service, how):
        token = service.tokens()["access_token"]
        if how == "logout":
            expect(citizen.call("DELETE", "/v1/sessions/current"), 204)
        elif how == "withdrawn":
            expect(citizen.call("DELETE", f"/v1/me/consents/{CLIENT}"), 204)
        else:
            lock(citizen)
        self.refused(service.userinfo(token))


def lock(person: Person) -> None:
    """Let the staff lock an account."""
    from dataclasses import replace

    from ventanilla.wiring import services

    with person.town.local.lock:
        account = services().accounts.get(person.portal, person.number)
        services().accounts.change(account, replace(account, status="locked", epoch=account.epoch + 1))


class TestSignOut:
    def test_an_address_that_is_not_registered_is_led_to_by_nothing(self, browser, service):
        hint = service.tokens()["id_token"]
        for target in ("https://evil.example/", f"{CALLBACK}", "https://otro-servicio.example.ec", "//evil.example"):
            held(browser.at_portal("GET", f"{service.issuer}/logout", params=leaving(hint, target)))
            query = str(httpx.QueryParams(leaving(hint, target)))
            held(browser.at_portal("POST", f"{service.issuer}/logout", json={"query": query}))
        browser.person.get("/v1/me")

    def test_nor_one_whose_service_is_not_known(self, browser, service, keyed):
        target = "https://otro-servicio.example.ec/"
        forged = jwt.encode({"alg": "ES256"}, {"iss": service.issuer, "aud": CLIENT}, ECKey.generate_key("P-256"))
        for hint in (None, "", "a.b.c", forged, keyed.tokens()["id_token"], keyed.tokens()["access_token"]):
            held(browser.at_portal("GET", f"{service.issuer}/logout", params=leaving(hint, target)))

    def test_another_origin_signs_nobody_out(self, town, citizen, service):
        for origin in ("https://evil.example", "null", town.local.sample_url):
            headers = {"Cookie": f"session={citizen.session}", "Origin": origin}
            town.http.post(f"{service.issuer}/logout", json={"query": ""}, headers=headers)
            town.http.post(f"{service.issuer}/logout", data={"state": "a"}, headers=headers)
            citizen.get("/v1/me")


def leaving(hint: str | None, target: str) -> dict[str, str]:
    """Return what a service asks for when its user leaves."""
    return {**({"id_token_hint": hint} if hint is not None else {}), "post_logout_redirect_uri": target}


class TestServices:
    """What a service's library must not believe, it does not: so the platform says what it needs for that."""

    def test_a_state_that_is_not_the_browsers(self, browser, node):
        back = browser.agree(browser.to_portal())
        state = query_of(back)["state"]
        assert "Código: mismatching_state" in browser.back(back.replace(state, "x" * len(state)))
        with Browser(browser.person) as other:
            assert "Código: mismatching_state" in other.back(back), "a victim is not signed in as somebody else"
        begun = node("begin")
        with pytest.raises(Refused):
            node("finish", url=browser.agree(begun["url"]).replace(begun["state"], "x"), state=begun["state"])

    def test_a_nonce_that_is_not_the_services(self, browser, node):
        with pytest.raises(Refused):
            node("finish", url=browser.agree(node("begin")["url"]), nonce="another")
        address = browser.to_portal()
        nonce = query_of(address)["nonce"]
        said = browser.back(browser.agree(address.replace(nonce, "x" * len(nonce))))
        assert "Código: id_token" in said

    def test_an_answer_of_another_issuer(self, browser, node):
        """Mix-up: a service that knows several portals is sent the code of one as if it came from another."""
        for service, back in (("sample", browser.agree(browser.to_portal())), ("node", "")):
            url = back or browser.agree(node("begin")["url"])
            assert query_of(url)["iss"] == browser.issuer
            mixed = url.replace("portals%2Fdemo", "portals%2Fipsot")
            assert mixed != url
            if service == "sample":
                assert "Código: issuer" in browser.back(mixed)
            else:
                with pytest.raises(Refused):
                    node("finish", url=mixed)

    def test_a_code_that_comes_twice(self, browser):
        back = browser.agree(browser.to_portal())
        assert "Rosa Elvira" in browser.back(back)
        assert "No se pudo entrar" in browser.back(back)

    def test_what_a_thief_has_used_ends_for_both(self, browser, node):
        stolen = node("finish", url=browser.agree(node("begin")["url"]))["refresh_token"]
        node("refresh")
        with pytest.raises(Refused):
            node("refresh", token=stolen)
        with pytest.raises(Refused) as refused:
            node("refresh")
        assert refused.value.error == "invalid_grant"

    def test_a_session_that_has_run_out_is_told_so(self, town, citizen, browser, service):
        code = service.code()
        town.local.advance(13 * HOUR)
        refused(service.exchange(code), "invalid_grant")
        sent_back(service.led(prompt="none"), "login_required")
        query = browser.authorize(service.address())
        assert browser.asked(query)["next"] == "sign_in"
        problem(browser.answer(query), 401, "unauthenticated")


class TestWhatIsPublished:
    def test_no_private_part_of_a_key(self, town, service):
        keys = expect(town.http.get(f"{service.issuer}/jwks"), 200)["keys"]
        assert {key["alg"] for key in keys} == {"RS256", "ES256"}
        for key in keys:
            assert not {"d", "p", "q", "dp", "dq", "qi", "k"} & key.keys()
            assert key["use"] == "sig"

    def test_nothing_that_is_not_there(self, town, service):
        said = expect(town.http.get(f"{service.issuer}/.well-known/openid-configuration"), 200)
        assert said["issuer"] == service.issuer
        assert said["response_types_supported"] == ["code"]
        assert said["code_challenge_methods_supported"] == ["S256"]
        assert set(said["grant_types_supported"]) == {"authorization_code", "refresh_token"}
        assert "none" not in said["id_token_signing_alg_values_supported"]
        assert said["subject_types_supported"] == ["pairwise"]

    def test_a_forged_host_changes_no_address(self, town, service):
        headers = {"Host": "evil.example", "X-Forwarded-Host": "evil.example"}
        said = town.http.get(f"{service.issuer}/.well-known/openid-configuration", headers=headers)
        assert "evil.example" not in said.text
        led = town.http.get(service.address(), headers=headers)
        assert led.headers["location"].startswith(town.local.base_url)

    def test_an_id_token_says_no_more_than_it_must(self, citizen, service):
        token = service.tokens(scope="openid profile email national_id grants")["id_token"]
        claims: dict[str, Any] = dict(jwt.decode(token, keys_of(service), algorithms=["RS256"]).claims)
        assert not {"name", "email", "national_id", "grants"} & claims.keys()
        assert citizen.number not in str(claims)
        assert claims["aud"] == CLIENT
        assert claims["nonce"] == "the-nonce"


def keys_of(service: ByHand) -> Any:
    """Return the portal's keys as a service reads them."""
    from joserfc.jwk import KeySet

    return KeySet.import_key_set(service.browser.town.http.get(f"{service.issuer}/jwks").json())


def test_neither_codes_nor_tokens_nor_who_it_is_are_logged(town, citizen, service, keyed, log):  # noqa: F811  # the fixture
    code = service.code(login_hint="1710034065")
    tokens = expect(service.exchange(code), 200)
    proof = keyed.assertion()
    keyed.exchange(keyed.code(), client_assertion_type=ASSERTION_TYPE, client_assertion=proof)
    service.userinfo(tokens["access_token"])
    service.exchange(code)
    expect(citizen.call("DELETE", "/v1/sessions/current"), 204)
    town.local.settle()
    routes = [route for route, _, _ in log.requests()]
    assert routes.count("POST /v1/portals/{portal}/token") == 3
    secrets = (code, proof, *(tokens[name] for name in TOKENS), service.verifier, keyed.verifier)
    assert log.holds(*secrets, citizen.number, citizen.email, "1710034065", "quishpe") == []
