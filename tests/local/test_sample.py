"""The sample service by itself: its registration, what it believes, and whom it serves."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet

from local.sample import words
from local.sample.app import create_app
from local.sample.client import Registration
from local.sample.definition import ADDRESS, CLIENT, copy_portals
from local.sample.logout import EVENT, Ended, read
from local.sample.visits import Visit, Visits
from ventanilla.adapters.portal_files import check

PORTALS = Path(__file__).resolve().parents[2] / "portals"
URL, ISSUER, NOW = "http://127.0.0.1:9", "http://127.0.0.1:10/v1/portals/demo", 1_800_000_000
KEY = ECKey.generate_key("P-256", {"kid": "k1"})


class TestRegistration:
    @pytest.fixture
    def copy(self, tmp_path: Path) -> Path:
        return copy_portals(PORTALS, tmp_path / "portals", url="http://127.0.0.1:4711", key=KEY)

    def test_the_copy_names_address_and_key_of_this_site(self, copy):
        definition = tomllib.loads((copy / "demo.toml").read_text(encoding="utf-8"))
        [client] = [client for client in definition["clients"] if client["id"] == CLIENT]
        assert client["redirect_uris"] == ["http://127.0.0.1:4711/callback"]
        assert client["backchannel_logout_uri"] == "http://127.0.0.1:4711/backchannel-logout"
        assert client["jwk"] == {"kty": "EC", "crv": "P-256", **{c: KEY.as_dict(private=False)[c] for c in "xy"}}
        assert definition["services"][0]["url"] == "http://127.0.0.1:4711/"

    def test_the_copy_is_whole_and_right(self, copy):
        assert check(copy / "demo.toml") == []
        assert {path.name for path in copy.iterdir()} == {path.name for path in PORTALS.iterdir()}
        assert ADDRESS not in (copy / "demo.toml").read_text(encoding="utf-8")

    def test_a_later_site_writes_over_what_an_earlier_one_left(self, copy):
        (copy / "gone.toml").touch()
        again = copy_portals(PORTALS, copy, url="http://127.0.0.1:4712", key=KEY)
        assert not (again / "gone.toml").exists()
        assert "http://127.0.0.1:4712/callback" in (again / "demo.toml").read_text(encoding="utf-8")


def logout_token(*, key: ECKey = KEY, typ: str = "logout+jwt", **claims: Any) -> str:
    whole = {"iss": ISSUER, "aud": CLIENT, "iat": NOW, "exp": NOW + 120, "jti": "a", "sub": "s", "events": {EVENT: {}}}
    said = {name: value for name, value in {**whole, **claims}.items() if value is not None}
    return jwt.encode({"alg": "ES256", "kid": key.kid, "typ": typ}, said, key)


def believed(token: str, *keys: ECKey) -> Ended:
    known = KeySet([*(keys or (KEY,))]).as_dict(private=False)
    return read(token, lambda _: known, issuer=ISSUER, client_id=CLIENT, now=NOW)


class TestLogoutTokens:
    def test_one_ends_a_session_or_all_of_a_person(self):
        assert believed(logout_token(sid="one")) == ("s", "one")
        assert believed(logout_token()) == ("s", None)

    @pytest.mark.parametrize(
        "changed",
        [
            {"iss": "https://example.ec"},
            {"aud": "otro-servicio"},
            {"exp": NOW - 121},
            {"iat": None},
            {"jti": None},
            {"events": None},
            {"events": {"other": {}}},
            {"sub": None},
            {"sub": 1},
            {"nonce": "n"},
            {"typ": "JWT"},
            {"key": ECKey.generate_key("P-256", {"kid": "k1"})},
            {"key": ECKey.generate_key("P-256", {"kid": "k2"})},
        ],
        ids=lambda changed: " ".join(
            f"{name} {'another' if name == 'key' else said}" for name, said in changed.items()
        ),
    )
    def test_what_the_portal_did_not_say_to_this_service_ends_nothing(self, changed):
        with pytest.raises(JoseError):
            believed(logout_token(**changed))

    @pytest.mark.parametrize("token", ["", "a", "a.b.c", "..", "\x00.é.", logout_token().rpartition(".")[0] + "."])
    def test_what_is_no_token_ends_nothing(self, token):
        with pytest.raises((JoseError, ValueError)):
            believed(token)

    def test_a_new_key_of_the_portals_is_asked_for_once(self):
        new, asked = ECKey.generate_key("P-256", {"kid": "k2"}), []

        def keys(anew: bool) -> Any:
            asked.append(anew)
            return KeySet([KEY, new] if anew else [KEY]).as_dict(private=False)

        assert read(logout_token(key=new), keys, issuer=ISSUER, client_id=CLIENT, now=NOW).sub == "s"
        assert asked == [False, True]


class TestVisits:
    def test_a_logout_ends_that_session_alone_or_all_of_the_person(self):
        visits = Visits()
        visit = {name: visits.open(Visit({"sub": name[0], "sid": name}, "", None)) for name in ("a1", "a2", "a3", "b1")}
        visits.end("a", "a1")
        assert [name for name in visit if visits.get(visit[name])] == ["a2", "a3", "b1"]
        visits.end("a", None)
        assert [name for name in visit if visits.get(visit[name])] == ["b1"]

    def test_no_secret_is_no_visit(self):
        assert Visits().get(None) is None
        assert Visits().get("guessed") is None


class TestPages:
    @pytest.fixture
    def browser(self):
        return create_app(Registration(ISSUER, URL, CLIENT, KEY, lambda: NOW)).test_client()

    def test_somebody_new_sees_the_way_in(self, browser):
        page = browser.get("/", base_url=URL)
        assert page.status_code == 200
        assert '<html lang="es">' in page.text
        assert '<a class="button" href="/login">' in page.text
        assert page.headers["content-security-policy"].startswith("default-src 'none'")
        assert "'unsafe-inline'" not in page.headers["content-security-policy"]

    @pytest.mark.parametrize("path", ["/refresh", "/logout"])
    @pytest.mark.parametrize("origin", [None, "null", "https://example.com", ISSUER])
    def test_no_other_site_presses_its_buttons(self, browser, path, origin):
        headers = {"Origin": origin} if origin else {}
        assert browser.post(path, base_url=URL, headers=headers).status_code == 403

    def test_another_host_is_not_served(self, browser):
        assert browser.get("/", base_url="http://evil.example").status_code == 400

    def test_a_portal_that_is_away_is_told_in_words(self, browser):
        page = browser.get("/login", base_url=URL)
        assert page.status_code == 502
        assert "El portal no responde" in page.text

    def test_an_answer_that_names_no_issuer_or_another_is_not_followed(self, browser):
        for query in ("code=a&state=b", "code=a&state=b&iss=https://example.com"):
            page = browser.get(f"/callback?{query}", base_url=URL)
            assert page.status_code == 400
            assert "<code>issuer</code>" in page.text

    def test_what_an_error_says_is_text_on_the_page(self, browser):
        page = browser.get("/callback", base_url=URL, query_string={"iss": ISSUER, "error": "<script>"})
        assert page.status_code == 400
        assert "&lt;script&gt;" in page.text


def test_hours_are_those_of_ecuador():
    assert words.moment(NOW) == "15 de enero de 2027, 03:00"
    assert words.moment(None) == "No se indica"
    assert words.iso(NOW) == "2027-01-15T08:00:00+00:00"


def test_claims_are_put_into_words():
    assert words.methods(["pwd", "otp", "new"]) == "contraseña, código de un segundo factor, new"
    assert words.assurance("proven").startswith("Comprobada")
    assert words.assurance(None) == "No se indica"
    assert words.refusal("access_denied") != words.refusal("anything") == words.refusal(None)
