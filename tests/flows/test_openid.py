"""An account opens other systems: two relying parties that we did not write sign their users in at `demo`."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pyotp
import pytest

from tests.flows.town import HOUR, Person, Town, expect, new_password
from tests.relying_parties.browser import Browser, query_of
from tests.relying_parties.node_service import CALLBACK, NodeService, Refused
from ventanilla.domain.grants import Grant

ENDED = "Su sesión terminó en el portal"
WAY_IN = "Entre con su cuenta del portal"


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
def service(town: Town, browser: Browser) -> Iterator[NodeService]:
    with NodeService(browser.issuer, ahead=town.local.clock.offset) as service:
        yield service


def grant(person: Person, *grants: Grant) -> None:
    """Let somebody hold roles, as a review gives them."""
    from ventanilla.wiring import services

    with person.town.local.lock:
        account = services().accounts.get(person.portal, person.number)
        services().accounts.change(account, replace(account, grants=grants))


def owes(person: Person, **changes: Any) -> str:
    """Change what stands between a person's entry and the rest; return the reference of the account."""
    from ventanilla.wiring import services

    with person.town.local.lock:
        account = services().accounts.get(person.portal, person.number)
        services().accounts.change(account, replace(account, **changes))
    return str(account.ref)


def prove(person: Person) -> None:
    """Give somebody an authenticator app, and let them enter with it."""
    from ventanilla.wiring import services

    secret = services().authenticators.secret(owes(person, second_factor="enrolment"), "enrolment")
    person.enter()
    proof = {"code": pyotp.TOTP(secret).at(int(time.time()))}
    expect(person.call("POST", "/v1/sessions/current/second-factor", proof), 200)


class TestSampleService:
    """On authlib's client for Flask, with a key of its own: what `make run` shows."""

    def test_it_is_told_of_where_the_site_is(self, town):
        told = json.loads((town.local.data_dir / "demo.json").read_text(encoding="utf-8"))
        assert told["sample"] == {"url": town.local.sample_url, "portal": "demo"}
        services = expect(town.http.get("/v1/portals/demo"), 200)["services"]
        assert [service["url"] for service in services] == [f"{town.local.sample_url}/"]

    def test_somebody_signs_in_and_it_learns_name_and_grants(self, citizen, browser):
        grant(citizen, Grant("sends_balances", "1791234567001"))
        assert WAY_IN in browser.home()
        said = browser.sign_in()
        assert "Rosa Elvira Quishpe Andrade" in said
        assert "self_asserted" in said
        assert "Entró con contraseña" in said
        assert "Rol Ámbito sends_balances 1791234567001" in said

    def test_it_is_not_told_more_than_it_asked_for(self, citizen, browser):
        said = browser.sign_in()
        assert citizen.number not in said
        assert citizen.email not in said

    def test_it_renews_what_it_knows(self, citizen, browser):
        browser.sign_in()
        assert "Su cuenta no tiene ninguna" in browser.home()
        grant(citizen, Grant("sends_balances", "1791234567001"))
        for _ in range(3):
            assert browser.press("/refresh").status_code == 303
            said = browser.home()
            assert "Sus datos están al día" in said
            assert "1791234567001" in said

    def test_signing_out_there_ends_the_session_here_too(self, citizen, browser):
        browser.sign_in()
        left = browser.press("/logout")
        assert WAY_IN in browser.home()
        back = browser.leave(left.headers["location"])
        assert back is not None
        assert "Usted salió de este servicio y del portal" in browser.back(back)
        assert citizen.call("GET", "/v1/me").status_code == 401

    def test_a_get_ends_nothing(self, citizen, browser):
        browser.sign_in()
        answer = browser.at_portal("GET", browser.press("/logout").headers["location"])
        assert answer.status_code == 302
        citizen.get("/v1/me")

    def test_who_does_not_agree_is_sent_back_with_nothing(self, browser):
        said = browser.sign_in(approve=False)
        assert "Usted decidió no compartir sus datos" in said
        assert WAY_IN in browser.home()

    @pytest.mark.parametrize("how", ["logout", "password", "close", "other"])
    def test_when_the_session_ends_it_is_told(self, town, citizen, browser, how):
        browser.sign_in()
        if how == "logout":
            expect(citizen.call("DELETE", "/v1/sessions/current"), 204)
        elif how == "password":
            citizen.enter()  # another session changes it
            expect(citizen.call("POST", "/v1/me/password", {"current": citizen.password, "new": new_password()}), 200)
        elif how == "close":
            expect(citizen.call("POST", "/v1/me/close", {"current_password": citizen.password}), 204)
        else:
            citizen.enter()
            [other] = [one for one in citizen.get("/v1/sessions")["items"] if not one["current"]]
            expect(citizen.call("DELETE", f"/v1/sessions/{other['id']}"), 204)
        town.local.settle()
        assert ENDED in browser.home()
        assert ENDED not in browser.home(), "it is said once"

    def test_another_session_of_the_same_person_goes_on(self, town, citizen, browser):
        browser.sign_in()
        first = citizen.session
        citizen.enter()
        with Browser(citizen) as other:
            other.sign_in()
            citizen.session = first
            expect(citizen.call("DELETE", "/v1/sessions/current"), 204)
            town.local.settle()
            assert ENDED in browser.home()
            assert "Rosa Elvira" in other.home()

    def test_what_was_withdrawn_cannot_be_renewed(self, citizen, browser):
        browser.sign_in()
        expect(citizen.call("DELETE", "/v1/me/consents/muestra"), 204)
        browser.press("/refresh")
        assert WAY_IN in browser.home()


class TestConsent:
    def test_it_is_asked_once_and_told_in_words(self, citizen, browser):
        query = browser.authorize(browser.to_portal())
        asked = browser.asked(query)
        assert (asked["client"], asked["next"], asked["consent"]) == (
            {"id": "muestra", "name": "Servicio de muestra"},
            "consent",
            True,
        )
        assert [scope["id"] for scope in asked["scopes"]] == ["openid", "profile", "grants", "offline_access"]
        assert all(scope["text"] for scope in asked["scopes"])
        browser.back(expect(browser.answer(query), 200)["redirect_to"])
        again = browser.asked(browser.authorize(browser.to_portal()))
        assert (again["next"], again["consent"]) == ("continue", False)

    def test_it_is_listed_and_taken_back_in_the_profile(self, town, citizen, browser):
        assert citizen.get("/v1/me/consents")["items"] == []
        browser.sign_in()
        [line] = citizen.get("/v1/me/consents")["items"]
        assert (line["client"], line["name"], line["version"]) == ("muestra", "Servicio de muestra", "1")
        expect(citizen.call("DELETE", "/v1/me/consents/muestra"), 204)
        assert citizen.get("/v1/me/consents")["items"] == []
        assert browser.asked(browser.authorize(browser.to_portal()))["consent"] is True

    def test_more_than_was_agreed_to_is_asked_for(self, browser, service):
        browser.agree(service("begin", **{"with": {"scope": "openid profile"}})["url"])
        same = service("begin", **{"with": {"scope": "openid profile"}})["url"]
        more = service("begin", **{"with": {"scope": "openid profile email"}})["url"]
        assert browser.asked(browser.authorize(same))["next"] == "continue"
        assert browser.asked(browser.authorize(more))["next"] == "consent"


class TestStepsFirst:
    def test_nobody_is_sent_on_without_a_session(self, citizen, browser):
        citizen.session = ""
        query = browser.authorize(browser.to_portal())
        assert browser.asked(query)["next"] == "sign_in"
        citizen.enter()
        assert browser.asked(query)["next"] == "consent"
        assert "Rosa Elvira" in browser.back(expect(browser.answer(query), 200)["redirect_to"])

    def test_nor_with_steps_pending(self, citizen, browser):
        owes(citizen, todo=("change_password",))
        citizen.enter()
        query = browser.authorize(browser.to_portal())
        asked = browser.asked(query)
        assert (asked["next"], asked["pending"]) == ("steps", ["change_password"])
        assert "code=" not in browser.answer(query).text
        expect(citizen.call("POST", "/v1/me/password", {"current": citizen.password, "new": new_password()}), 200)
        assert browser.asked(query)["next"] == "consent"


def _now(person: Person) -> float:
    return person.town.local.clock.now().timestamp()


class TestOtherService:
    """On npm's certified openid-client, without a key."""

    def signed_in(self, browser: Browser, service: NodeService, **more: str) -> dict[str, Any]:
        return service("finish", url=browser.agree(service("begin", **{"with": more})["url"]))

    def test_somebody_signs_in_and_it_learns_who(self, citizen, browser, service):
        grant(citizen, Grant("sends_balances", "1791234567001"))
        learnt = self.signed_in(browser, service)
        claims = learnt["claims"]
        assert claims["portal"] == "demo"
        assert (claims["acr"], claims["amr"]) == ("self_asserted", ["pwd"])
        assert abs(claims["auth_time"] - _now(citizen)) < 60
        info = service("userinfo", sub=claims["sub"])
        assert info["name"] == "Rosa Elvira Quishpe Andrade"
        assert info["grants"] == [{"role": "sends_balances", "scope": "1791234567001"}]
        assert not {"email", "national_id"} & info.keys()

    def test_address_and_number_are_told_by_scope(self, citizen, browser, service):
        learnt = self.signed_in(browser, service, scope="openid email national_id")
        info = service("userinfo", sub=learnt["claims"]["sub"])
        assert (info["email"], info["national_id"]) == (citizen.email, citizen.number)
        assert not {"name", "grants"} & info.keys()

    def test_the_same_person_is_another_to_each_service(self, citizen, browser, service):
        first, again = (self.signed_in(browser, service)["claims"]["sub"] for _ in range(2))
        assert first == again
        assert first not in browser.sign_in()

    def test_it_renews_and_each_token_works_once(self, citizen, browser, service):
        first = self.signed_in(browser, service)
        grant(citizen, Grant("sends_balances", "1791234567001"))
        second = service("refresh")
        assert second["refresh_token"] != first["refresh_token"]
        assert second["claims"]["sub"] == first["claims"]["sub"]
        assert second["claims"]["auth_time"] == first["claims"]["auth_time"]
        assert service("userinfo", sub=first["claims"]["sub"])["grants"]

    def test_what_it_gives_back_opens_nothing_more(self, browser, service):
        learnt = self.signed_in(browser, service)
        service("revoke")
        with pytest.raises(Refused) as refused:
            service("refresh")
        assert (refused.value.error, refused.value.status) == ("invalid_grant", 400)
        with pytest.raises(Refused):
            service("userinfo", sub=learnt["claims"]["sub"])

    def test_it_signs_its_user_out(self, citizen, browser, service):
        self.signed_in(browser, service)
        leaving = service("leave", to="https://otro-servicio.example.ec/", state="x y")["url"]
        assert browser.leave(leaving) in (
            "https://otro-servicio.example.ec/?state=x+y",
            "https://otro-servicio.example.ec/?state=x%20y",
        )
        assert citizen.call("GET", "/v1/me").status_code == 401
        with pytest.raises(Refused):
            service("refresh")

    def test_without_the_scope_there_is_nothing_to_renew(self, browser, service):
        assert "refresh_token" not in self.signed_in(browser, service, scope="openid profile")

    def test_an_age_that_was_asked_for_is_kept(self, town, citizen, browser, service):
        self.signed_in(browser, service)
        town.local.advance(600)
        old = service("begin", **{"with": {"max_age": "300"}})["url"]
        query = browser.authorize(old)
        assert browser.asked(query)["next"] == "sign_in"
        citizen.enter()
        assert browser.asked(query)["next"] == "continue"

    def test_a_login_that_was_asked_for_is_made(self, citizen, browser, service):
        query = browser.authorize(service("begin", **{"with": {"prompt": "login"}})["url"])
        assert browser.asked(query)["next"] == "sign_in"
        citizen.enter()
        assert browser.asked(query)["next"] == "consent"

    def test_consent_that_was_asked_for_is_asked(self, browser, service):
        self.signed_in(browser, service)
        query = browser.authorize(service("begin", **{"with": {"prompt": "consent"}})["url"])
        assert browser.asked(query)["next"] == "consent"

    def test_a_second_factor_that_was_asked_for_is_told(self, citizen, browser, service):
        prove(citizen)
        assert self.signed_in(browser, service, acr_values="second_factor")["claims"]["amr"] == ["pwd", "otp", "mfa"]

    def test_a_second_factor_that_nobody_has_here_is_refused(self, browser, service):
        query = browser.authorize(service("begin", **{"with": {"acr_values": "second_factor"}})["url"])
        assert browser.asked(query)["next"] == "continue"
        refused = query_of(expect(browser.answer(query), 200)["redirect_to"])
        assert refused["error"] == "unmet_authentication_requirements"

    def test_a_proof_of_identity_that_the_account_lacks_is_refused(self, browser, service):
        query = browser.authorize(service("begin", **{"with": {"acr_values": "proven"}})["url"])
        refused = query_of(expect(browser.answer(query), 200)["redirect_to"])
        assert refused["error"] == "unmet_authentication_requirements"

    def test_the_page_is_told_whom_and_in_what_language(self, browser, service):
        asked = browser.asked(
            browser.authorize(service("begin", **{"with": {"login_hint": "1710034065", "ui_locales": "fr en"}})["url"])
        )
        assert (asked["login_hint"], asked["locale"]) == ("1710034065", "en")
        assert asked["client"]["name"] == "Another service"

    def test_a_session_that_runs_out_ends_what_came_of_it(self, town, browser, service):
        self.signed_in(browser, service)
        town.local.advance(13 * HOUR)
        with pytest.raises(Refused) as refused:
            service("refresh")
        assert refused.value.error == "invalid_grant"


class TestWithoutAsking:
    """prompt=none: the answer comes back at once, whatever it is."""

    def silently(self, browser: Browser, service: NodeService) -> dict[str, str]:
        answer = browser.at_portal("GET", service("begin", **{"with": {"prompt": "none"}})["url"])
        assert answer.status_code == 302
        target = answer.headers["location"]
        assert target.startswith(f"{CALLBACK}?"), target
        said = query_of(target)
        assert said["iss"] == browser.issuer
        return {**said, "url": target}

    def test_nobody_is_there(self, citizen, browser, service):
        citizen.session = ""
        assert self.silently(browser, service)["error"] == "login_required"

    def test_somebody_is_there_who_was_never_asked(self, browser, service):
        assert self.silently(browser, service)["error"] == "consent_required"

    def test_somebody_is_there_and_has_agreed(self, browser, service):
        service("finish", url=browser.agree(service("begin")["url"]))
        said = self.silently(browser, service)
        assert service("finish", url=said["url"])["claims"]["portal"] == "demo"
