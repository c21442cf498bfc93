"""What an authorization asks for and becomes; names and references that tell a client nothing of other clients."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.fakes import NOW
from ventanilla.domain.openid import (
    CONSENT_VERSION,
    AuthorizationRequest,
    Consent,
    family_of,
    scopes_in,
)
from ventanilla.domain.openid_clients import SCOPES, Client
from ventanilla.domain.openid_names import masked, sid_of, subject_of, unmasked
from ventanilla.domain.sessions import CurrentSession, Session, SessionState

REF = "mfwhd3faewjn2nwjb5omhm3ukq"
SESSION = Session("s1", REF, "h" * 64, 1, NOW, NOW + timedelta(hours=12), NOW, timedelta(minutes=30))
STATE = SessionState(REF, "demo", "1712345675", 1, "self_asserted")


def client(**changes):
    values = {"id": "agsys", "name": "AG", "redirect_uris": ("https://a.example.ec/cb",), "public": True, **changes}
    return Client(**values)


def asks(**changes):
    values = {
        "client": client(consent=False),
        "redirect_uri": "https://a.example.ec/cb",
        "scopes": ("openid",),
        "challenge": "c" * 43,
        "asked_at": NOW,
        **changes,
    }
    return AuthorizationRequest(**values)


def current(pending=(), **changes):
    return CurrentSession(replace(SESSION, **changes), STATE, pending)


class TestAddresses:
    @pytest.mark.parametrize(
        "uri",
        [
            "https://a.example.ec/cb/",
            "https://a.example.ec/cb?x=1",
            "https://a.example.ec/CB",
            "https://a.example.ec:443/cb",
            "https://a.example.ec.evil.ec/cb",
            "https://a.example.ec@evil.ec/cb",
            "http://a.example.ec/cb",
            "https://a.example.ec/cb#x",
            "",
        ],
    )
    def test_only_the_very_address_that_is_registered_fits(self, uri):
        assert client().leads_to("https://a.example.ec/cb")
        assert not client().leads_to(uri)

    def test_on_the_users_own_machine_the_port_is_as_it_comes(self):
        native = client(redirect_uris=("http://127.0.0.1/cb",))
        assert native.leads_to("http://127.0.0.1:50123/cb")
        for other in (
            "http://127.0.0.1:1/x",
            "http://localhost:1/cb",
            "http://u@127.0.0.1:1/cb",
            "http://127.0.0.1:x/cb",
        ):
            assert not native.leads_to(other)

    def test_users_who_have_left_are_sent_to_addresses_of_their_own_list(self):
        there = client(post_logout_redirect_uris=("https://a.example.ec/bye",))
        assert there.leads_to_after_logout("https://a.example.ec/bye")
        assert not there.leads_to_after_logout("https://a.example.ec/cb")


class TestScopes:
    def test_a_client_is_given_what_it_may_ask_for_and_no_more(self):
        assert client(scopes=("openid", "grants")).allowed(("email", "grants", "openid", "x")) == ("openid", "grants")

    def test_address_and_number_are_never_given_without_consent(self):
        trusted = client(consent=False)
        assert not trusted.demands_consent(("openid", "profile", "grants"))
        assert trusted.demands_consent(("openid", "email"))
        assert trusted.demands_consent(("openid", "national_id"))
        assert client().demands_consent(("openid",))

    def test_an_access_token_says_what_it_opens(self):
        for scopes in (("openid",), ("openid", "email"), SCOPES):
            opens = family().access_token(scopes, NOW).id.split("-")[2]
            assert scopes_in(opens) == scopes


def family(**changes):
    return replace(family_of(asks(nonce="n"), current(), "f" * 26, NOW), **changes)


class TestWhatComesFirst:
    def test_who_has_not_entered_enters(self):
        assert asks().next("demo", None, None) == "sign_in"

    def test_an_entry_at_another_portal_is_none(self):
        assert asks().next("seps", current(), None) == "sign_in"

    def test_steps_that_are_pending_come_before_everything(self):
        assert asks(acr_values=("second_factor",)).next("demo", current(("accept_terms",)), None) == "steps"

    def test_a_fresh_entry_is_one_after_it_was_asked(self):
        wants = asks(prompt=("login",))
        assert wants.next("demo", current(created_at=NOW - timedelta(seconds=1)), None) == "sign_in"
        assert wants.next("demo", current(created_at=NOW), None) == "continue"
        assert replace(wants, asked_at=None).next("demo", current(), None) == "sign_in"

    @pytest.mark.parametrize(("age", "next_"), [(59, "continue"), (60, "continue"), (61, "sign_in")])
    def test_an_entry_may_be_as_old_as_is_said(self, age, next_):
        wants = asks(max_age=timedelta(seconds=60))
        assert wants.next("demo", current(created_at=NOW - timedelta(seconds=age)), None) == next_

    def test_a_second_factor_is_one_that_this_session_has_proven(self):
        wants = asks(acr_values=("second_factor",))
        assert wants.next("demo", current(), None) == "second_factor"
        assert wants.next("demo", current(proved_at=NOW), None) == "continue"

    def test_consent_is_asked_once_for_the_same_and_again_for_more(self):
        wants = asks(client=client(), scopes=("openid", "profile"))
        agreed = Consent(REF, "agsys", ("openid", "profile"), CONSENT_VERSION, NOW)
        assert wants.next("demo", current(), None) == "consent"
        assert wants.next("demo", current(), agreed) == "continue"
        assert replace(wants, scopes=("openid", "email")).next("demo", current(), agreed) == "consent"
        assert replace(wants, prompt=("consent",)).next("demo", current(), agreed) == "consent"
        assert wants.next("demo", current(), replace(agreed, version="0")) == "consent"

    def test_who_is_only_self_asserted_is_not_proven(self):
        wants = asks(acr_values=("proven",))
        assert wants.is_unmet("self_asserted")
        assert not wants.is_unmet("proven")
        assert not asks().is_unmet("self_asserted")


def test_consents_in_the_same_words_add_up_and_others_do_not():
    first = Consent(REF, "a", ("openid", "email"), CONSENT_VERSION, NOW)
    second = Consent(REF, "a", ("openid", "profile"), CONSENT_VERSION, NOW + timedelta(days=1))
    assert second.united(first).scopes == ("openid", "profile", "email")
    assert second.united(replace(first, version="0")).scopes == ("openid", "profile")
    assert second.united(None) == second


class TestFamilies:
    def test_it_lives_as_long_as_its_session_in_the_same_epoch(self):
        assert family().lives(NOW, 1)
        assert not family().lives(NOW, 2)
        assert not family().lives(NOW, None)
        assert not family().lives(SESSION.expires_at, 1)
        assert not family(ended=True).lives(NOW, 1)

    def test_an_id_token_says_who_entered_when_how_and_for_whom(self):
        claims = family(amr=("pwd", "otp", "mfa")).id_claims("https://x/v1/portals/demo", "sub", NOW)
        at = int(NOW.timestamp())
        assert claims == {
            "iss": "https://x/v1/portals/demo",
            "sub": "sub",
            "aud": "agsys",
            "iat": at,
            "exp": at + 600,
            "auth_time": at,
            "acr": "self_asserted",
            "amr": ["pwd", "otp", "mfa"],
            "sid": sid_of("s1", client()),
            "portal": "demo",
            "nonce": "n",
        }
        assert "nonce" not in family(nonce=None).id_claims("i", "s", NOW)

    def test_what_was_proven_is_told(self):
        assert family_of(asks(), current(proved_at=NOW), "f", NOW).amr == ("pwd", "otp", "mfa")
        assert family().amr == ("pwd",)

    def test_each_turn_has_a_refresh_token_of_its_own(self):
        assert family().code().id.endswith("-0")
        assert [family(turn=turn).refresh_token().id[-2:] for turn in (0, 1, 2)] == ["-1", "-2", "-3"]


class TestNamesOfAccounts:
    def test_a_name_is_always_the_same_to_a_client_and_another_to_each(self):
        name = subject_of("secret", "demo", client(), REF)
        assert name == subject_of("secret", "demo", client(name="Otro"), REF)
        others = [
            subject_of("secret", "demo", client(id="other"), REF),
            subject_of("secret", "seps", client(), REF),
            subject_of("secret", "demo", client(), "another"),
            subject_of("other secret", "demo", client(), REF),
        ]
        assert len({name, *others}) == 5
        assert REF not in name

    def test_tokens_of_two_authorizations_do_not_show_that_they_are_one_persons(self):
        one, other = masked("secret", "family-1", REF), masked("secret", "family-2", REF)
        assert one != other
        assert unmasked("secret", "family-1", one) == unmasked("secret", "family-2", other) == REF

    def test_a_session_is_known_to_each_client_by_another_name(self):
        assert sid_of("s1", client()) != sid_of("s1", client(id="other"))
        assert sid_of("s1", client()) == sid_of("s1", client())
