"""Authorization: what comes before the answer, and the code that is the answer."""

from dataclasses import replace

import pytest

from tests.fakes import World
from tests.usecases.conftest import enter as make_session
from tests.usecases.conftest import make_account
from tests.usecases.openid_world import DEAF, OTHER, SERVICE, asks, mint_of, with_clients
from ventanilla.domain.errors import NotFound, SignOnRefused
from ventanilla.domain.grants import Grant
from ventanilla.usecases.openid import answer, ask, asked_at, client_of, mark
from ventanilla.usecases.openid_consents import list_consents, withdraw_consent

QUERY = [("client_id", "servicio"), ("state", "x y")]


@pytest.fixture
def world(demo, ipsot, office):
    return World(with_clients(demo), ipsot, office)


@pytest.fixture
def current(world):
    return make_session(world, make_account(world, grants=(Grant("acopio", "1790012345001"),)))


def refused(act):
    with pytest.raises(SignOnRefused) as raised:
        act()
    return raised.value.error


class TestWhenItWasAsked:
    def test_it_is_told_for_an_hour_and_of_the_same_question(self, world):
        marked = mark(QUERY, keys=world.keys, clock=world.clock)
        told = lambda query, text=marked: asked_at(query, text, keys=world.keys, clock=world.clock)  # noqa: E731
        assert told([*reversed(QUERY), ("asked", marked)]) == world.clock.now()
        assert told([("client_id", "otro"), ("state", "x y")]) is None
        assert told(QUERY, marked[:-1]) is None
        assert told(QUERY, None) is None
        world.clock.advance(minutes=60)
        assert told(QUERY) is None

    def test_no_other_token_of_ours_says_it(self, world):
        other = world.keys.write("reset", "slot", "1803913200000")
        assert asked_at(QUERY, other, keys=world.keys, clock=world.clock) is None


class TestAsking:
    def shown(self, world, current, **changes):
        return ask(asks(world, **changes), current, world.portals.get("demo"), "en", sign_ons=world.sign_ons)

    def test_it_says_who_asks_for_what_in_words(self, world, current):
        shown = self.shown(world, current)
        assert (shown.client.name, shown.next, shown.consent) == ("Service", "consent", True)
        assert [scope.id for scope in shown.scopes] == ["openid", "profile", "grants", "offline_access"]
        assert shown.scopes[1].text == "See your name"

    def test_in_the_language_that_the_client_asks_for(self, world, current):
        shown = self.shown(world, current, ui_locales=("qu", "es"))
        assert (shown.locale, shown.client.name, shown.scopes[1].text) == ("es", "Servicio", "Ver su nombre")

    def test_to_a_stranger_it_says_that_they_enter_first(self, world):
        shown = self.shown(world, None, login_hint="1712345675")
        assert (shown.next, shown.pending, shown.login_hint) == ("sign_in", [], "1712345675")

    def test_it_names_the_steps_that_are_pending(self, world, current):
        waiting = replace(current, pending=("accept_terms",))
        assert self.shown(world, waiting).pending == ["accept_terms"]

    def test_of_what_cannot_be_met_nobody_is_asked(self, world, current):
        shown = self.shown(world, current, acr_values=("proven",))
        assert (shown.next, shown.consent) == ("continue", False)


class TestAnswering:
    def answered(self, world, current, *, approve=True, **changes):
        return answer(asks(world, **changes), current, approve=approve, mint=mint_of(world))

    def test_who_agrees_is_sent_on_with_a_code_and_the_consent_is_kept(self, world, current):
        code = self.answered(world, current)
        [family] = world.sign_ons.families.values()
        [consent] = world.sign_ons.agreed.values()
        assert code.startswith("openid-code.")
        assert current.state.ref not in code
        assert (family.client, family.session, family.turn) == ("servicio", current.session.secret_hash, 0)
        assert consent.scopes == ("openid", "profile", "grants", "offline_access")

    def test_who_declines_is_sent_on_without(self, world, current):
        assert refused(lambda: self.answered(world, current, approve=False)) == "access_denied"
        assert world.sign_ons.families == {}

    @pytest.mark.parametrize(
        ("changes", "pending", "error"),
        [
            ({"acr_values": ("second_factor",)}, (), "unmet_authentication_requirements"),
            ({"acr_values": ("proven",)}, (), "unmet_authentication_requirements"),
            ({"prompt": ("login",), "asked_at": None}, (), "login_required"),
            ({}, ("accept_terms",), "interaction_required"),
        ],
    )
    def test_what_comes_first_is_told_in_the_standards_words(self, world, current, changes, pending, error):
        waiting = replace(current, pending=pending)
        assert refused(lambda: self.answered(world, waiting, **changes)) == error
        assert world.sign_ons.families == {}

    def test_nobody_is_asked_nothing_where_nothing_may_be_asked(self, world, current):
        assert refused(lambda: self.answered(world, None, approve=None)) == "login_required"
        assert refused(lambda: self.answered(world, current, approve=None)) == "consent_required"
        self.answered(world, current)
        assert self.answered(world, current, approve=None).startswith("openid-code.")

    def test_a_client_that_need_not_ask_leaves_no_consent(self, world, current):
        assert self.answered(world, current, client=OTHER, approve=None, redirect_uri=OTHER.redirect_uris[0])
        assert world.sign_ons.agreed == {}

    def test_a_session_that_has_just_ended_brings_no_code(self, world, current):
        world.sessions.end(current.session)
        assert refused(lambda: self.answered(world, current)) == "login_required"


class TestConsents:
    def test_they_are_listed_and_taken_back_with_all_that_came_of_them(self, world, current):
        for client in (SERVICE, DEAF):
            answer(asks(world, client=client), current, approve=True, mint=mint_of(world))
        listed = list_consents(current, "es", portals=world.portals, sign_ons=world.sign_ons)
        assert [(line.client, line.name) for line in listed.items] == [("servicio", "Servicio"), ("sordo", "Servicio")]
        withdraw_consent("servicio", current, sign_ons=world.sign_ons)
        assert [consent.client for consent in world.sign_ons.consents(current.state.ref)] == ["sordo"]
        assert {family.client: family.ended for family in world.sign_ons.families.values()} == {
            "servicio": True,
            "sordo": False,
        }

    def test_one_that_is_not_there_is_not_found(self, world, current):
        with pytest.raises(NotFound):
            withdraw_consent("servicio", current, sign_ons=world.sign_ons)

    def test_a_system_that_is_registered_no_more_goes_by_its_id(self, world, current):
        answer(asks(world, client=replace(SERVICE, id="gone")), current, approve=True, mint=mint_of(world))
        [line] = list_consents(current, "es", portals=world.portals, sign_ons=world.sign_ons).items
        assert line.name == "gone"


def test_a_client_is_one_of_its_portals_own(world):
    assert client_of(world.portals.get("demo"), "servicio") is SERVICE
    assert client_of(world.portals.get("ipsot"), "servicio") is None
    assert client_of(world.portals.get("demo"), None) is None
