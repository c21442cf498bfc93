"""Sessions: their secret, their end, the cookie that bears them, what is asked for again (security.md, 11 to 13)."""

from dataclasses import replace

import pytest

from tests.flows.town import HOUR, expect, new_password, problem


@pytest.fixture
def citizen(town):
    return town.settler()


@pytest.fixture(scope="module")
def dweller(town):
    """Somebody whom nothing happens to."""
    return town.settler()


def by_cookie(citizen, method: str, path: str, **headers: str):
    """Send a request that the session's cookie bears, as a browser does."""
    cookie = {"Cookie": f"session={citizen.session}", **headers}
    return citizen.town.http.request(method, path, headers=cookie)


class TestSecret:
    """Line 11."""

    def test_it_is_of_256_bits_and_another_at_each_entry(self, citizen):
        tokens = {citizen.enter() for _ in range(3)}
        assert len(tokens) == 3
        assert all(len(token.rpartition(".")[2]) == 43 for token in tokens)

    def test_it_lies_nowhere_in_clear(self, town, citizen):
        stored = str(town.stored())
        assert citizen.session.rpartition(".")[2] not in stored
        assert citizen.session.partition(".")[0] in stored  # the account's reference is no secret

    @pytest.mark.parametrize(
        "form",
        ["{ref}.{secret}a", "{ref}.state", "{ref}..{secret}", "{ref}", ".{secret}", "{ref}.", "ñ{ref}.{secret}", "."],
    )
    def test_no_other_token_opens_anything(self, citizen, form):
        ref, _, secret = citizen.session.partition(".")
        headers = {b"Authorization": f"Bearer {form.format(ref=ref, secret=secret)}".encode()}
        answer = citizen.town.http.get("/v1/me", headers=headers)
        problem(answer, 401, "unauthenticated")
        assert answer.headers["www-authenticate"] == "Bearer"

    def test_one_account_reference_and_another_accounts_secret_do_not_fit(self, town, citizen):
        other = town.settler()
        citizen.session = f"{citizen.session.partition('.')[0]}.{other.session.partition('.')[2]}"
        problem(citizen.call("GET", "/v1/me"), 401, "unauthenticated")


class TestEnd:
    """Line 11."""

    def test_it_dies_after_half_an_hour_without_use(self, town, citizen):
        town.local.advance(29 * 60)
        citizen.get("/v1/me")
        town.local.advance(29 * 60)
        citizen.get("/v1/me")
        town.local.advance(30 * 60)
        problem(citizen.call("GET", "/v1/me"), 401, "unauthenticated")

    def test_it_dies_after_twelve_hours_however_much_it_is_used(self, town, citizen):
        for _ in range(24):
            citizen.get("/v1/me")
            town.local.advance(HOUR / 2 - 30)
        citizen.get("/v1/me")
        town.local.advance(13 * 60)
        problem(citizen.call("GET", "/v1/me"), 401, "unauthenticated")

    def test_its_answer_and_its_cookie_say_when(self, town, citizen):
        from datetime import datetime, timedelta

        answer = citizen.sign_in()
        expires = datetime.fromisoformat(expect(answer, 201)["session"]["expires_at"])
        expected = town.local.clock.now() + timedelta(hours=12)
        assert abs((expires - expected).total_seconds()) < 60
        assert f"Expires={expires:%a, %d %b %Y %H:%M:%S} GMT" in answer.headers["set-cookie"]

    @pytest.mark.parametrize("how", ["logout", "password", "reset", "close"])
    def test_the_server_ends_it_not_only_the_browser(self, citizen, how):
        other = citizen.session
        citizen.enter()
        if how == "logout":
            expect(citizen.call("DELETE", "/v1/sessions/current"), 204)
            citizen.session, other = other, citizen.session
            citizen.get("/v1/me")
        elif how == "password":
            change = {"current": citizen.password, "new": new_password()}
            expect(citizen.call("POST", "/v1/me/password", change), 200)
        elif how == "reset":
            citizen.ask_for_reset()
            expect(citizen.reset(citizen.token("reset"), new_password()), 204)
        else:
            expect(citizen.call("POST", "/v1/me/close", {"current_password": citizen.password}), 204)
        citizen.session = other
        problem(citizen.call("GET", "/v1/me"), 401, "unauthenticated")
        problem(by_cookie(citizen, "GET", "/v1/me"), 401, "unauthenticated")


class TestCookie:
    """Lines 11 and 12."""

    @pytest.fixture
    def https(self, town, monkeypatch):
        """As where the public address is https: the functions look at it with each request."""
        from ventanilla.wiring import services

        settings = replace(services().settings, base_url="https://ventanilla.example.ec")
        monkeypatch.setattr(services(), "settings", settings)

    def test_it_is_bound_to_the_host_and_hidden_from_scripts(self, citizen, https):
        cookies = citizen.sign_in().headers.get_list("set-cookie")
        assert [cookie.partition("=")[0] for cookie in cookies] == ["__Host-session", "__Host-device"]
        for cookie in cookies:
            attributes = {part.strip().lower() for part in cookie.split(";")[1:]}
            assert {"path=/", "secure", "httponly", "samesite=lax"} <= attributes
            assert not any(attribute.startswith("domain") for attribute in attributes)

    def test_over_https_every_answer_demands_https_from_then_on(self, town, https):
        assert "max-age=63072000" in town.http.get("/v1/health").headers["strict-transport-security"]

    def test_over_https_the_name_without_the_prefix_opens_nothing(self, citizen, https):
        problem(by_cookie(citizen, "GET", "/v1/me"), 401, "unauthenticated")
        cookie = {"Cookie": f"__Host-session={citizen.session}"}
        expect(citizen.town.http.get("/v1/me", headers=cookie), 200)

    def test_locally_it_has_another_name_and_needs_no_https(self, citizen):
        session = citizen.sign_in().headers.get_list("set-cookie")[0]
        assert session.startswith("session=")
        assert "Secure" not in session
        assert "HttpOnly" in session

    def test_it_opens_what_the_bearer_opens(self, citizen):
        assert expect(by_cookie(citizen, "GET", "/v1/me"), 200) == citizen.get("/v1/me")

    def test_of_two_of_the_name_the_first_counts(self, town, citizen):
        other = town.settler()
        cookie = f"session={citizen.session}; session={other.session}"
        assert expect(town.http.get("/v1/me", headers={"Cookie": cookie}), 200)["email"] == citizen.email

    @pytest.mark.parametrize(
        "headers",
        [
            {},
            {"Origin": "https://evil.example"},
            {"Origin": "null"},
            {"Sec-Fetch-Site": "cross-site"},
            {"Sec-Fetch-Site": "same-site"},
            {"Sec-Fetch-Site": "none"},
            {"Sec-Fetch-Site": "same-origin", "Origin": "https://evil.example"},
            {"Sec-Fetch-Site": "cross-site", "Origin": "SITE"},
            {"Referer": "SITE/"},
        ],
    )
    def test_a_change_that_another_site_lets_it_bear_is_refused(self, town, dweller, headers):
        dweller.enter()
        sent = {name: value.replace("SITE", town.local.base_url) for name, value in headers.items()}
        for method, path in (
            ("POST", "/v1/me/close"),
            ("PATCH", "/v1/me"),
            ("DELETE", "/v1/sessions/current"),
            ("POST", "/v1/inbox/x/opening"),
        ):
            problem(by_cookie(dweller, method, path, **sent), 403, "cross-origin")
        dweller.get("/v1/me")

    @pytest.mark.parametrize(
        "headers",
        [{"Origin": "SITE"}, {"Sec-Fetch-Site": "same-origin"}, {"Sec-Fetch-Site": "same-origin", "Origin": "SITE"}],
    )
    def test_a_change_from_our_own_pages_goes_through(self, town, citizen, headers):
        sent = {name: value.replace("SITE", town.local.base_url) for name, value in headers.items()}
        expect(by_cookie(citizen, "DELETE", "/v1/sessions/current", **sent), 204)

    def test_no_other_origin_is_let_in(self, town, citizen):
        asked = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
        for answer in (
            town.http.options("/v1/me/close", headers=asked),
            town.http.get("/v1/portals", headers=asked),
            by_cookie(citizen, "GET", "/v1/me", **asked),
        ):
            assert not [name for name in answer.headers if name.startswith("access-control")]


class TestAskedForAgain:
    """Line 13."""

    @pytest.mark.parametrize(
        ("method", "path", "body"),
        [
            ("PATCH", "/v1/me", {"email": "ladron@example.ec"}),
            ("POST", "/v1/me/password", {"new": "Cuatro nubes verdes y un tejado"}),
            ("POST", "/v1/me/close", {}),
        ],
    )
    def test_a_stolen_session_changes_neither_address_nor_password_and_closes_nothing(
        self, town, citizen, method, path, body
    ):
        name = "current" if path.endswith("password") else "current_password"
        problem(citizen.call(method, path, body), 422, "validation", name)
        for wrong in (new_password(), citizen.password.swapcase()):
            problem(citizen.call(method, path, {**body, name: wrong}), 401, "invalid-credentials")
        for wrong in ("", None, 1, [citizen.password]):
            problem(citizen.call(method, path, {**body, name: wrong}), 422, "validation", name)
        citizen.enter()
        assert citizen.get("/v1/me")["email"] == citizen.email
        assert town.mails("ladron@example.ec") == []

    def test_the_mails_go_to_the_old_address_until_the_new_one_is_proven(self, town, citizen):
        change = {"email": "ladron@example.ec", "current_password": citizen.password}
        expect(citizen.call("PATCH", "/v1/me", change), 200)
        citizen.ask_for_reset()
        assert citizen.token("reset")
        assert not any("reset#token" in mail["text"] for mail in town.mails("ladron@example.ec"))


class TestWithoutSession:
    def test_nothing_of_an_account_is_shown_or_done(self, town):
        for method, path in (
            ("GET", "/v1/me"),
            ("PATCH", "/v1/me"),
            ("POST", "/v1/me/password"),
            ("POST", "/v1/me/terms"),
            ("GET", "/v1/me/export"),
            ("POST", "/v1/me/close"),
            ("GET", "/v1/sessions"),
            ("DELETE", "/v1/sessions/current"),
            ("GET", "/v1/inbox"),
            ("GET", "/v1/inbox/x"),
            ("POST", "/v1/inbox/x/opening"),
        ):
            problem(town.http.request(method, path), 401, "unauthenticated")
            problem(town.http.request(method, path, headers={"Authorization": "Basic YTpi"}), 401, "unauthenticated")

    def test_who_may_call_is_looked_at_before_what_is_sent(self, town):
        problem(town.http.patch("/v1/me", json={"nonsense": 1}), 401, "unauthenticated")
        problem(town.http.get("/v1/inbox?cursor=x&unread=perhaps"), 401, "unauthenticated")
        problem(town.http.post("/v1/notifications", json={"nonsense": 1}), 401, "signature-missing")
