"""The provider over HTTP: who is led where, what clients are told, and what the standard wants of both."""

import base64
import hashlib
import json
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import pytest
from authlib.oauth2.rfc8414 import AuthorizationServerMetadata
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet

from tests.conftest import ROOT, counted_calls
from tests.fakes import BASE_URL
from tests.functions.conftest import EMAIL, EVENTS, NUMBER, bearer, event_of
from ventanilla.domain.grants import Grant
from ventanilla.domain.openid_clients import Client

ISSUER = f"{BASE_URL}/v1/portals/demo"
CALLBACK = "https://otro-servicio.example.ec/callback"
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
ASKED = dict(parse_qsl(EVENTS["oidc.authorize"]["rawQueryString"]))
KEY = ECKey.generate_key("P-256")
CONFIDENTIAL = Client(
    "con-clave",
    "Con clave",
    ("https://clave.example.ec/cb",),
    jwk={name: value for name, value in KEY.as_dict(private=False).items() if name in ("kty", "crv", "x", "y")},
    scopes=("openid", "offline_access"),
    consent=False,
    id_token_alg="ES256",
)


@pytest.fixture
def token(site):
    return site.enter(site.account(grants=(Grant("acopio", "1790012345001"),)))


@pytest.fixture
def confidential(site, monkeypatch):
    portal = site.services.portals.get("demo")
    object.__setattr__(portal, "clients", (*portal.clients, CONFIDENTIAL))
    yield CONFIDENTIAL
    object.__setattr__(portal, "clients", portal.clients[:-1])


def query_of(answer):
    return dict(parse_qsl(urlsplit(answer.headers["location"]).query))


def ask(site, *, token=None, **changes):
    query = {name: value for name, value in {**ASKED, **changes}.items() if value is not None}
    headers = {"cookie": None} | (bearer(token) if token else {})
    return site.call("oidc.authorize", query=query, headers=headers)


def agree(site, token, *, approve=True, **changes):
    """Ask, agree on the page, and return where that leads."""
    page = ask(site, **changes)
    query = urlsplit(page.headers["location"]).query
    answer = site.call("oidc.answer-unauthenticated", headers=bearer(token), body={"query": query, "approve": approve})
    assert answer.status == 200, answer.text
    return answer.json["redirect_to"]


def code_of(location):
    [code] = parse_qs(urlsplit(location).query)["code"]
    return code


def redeem(site, code, **changes):
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": CALLBACK,
        "client_id": "otro-servicio",
        "code_verifier": VERIFIER,
        **changes,
    }
    return post(site, "oidc.grant-refused", {name: value for name, value in form.items() if value is not None})


def post(site, name, form):
    answer = site.call(name, body=urlencode(form))
    if answer.status == 200 and answer.text not in ("{}", ""):
        site.log.secrets |= {answer.json[one] for one in ("access_token", "refresh_token") if one in answer.json}
    return answer


def proof(**changes):
    import time

    now = int(time.time())
    claims = {
        "iss": "con-clave",
        "sub": "con-clave",
        "aud": ISSUER,
        "jti": "j1",
        "iat": now,
        "exp": now + 60,
        **changes,
    }
    said = {name: value for name, value in claims.items() if value is not None}
    return {
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "client_assertion": jwt.encode({"alg": "ES256"}, said, KEY, ["ES256"]),
    }


class TestDiscovery:
    def test_what_it_says_of_itself_is_sound(self, site):
        said = site.call("oidc.configuration").json
        AuthorizationServerMetadata(said).validate()
        assert said["issuer"] == ISSUER
        assert said["code_challenge_methods_supported"] == ["S256"]
        assert said["response_types_supported"] == ["code"]
        assert "password" not in said["grant_types_supported"]
        assert said["authorization_response_iss_parameter_supported"] is True

    def test_every_address_that_it_names_is_one_of_ours(self, site):
        said = site.call("oidc.configuration").json
        served = {event["rawPath"] for name, event in EVENTS.items() if name.startswith("oidc.")}
        named = {value.removeprefix(BASE_URL) for name, value in said.items() if name.endswith(("_endpoint", "_uri"))}
        assert named <= served

    def test_a_portal_that_is_not_open_is_not_found(self, site):
        event = event_of("oidc.configuration")
        event["pathParameters"] = {"portal": "atlantis"}
        event["rawPath"] = event["rawPath"].replace("demo", "atlantis")
        assert site.call(event).status == 404


class TestAsking:
    def test_the_browser_is_led_to_the_page_with_the_query_and_when_it_was_asked(self, site):
        answer = ask(site)
        there = urlsplit(answer.headers["location"])
        assert (answer.status, f"{there.scheme}://{there.netloc}{there.path}") == (302, f"{BASE_URL}/demo/authorize")
        assert {**query_of(answer), "asked": ""} == {**ASKED, "asked": ""}

    def test_what_a_client_says_of_when_it_asked_is_ours_to_say(self, site):
        assert query_of(ask(site, asked="forged"))["asked"] != "forged"

    @pytest.mark.parametrize(
        "changes",
        [
            {"client_id": "nobody"},
            {"client_id": None},
            {"redirect_uri": None},
            {"redirect_uri": f"{CALLBACK}/"},
            {"redirect_uri": "https://evil.example.ec/"},
            {"redirect_uri": f"{CALLBACK}?next=https://evil.example.ec"},
            {"redirect_uri": "javascript:alert(1)"},
        ],
    )
    def test_whom_we_do_not_know_is_led_nowhere(self, site, changes):
        answer = ask(site, **changes)
        assert (answer.status, answer.problem) == (400, "client-refused")
        assert "location" not in answer.headers
        assert "evil" not in answer.text

    def test_a_client_or_address_that_is_there_twice_leads_nowhere(self, site):
        event = event_of("oidc.authorize")
        event["rawQueryString"] += "&redirect_uri=https%3A%2F%2Fevil.example.ec%2F"
        assert site.call(event).problem == "client-refused"

    @pytest.mark.parametrize(
        ("changes", "error"),
        [
            ({"response_type": "token"}, "unsupported_response_type"),
            ({"response_type": "code id_token"}, "unsupported_response_type"),
            ({"response_type": None}, "unsupported_response_type"),
            ({"code_challenge": None}, "invalid_request"),
            ({"code_challenge_method": None}, "invalid_request"),
            ({"code_challenge_method": "plain"}, "invalid_request"),
            ({"code_challenge": "short"}, "invalid_request"),
            ({"scope": "profile"}, "invalid_scope"),
            ({"scope": None}, "invalid_scope"),
            ({"prompt": "none login"}, "invalid_request"),
            ({"prompt": "maybe"}, "invalid_request"),
            ({"max_age": "-1"}, "invalid_request"),
            ({"max_age": "x"}, "invalid_request"),
            ({"response_mode": "fragment"}, "invalid_request"),
            ({"request": "x.y.z"}, "request_not_supported"),
            ({"request_uri": "https://x"}, "request_uri_not_supported"),
            ({"nonce": "n" * 300}, "invalid_request"),
            ({"prompt": "none"}, "login_required"),
        ],
    )
    def test_the_client_is_told_what_does_not_fit_in_the_standards_words(self, site, changes, error):
        answer = ask(site, **changes)
        assert answer.status == 302
        assert answer.headers["location"].startswith(f"{CALLBACK}?")
        told = query_of(answer)
        assert (told["error"], told["state"], told["iss"]) == (error, ASKED["state"], ISSUER)

    def test_a_parameter_that_is_there_twice_is_refused(self, site):
        event = event_of("oidc.authorize")
        event["rawQueryString"] += "&nonce=another"
        assert query_of(site.call(event))["error"] == "invalid_request"

    def test_the_page_hears_the_same_of_one_that_would_not_have_come_here(self, site):
        query = {**ASKED, "code_challenge_method": "plain"}
        assert site.call("oidc.asked", query=query).problem == "client-refused"

    def test_the_page_hears_who_asks_and_what_comes_first(self, site, token):
        assert site.call("oidc.asked").json["next"] == "sign_in"
        shown = site.call("oidc.asked", headers={**bearer(token), "accept-language": "en"}).json
        assert (shown["client"]["name"], shown["next"]) == ("Another service", "consent")


class TestAnswering:
    def test_a_code_goes_back_with_state_and_issuer(self, site, token):
        told = dict(parse_qsl(urlsplit(agree(site, token)).query))
        assert (told["state"], told["iss"]) == (ASKED["state"], ISSUER)
        assert told["code"].startswith("openid-code.")

    def test_who_declines_goes_back_without_one(self, site, token):
        assert "error=access_denied" in agree(site, token, approve=False)

    def test_by_cookie_only_our_own_page_may_answer(self, site, token):
        event = event_of("oidc.answer-unauthenticated", headers={"authorization": None, "origin": "https://evil.ec"})
        event["cookies"] = [f"__Host-session={token}"]
        assert site.call(event).problem == "cross-origin"
        event["headers"]["origin"] = BASE_URL
        assert site.call(event).status == 200

    def test_nobody_is_sent_on_with_steps_pending(self, site):
        pending = site.enter(site.account(todo=("check_data",)))
        answer = site.call("oidc.answer-unauthenticated", headers=bearer(pending))
        assert answer.problem == "steps-pending"

    def test_the_session_of_another_portal_is_none_here(self, site):
        elsewhere = site.enter(site.account(portal="staff"))
        assert "error=login_required" in agree(site, elsewhere)

    def test_at_once_where_nothing_has_to_be_asked(self, site, token):
        assert query_of(ask(site, token=token, prompt="none"))["error"] == "consent_required"
        agree(site, token)
        assert query_of(ask(site, token=token, prompt="none"))["code"]
        site.clock.advance(minutes=5)
        assert query_of(ask(site, token=token, prompt="none", max_age="60"))["error"] == "login_required"

    def test_a_fresh_entry_is_one_after_it_was_asked(self, site):
        account = site.account()
        early = site.enter(account)
        site.clock.advance(seconds=1)
        assert "error=login_required" in agree(site, early, prompt="login")
        assert "code=" in agree(site, site.enter(account), prompt="login")


class TestTokens:
    def test_a_code_brings_an_id_token_that_the_published_keys_verify(self, site, token):
        answer = redeem(site, code_of(agree(site, token)))
        keys = KeySet.import_key_set(site.call("oidc.jwks").json)
        claims = jwt.decode(answer.json["id_token"], keys, algorithms=["RS256"]).claims
        assert (claims["iss"], claims["aud"], claims["nonce"]) == (ISSUER, "otro-servicio", ASKED["nonce"])
        assert (answer.headers["cache-control"], answer.headers["pragma"]) == ("no-store", "no-cache")
        assert "refresh_token" not in answer.json

    def test_what_it_opens_is_what_was_agreed_to(self, site, token):
        tokens = redeem(site, code_of(agree(site, token))).json
        told = site.call("oidc.claims-tokenless", headers=bearer(tokens["access_token"])).json
        assert told["grants"] == [{"role": "acopio", "scope": "1790012345001"}]
        assert told["name"] == "Ana Lucía Prueba Ejemplo"
        assert {EMAIL, NUMBER} & set(map(str, told.values())) == set()
        posted = site.call("oidc.posted-claims-tokenless", headers=bearer(tokens["access_token"]))
        assert posted.json == told

    def test_what_opens_nothing_is_told_as_the_standard_wants(self, site):
        answer = site.call("oidc.claims-tokenless", headers=bearer("openid-access.k1.00.a-1-1.x"))
        assert (answer.status, answer.headers["www-authenticate"]) == (401, 'Bearer error="invalid_token"')

    @pytest.mark.parametrize(
        ("changes", "error"),
        [
            ({"code_verifier": "x" * 43}, "invalid_grant"),
            ({"code_verifier": None}, "invalid_request"),
            ({"redirect_uri": "https://otro-servicio.example.ec/other"}, "invalid_grant"),
            ({"redirect_uri": None}, "invalid_grant"),
            ({"client_id": "nobody"}, "invalid_client"),
            ({"client_id": None}, "invalid_client"),
            ({"client_id": "muestra"}, "invalid_client"),
            ({"client_secret": "guessed"}, "invalid_client"),
            ({"grant_type": "password"}, "unsupported_grant_type"),
            ({"grant_type": None}, "unsupported_grant_type"),
            ({"code": None}, "invalid_request"),
            ({"code": "x"}, "invalid_grant"),
        ],
    )
    def test_what_does_not_fit_is_refused_in_the_standards_words(self, site, token, changes, error):
        code = code_of(agree(site, token))
        answer = redeem(site, **{"code": code, **changes})
        assert (answer.status in (400, 401), answer.json["error"]) == (True, error)
        assert redeem(site, code).status == 200

    def test_a_replayed_code_ends_its_tokens(self, site, token):
        code = code_of(agree(site, token))
        tokens = redeem(site, code).json
        assert redeem(site, code).json == {"error": "invalid_grant"}
        assert site.call("oidc.claims-tokenless", headers=bearer(tokens["access_token"])).status == 401

    def test_a_parameter_that_is_there_twice_is_refused(self, site, token):
        form = f"{EVENTS['oidc.grant-refused']['body']}&code=another"
        assert site.call("oidc.grant-refused", body=form).json["error"] == "invalid_request"

    def test_a_form_is_taken_and_nothing_else(self, site):
        answer = site.call("oidc.grant-refused", headers={"content-type": "application/json"}, body="{}")
        assert answer.problem == "unsupported-media-type"

    def test_refresh_tokens_are_given_for_less_and_one_after_the_other(self, site, token):
        scope = "openid profile grants offline_access"
        first = redeem(site, code_of(agree(site, token, scope=scope))).json
        form = {"grant_type": "refresh_token", "client_id": "otro-servicio", "refresh_token": first["refresh_token"]}
        second = post(site, "oidc.grant-refused", {**form, "scope": "openid"}).json
        assert second["scope"] == "openid"
        told = site.call("oidc.claims-tokenless", headers=bearer(second["access_token"])).json
        assert "grants" not in told
        wider = {**form, "refresh_token": second["refresh_token"], "scope": "openid email"}
        assert post(site, "oidc.grant-refused", wider).json["error"] == "invalid_scope"
        assert post(site, "oidc.grant-refused", form).json["error"] == "invalid_grant"
        assert post(site, "oidc.grant-refused", {**form, "refresh_token": second["refresh_token"]}).status == 400

    def test_sign_out_ends_what_came_of_it(self, site, token):
        tokens = redeem(site, code_of(agree(site, token))).json
        site.call("session.end-unauthenticated", headers=bearer(token))
        assert site.call("oidc.claims-tokenless", headers=bearer(tokens["access_token"])).status == 401

    def test_a_token_is_revoked_by_its_client_and_what_is_none_as_quietly(self, site, token):
        tokens = redeem(site, code_of(agree(site, token))).json
        form = {"token": tokens["access_token"], "client_id": "otro-servicio"}
        assert post(site, "oidc.revoke", {**form, "client_id": "nobody"}).json["error"] == "invalid_client"
        assert post(site, "oidc.revoke", {"client_id": "otro-servicio"}).json["error"] == "invalid_request"
        assert [post(site, "oidc.revoke", form).status for _ in range(2)] == [200, 200]
        assert site.call("oidc.claims-tokenless", headers=bearer(tokens["access_token"])).status == 401


class TestClientsWithAKey:
    ASKS = {"client_id": "con-clave", "redirect_uri": "https://clave.example.ec/cb", "scope": "openid offline_access"}

    def redeem(self, site, token, **assertion):
        code = code_of(agree(site, token, **self.ASKS))
        where = {"redirect_uri": self.ASKS["redirect_uri"], "client_id": "con-clave"}
        return redeem(site, code, **{**where, **proof(**assertion)})

    @pytest.mark.parametrize("audience", [ISSUER, f"{ISSUER}/token", [ISSUER]])
    def test_a_proof_is_for_the_issuer_or_its_token_endpoint(self, site, token, confidential, audience):
        answer = self.redeem(site, token, aud=audience)
        assert answer.status == 200, answer.text
        keys = KeySet.import_key_set(site.call("oidc.jwks").json)
        assert jwt.decode(answer.json["id_token"], keys, algorithms=["ES256"])

    @pytest.mark.parametrize(
        "changes",
        [
            {"aud": "https://other.example.ec"},
            {"aud": f"{BASE_URL}/v1/portals/seps"},
            {"aud": None},
            {"iss": "muestra"},
            {"sub": "otro-servicio"},
            {"sub": None},
            {"sub": 1},
            {"exp": 1},
            {"exp": None},
            {"exp": 32503680000},
            {"jti": None},
            {"jti": 7},
        ],
    )
    def test_one_that_says_something_else_is_refused(self, site, token, confidential, changes):
        assert self.redeem(site, token, **changes).json["error"] == "invalid_client"

    def test_one_works_once(self, site, token, confidential):
        assert self.redeem(site, token).status == 200
        assert self.redeem(site, token).json["error"] == "invalid_client"

    def test_one_of_another_client_than_is_named_is_refused(self, site, token, confidential):
        code = code_of(agree(site, token, **self.ASKS))
        where = {"redirect_uri": self.ASKS["redirect_uri"], "client_id": "otro-servicio"}
        assert redeem(site, code, **where, **proof()).json["error"] == "invalid_client"

    def test_without_one_it_is_refused(self, site, token, confidential):
        code = code_of(agree(site, token, **self.ASKS))
        answer = redeem(site, code, client_id="con-clave", redirect_uri=self.ASKS["redirect_uri"])
        assert answer.json["error"] == "invalid_client"

    def test_one_that_another_key_signed_is_refused(self, site, token, confidential, monkeypatch):
        monkeypatch.setattr("tests.functions.test_oidc.KEY", ECKey.generate_key("P-256"))
        assert self.redeem(site, token).json["error"] == "invalid_client"

    def test_a_proof_is_used_up_by_revoking_as_well(self, site, token, confidential):
        tokens = self.redeem(site, token).json
        form = {"token": tokens["access_token"], **proof(jti="j2")}
        assert [post(site, "oidc.revoke", form).status for _ in range(2)] == [200, 400]


class TestLogout:
    def test_it_leads_to_the_page_that_asks(self, site):
        answer = site.call("oidc.logout-page")
        assert answer.headers["location"].startswith(f"{BASE_URL}/demo/logout?client_id=otro-servicio&")
        assert answer.cookies == {}

    def test_a_form_of_a_client_leads_there_too(self, site, token):
        form = urlencode({"client_id": "otro-servicio"})
        answer = site.call(
            "oidc.logout", body=form, headers={"content-type": "application/x-www-form-urlencoded", **bearer(token)}
        )
        assert (answer.status, answer.headers["location"]) == (303, f"{BASE_URL}/demo/logout?client_id=otro-servicio")
        assert site.call("account.unauthenticated", headers=bearer(token)).status == 200

    def test_whom_we_do_not_know_is_led_nowhere(self, site):
        query = {"client_id": "otro-servicio", "post_logout_redirect_uri": "https://evil.example.ec/"}
        assert site.call("oidc.logout-page", query=query).problem == "client-refused"
        assert site.call("oidc.logout", body={"query": urlencode(query)}).problem == "client-refused"

    def test_on_a_press_the_session_ends_and_the_browser_goes_on(self, site, token):
        answer = site.call("oidc.logout", headers=bearer(token))
        assert answer.json == {"redirect_to": "https://otro-servicio.example.ec/?state=s1"}
        assert answer.cookies["__Host-session"].startswith("__Host-session=;")
        assert site.call("account.unauthenticated", headers=bearer(token)).status == 401

    def test_who_has_left_already_goes_on_as_well(self, site):
        assert site.call("oidc.logout", body={"query": ""}).json == {"redirect_to": None}

    def test_another_sites_page_ends_nothing(self, site, token):
        event = event_of("oidc.logout", headers={"origin": "https://evil.ec"})
        event["cookies"] = [f"__Host-session={token}"]
        assert site.call(event).problem == "cross-origin"


class TestConsents:
    def test_they_are_listed_and_taken_back(self, site, token):
        tokens = redeem(site, code_of(agree(site, token))).json
        [line] = site.call("account.consents-unauthenticated", headers=bearer(token)).json["items"]
        assert (line["client"], [scope["id"] for scope in line["scopes"]]) == (
            "otro-servicio",
            ["openid", "profile", "grants"],
        )
        assert site.call("account.consent-unauthenticated", headers=bearer(token)).status == 204
        assert site.call("account.consent-unauthenticated", headers=bearer(token)).status == 404
        assert site.call("oidc.claims-tokenless", headers=bearer(tokens["access_token"])).status == 401
        assert query_of(ask(site, token=token, prompt="none"))["error"] == "consent_required"

    def test_they_are_told_with_all_that_is_held(self, site, token):
        agree(site, token)
        [consent] = site.call("account.export-unauthenticated", headers=bearer(token)).json["consents_to_systems"]
        assert (consent["client"], consent["scopes"]) == ("otro-servicio", ["openid", "profile", "grants"])


class TestSignout:
    def test_what_is_owed_is_done_and_what_is_not_is_no_failure(self, site):
        assert site.handle("signout") == {"batchItemFailures": []}

    def test_a_poisoned_message_comes_back(self, site):
        assert len(site.handle("signout.poisoned")["batchItemFailures"]) == 1

    def test_systems_that_were_entered_are_told(self, site, token, confidential, monkeypatch):
        from dataclasses import replace

        told = []
        portal = site.services.portals.get("demo")
        heard = replace(CONFIDENTIAL, backchannel_logout_uri="https://clave.example.ec/logout")
        object.__setattr__(portal, "clients", (*portal.clients[:-1], heard))
        monkeypatch.setattr(site.services.courier, "send", lambda *sent: told.append(sent))
        agree(site, token, **TestClientsWithAKey.ASKS)
        site.call("session.end-unauthenticated", headers=bearer(token))
        for _ in range(2):
            for row in site.services.outbox._row.scan():
                event = json.loads(json.dumps(EVENTS["signout"]))
                event["Records"] = [{**event["Records"][0], "body": json.dumps({"id": row.id})}]
                assert site.handle("signout", event) == {"batchItemFailures": []}
        [(url, _, body)] = told
        keys = KeySet.import_key_set(site.call("oidc.jwks").json)
        logout = jwt.decode(parse_qs(body.decode())["logout_token"][0], keys, algorithms=["ES256"])
        assert (url, logout.header["typ"]) == ("https://clave.example.ec/logout", "logout+jwt")
        assert logout.claims["iss"] == ISSUER
        assert site.owed() == []


class TestTrips:
    def test_a_token_exchange_takes_three_a_signature_by_kms_included(self, site, token, confidential):
        redeem(site, code_of(agree(site, token)))  # keys and secrets are read once in a process
        code = code_of(agree(site, token))
        with counted_calls() as calls:
            assert redeem(site, code).status == 200
        assert calls == {"BatchGetItem": 1, "TransactWriteItems": 1, "Sign": 1}

    def test_with_a_clients_proof_too(self, site, token, confidential):
        codes = [code_of(agree(site, token, **TestClientsWithAKey.ASKS)) for _ in range(2)]
        where = {"redirect_uri": "https://clave.example.ec/cb", "client_id": "con-clave"}
        assert redeem(site, codes[0], **where, **proof()).status == 200
        with counted_calls() as calls:
            answer = redeem(site, codes[1], **where, **proof(jti="j2"))
        assert answer.status == 200
        assert calls == {"BatchGetItem": 1, "TransactWriteItems": 1, "Sign": 1}
        form = {"grant_type": "refresh_token", "refresh_token": answer.json["refresh_token"], **proof(jti="j3")}
        with counted_calls() as calls:
            assert post(site, "oidc.grant-refused", form).status == 200
        assert calls == {"BatchGetItem": 1, "TransactWriteItems": 1, "Sign": 1}

    def test_verification_needs_no_signature(self, site, token):
        tokens = redeem(site, code_of(agree(site, token))).json
        with counted_calls() as calls:
            site.call("oidc.claims-tokenless", headers=bearer(tokens["access_token"]))
        assert calls == {"BatchGetItem": 2}

    def test_asking_takes_none_and_answering_three(self, site, token):
        with counted_calls() as calls:
            page = ask(site)
        assert calls in ({}, {"GetSecretValue": 1})
        body = {"query": urlsplit(page.headers["location"]).query, "approve": True}
        agree(site, token)
        with counted_calls() as calls:
            site.call("oidc.answer-unauthenticated", headers=bearer(token), body=body)
        assert calls == {"BatchGetItem": 2, "TransactWriteItems": 1}


def test_authlib_is_loaded_by_this_function_alone():
    import subprocess
    import sys

    said = (
        "import sys, importlib, pathlib\n"
        "for path in sorted(pathlib.Path('functions').glob('*/app.py')):\n"
        "    if path.parent.name != 'oidc': importlib.import_module(f'functions.{path.parent.name}.app')\n"
        "print([name for name in sys.modules if name.partition('.')[0] in ('authlib', 'joserfc')])"
    )
    done = subprocess.run([sys.executable, "-c", said], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == "[]"


def test_the_challenge_of_the_samples_is_that_of_their_verifier():
    digest = hashlib.sha256(VERIFIER.encode()).digest()
    assert base64.urlsafe_b64encode(digest).decode().rstrip("=") == ASKED["code_challenge"]
