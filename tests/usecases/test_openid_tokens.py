"""Tokens: used once, in their client's hands, while their session lives; what is replayed ends all of it."""

import base64
import hashlib
from dataclasses import replace

import pytest

from tests.fakes import World
from tests.usecases.conftest import enter as make_session
from tests.usecases.conftest import make_account
from tests.usecases.openid_world import OTHER, SERVICE, asks, mint_of, with_clients
from ventanilla.domain.errors import AccessTokenRefused, SignOnRefused
from ventanilla.domain.grants import Grant
from ventanilla.domain.keys import Nonce
from ventanilla.domain.openid import CODE, REFRESH
from ventanilla.domain.openid_names import subject_of
from ventanilla.usecases.openid import answer
from ventanilla.usecases.openid_tokens import exchange, revoke, shown, userinfo

ALL = ("openid", "profile", "grants", "email", "national_id", "offline_access")


@pytest.fixture
def world(demo, ipsot, office):
    return World(with_clients(demo), ipsot, office)


@pytest.fixture
def account(world):
    return make_account(world, grants=(Grant("acopio", "1790012345001"),))


@pytest.fixture
def current(world, account):
    return make_session(world, account)


@pytest.fixture
def mint(world):
    return mint_of(world)


@pytest.fixture
def code(world, current, mint):
    return answer(asks(world, scopes=ALL), current, approve=True, mint=mint)


def redeem(text, mint, purpose=CODE, client=SERVICE, **more):
    family = shown(text, purpose, client, mint)
    return exchange(family, more.pop("scopes", family.scopes), client, mint, proof=more.pop("proof", None))


def is_refused(act, error="invalid_grant"):
    with pytest.raises(SignOnRefused) as raised:
        act()
    return raised.value.error == error


class TestCodes:
    def test_one_brings_tokens_that_fit_together(self, world, code, mint, current):
        tokens = redeem(code, mint)
        claims = world.openid_keys.read(tokens["id_token"])
        half = hashlib.sha256(tokens["access_token"].encode()).digest()[:16]
        assert claims["at_hash"] == base64.urlsafe_b64encode(half).decode().rstrip("=")
        assert (claims["nonce"], claims["aud"], claims["acr"]) == ("n", "servicio", "self_asserted")
        assert claims["sub"] == subject_of("a secret of the tests", "demo", SERVICE, current.state.ref)
        assert (tokens["token_type"], tokens["expires_in"], tokens["scope"]) == ("Bearer", 600, " ".join(ALL))
        assert tokens["refresh_token"].startswith("openid-refresh.")

    def test_one_works_once_and_shown_again_ends_what_came_of_it(self, code, mint):
        tokens = redeem(code, mint)
        assert userinfo(tokens["access_token"], mint)
        assert is_refused(lambda: redeem(code, mint))
        with pytest.raises(AccessTokenRefused):
            userinfo(tokens["access_token"], mint)
        assert is_refused(lambda: redeem(tokens["refresh_token"], mint, REFRESH))

    def test_of_two_at_once_one_wins_and_all_of_it_ends(self, world, code, mint):
        family = shown(code, CODE, SERVICE, mint)
        exchange(family, family.scopes, SERVICE, mint, proof=None)
        assert is_refused(lambda: exchange(family, family.scopes, SERVICE, mint, proof=None))
        assert world.sign_ons.families[family.id].ended

    def test_it_lives_for_a_minute(self, world, code, mint):
        world.clock.advance(seconds=60)
        assert is_refused(lambda: redeem(code, mint))

    def test_in_another_clients_hands_it_is_nothing_and_in_its_own_still_good(self, code, mint):
        assert is_refused(lambda: redeem(code, mint, client=OTHER))
        assert redeem(code, mint)

    def test_at_another_portal_it_is_nothing(self, world, code, mint):
        assert is_refused(
            lambda: redeem(code, replace(mint, portal=replace(world.portals.get("ipsot"), clients=(SERVICE,))))
        )
        assert redeem(code, mint)

    @pytest.mark.parametrize(
        "change", [lambda text: text[:-1], lambda text: "x", lambda text: text.replace("-0.", "-1."), lambda text: ""]
    )
    def test_one_that_is_not_ours_is_nothing(self, code, mint, change):
        assert is_refused(lambda: redeem(change(code), mint))

    def test_no_other_token_stands_for_it(self, code, mint):
        tokens = redeem(code, mint)
        assert is_refused(lambda: redeem(tokens["refresh_token"], mint, CODE))
        assert is_refused(lambda: redeem(tokens["access_token"], mint, REFRESH))

    def test_once_its_session_has_ended_it_brings_nothing(self, world, code, mint, current):
        world.sessions.end(current.session)
        assert is_refused(lambda: redeem(code, mint))

    def test_once_its_account_has_changed_it_brings_nothing(self, world, code, mint, account):
        world.accounts.change(account, replace(account, epoch=account.epoch + 1))
        assert is_refused(lambda: redeem(code, mint))

    def test_a_clients_proof_works_once(self, world, code, mint, current):
        proof = Nonce("openid.demo.servicio", "jti-1")
        redeem(code, mint, proof=proof)
        other = answer(asks(world), current, approve=True, mint=mint)
        assert is_refused(lambda: redeem(other, mint, proof=proof), "invalid_client")
        assert redeem(other, mint, proof=Nonce("openid.demo.servicio", "jti-2"))


class TestRefreshTokens:
    def test_each_is_followed_by_another(self, world, code, mint):
        first = redeem(code, mint)
        second = redeem(first["refresh_token"], mint, REFRESH)
        third = redeem(second["refresh_token"], mint, REFRESH)
        assert len({one["refresh_token"] for one in (first, second, third)}) == 3
        assert "nonce" not in world.openid_keys.read(second["id_token"])

    def test_one_that_was_used_ends_all_of_them(self, code, mint):
        first = redeem(code, mint)
        second = redeem(first["refresh_token"], mint, REFRESH)
        assert is_refused(lambda: redeem(first["refresh_token"], mint, REFRESH))
        assert is_refused(lambda: redeem(second["refresh_token"], mint, REFRESH))
        with pytest.raises(AccessTokenRefused):
            userinfo(second["access_token"], mint)

    def test_there_is_none_where_it_was_not_asked_for(self, world, current, mint):
        code = answer(asks(world, scopes=("openid",)), current, approve=True, mint=mint)
        assert "refresh_token" not in redeem(code, mint)

    def test_it_lives_no_longer_than_its_session(self, world, code, mint, current):
        tokens = redeem(code, mint)
        world.clock.at = current.session.expires_at
        assert is_refused(lambda: redeem(tokens["refresh_token"], mint, REFRESH))


class TestClaims:
    def test_each_scope_opens_its_own(self, code, mint, account):
        told = userinfo(redeem(code, mint)["access_token"], mint)
        assert told["grants"] == [{"role": "acopio", "scope": "1790012345001"}]
        assert (told["name"], told["email"], told["email_verified"]) == ("Ana Lucía Prueba", account.email, True)
        assert (told["national_id"], told["national_id_kind"]) == (account.number, "cedula")
        assert (told["portal"], told["acr"], told["amr"]) == ("demo", "self_asserted", ["pwd"])

    def test_and_nothing_else(self, code, mint):
        told = userinfo(redeem(code, mint, scopes=("openid",))["access_token"], mint)
        assert set(told) == {"sub", "portal", "acr", "amr", "auth_time"}

    def test_roles_are_those_of_now(self, world, code, mint, account):
        tokens = redeem(code, mint)
        world.accounts.change(account, replace(account, grants=()))
        assert userinfo(tokens["access_token"], mint)["grants"] == []

    def test_a_token_opens_nothing_after_ten_minutes_nor_after_its_session(self, world, code, mint, current):
        tokens = redeem(code, mint)
        world.clock.advance(minutes=9, seconds=59)
        assert userinfo(tokens["access_token"], mint)
        world.clock.advance(seconds=1)
        with pytest.raises(AccessTokenRefused):
            userinfo(tokens["access_token"], mint)

    def test_it_opens_nothing_once_the_session_has_ended(self, world, code, mint, current):
        tokens = redeem(code, mint)
        world.sessions.end(current.session)
        with pytest.raises(AccessTokenRefused):
            userinfo(tokens["access_token"], mint)

    @pytest.mark.parametrize("text", [None, "", "x", "a.b.c.d.e"])
    def test_what_is_no_token_opens_nothing(self, mint, text):
        with pytest.raises(AccessTokenRefused):
            userinfo(text, mint)

    def test_a_refresh_token_opens_nothing(self, code, mint):
        with pytest.raises(AccessTokenRefused):
            userinfo(redeem(code, mint)["refresh_token"], mint)


class TestRevoking:
    @pytest.mark.parametrize("which", ["access_token", "refresh_token"])
    def test_all_that_came_of_it_ends(self, code, mint, which):
        tokens = redeem(code, mint)
        revoke(tokens[which], SERVICE, mint)
        with pytest.raises(AccessTokenRefused):
            userinfo(tokens["access_token"], mint)

    def test_of_what_is_another_clients_or_nothing_nothing_is_done(self, code, mint):
        tokens = redeem(code, mint)
        revoke(tokens["access_token"], OTHER, mint)
        revoke("x", SERVICE, mint)
        assert userinfo(tokens["access_token"], mint)
