"""Sign-out: who asks for it is known, and systems are told of it once each, or again until they take it."""

from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qs

import pytest

from tests.fakes import NOW, World
from tests.usecases.conftest import enter as make_session
from tests.usecases.conftest import make_account
from tests.usecases.openid_world import DEAF, ISSUERS, OTHER, SERVICE, asks, mint_of, with_clients
from ventanilla.domain.errors import ClientRefused
from ventanilla.usecases.openid import answer
from ventanilla.usecases.openid_logout import EVENT, log_out, owed_at_end, read_logout, tell

ISSUER = f"{ISSUERS}demo"


@pytest.fixture
def world(demo, ipsot, office):
    return World(with_clients(demo), ipsot, office)


@pytest.fixture
def current(world):
    return make_session(world, make_account(world))


def enter(world, current, *clients):
    for client in clients:
        answer(asks(world, client=client), current, approve=True, mint=mint_of(world))


def tell_all(world, item_id):
    return tell(
        item_id,
        ISSUERS,
        outbox=world.outbox,
        portals=world.portals,
        sign_ons=world.sign_ons,
        signing=world.openid_keys,
        secret=world.openid_secret,
        poster=world.poster,
        clock=world.clock,
    )


class TestAsking:
    def read(self, world, **query):
        return read_logout(query, world.portals.get("demo"), issuer=ISSUER, signing=world.openid_keys).redirect_to

    def hint(self, world, **claims):
        return world.openid_keys.sign("RS256", {"iss": ISSUER, "aud": "servicio", **claims})

    def test_its_user_goes_to_an_address_of_its_own_with_its_state(self, world):
        there = self.read(
            world, id_token_hint=self.hint(world), post_logout_redirect_uri="https://s.example.ec/bye", state="a b"
        )
        assert there == "https://s.example.ec/bye?state=a+b"
        assert self.read(world, client_id="servicio", post_logout_redirect_uri="https://s.example.ec/bye")
        assert self.read(world) is None

    def test_a_token_that_has_expired_still_says_who_asks(self, world):
        hint = self.hint(world, exp=1)
        assert self.read(world, id_token_hint=hint, post_logout_redirect_uri="https://s.example.ec/bye")

    @pytest.mark.parametrize(
        "query",
        [
            {"client_id": "nobody"},
            {"post_logout_redirect_uri": "https://s.example.ec/bye"},
            {"client_id": "servicio", "post_logout_redirect_uri": "https://evil.example.ec/"},
            {"client_id": "otro", "post_logout_redirect_uri": "https://s.example.ec/bye"},
            {"id_token_hint": "x.y.z"},
        ],
    )
    def test_whom_we_do_not_know_is_led_nowhere(self, world, query):
        with pytest.raises(ClientRefused):
            self.read(world, **query)

    def test_a_token_of_one_is_no_word_of_another(self, world):
        with pytest.raises(ClientRefused):
            self.read(world, id_token_hint=self.hint(world), client_id="otro")

    def test_who_presses_leaves_and_systems_are_owed_a_word(self, world, current):
        request = read_logout({}, world.portals.get("demo"), issuer=ISSUER, signing=world.openid_keys)
        kept = {"portals": world.portals, "sessions": world.sessions, "clock": world.clock}
        assert log_out(request, current, **kept) is None
        assert world.sessions.kept == {}
        assert world.outbox.only.kind == "signed_out"
        assert log_out(request, None, **kept) is None


class TestWhatIsOwed:
    def owed(self, world, portal="demo", session=None, epoch=2):
        return owed_at_end(portal, "ref", session, portals=world.portals, now=NOW, epoch=epoch)

    def test_nothing_where_no_system_wants_to_hear_of_it(self, world):
        assert self.owed(world, "ipsot") is None
        assert self.owed(world, "atlantis") is None

    def test_of_a_session_its_own_and_of_an_account_all_that_were_before(self, world, current):
        assert self.owed(world, session=current.session).about["session"] == current.session.secret_hash
        assert self.owed(world).about == {"portal": "demo", "ref": "ref", "epoch": "2"}


class TestTelling:
    def left(self, world, current, session=True):
        state = current.state
        item = owed_at_end(
            "demo",
            state.ref,
            current.session if session else None,
            portals=world.portals,
            now=NOW,
            epoch=state.epoch + 1,
        )
        world.outbox.put(item)
        return item

    def test_each_system_that_was_entered_is_told_once_of_this_session(self, world, current):
        enter(world, current, SERVICE, SERVICE, OTHER, DEAF)
        other = make_session(world, world.accounts.get("demo", current.state.number))
        enter(world, other, SERVICE)
        assert tell_all(world, self.left(world, current).id) == "split"
        assert world.outbox.kinds == ["logout_token"]
        assert tell_all(world, world.outbox.only.id) == "told"
        [(url, body)] = world.poster.posted
        claims = world.openid_keys.read(parse_qs(body.decode())["logout_token"][0])
        assert url == SERVICE.backchannel_logout_uri
        assert (claims["iss"], claims["aud"], claims["events"]) == (f"{ISSUERS}demo", "servicio", {EVENT: {}})
        family = next(one for one in world.sign_ons.families.values() if one.session == current.session.secret_hash)
        assert (claims["sid"], claims["sub"]) == (family.sid, mint_of(world).subject(SERVICE, current.state.ref))
        assert "nonce" not in claims
        assert world.outbox.items == {}

    def test_when_an_account_ends_all_its_sessions_do(self, world, current):
        enter(world, current, SERVICE)
        tell_all(world, self.left(world, current, session=False).id)
        assert tell_all(world, world.outbox.only.id) == "told"
        token = parse_qs(world.poster.posted[0][1].decode())["logout_token"][0]
        assert "sid" not in world.openid_keys.read(token)

    def test_where_nobody_was_entered_nobody_is_told(self, world, current):
        assert tell_all(world, self.left(world, current).id) == "split"
        assert world.outbox.items == {}
        assert tell_all(world, "x") == "done"

    def test_one_that_does_not_take_it_is_told_again_for_a_day(self, world, current):
        enter(world, current, SERVICE)
        tell_all(world, self.left(world, current).id)
        item, world.poster.error = world.outbox.only, "timeout"
        assert tell_all(world, item.id) == "failed"
        assert world.outbox.only == item
        world.clock.advance(days=1)
        assert tell_all(world, item.id) == "given_up"
        assert world.outbox.items == {}

    def test_one_that_is_registered_no_more_is_not_told(self, world, current):
        enter(world, current, SERVICE)
        tell_all(world, self.left(world, current).id)
        world.portals._portals["demo"] = replace(world.portals.get("demo"), clients=(OTHER,))
        assert tell_all(world, world.outbox.only.id) == "not_wanted"
        assert world.poster.posted == []

    def test_what_it_is_told_lives_for_two_minutes(self, world, current):
        enter(world, current, SERVICE)
        tell_all(world, self.left(world, current).id)
        tell_all(world, world.outbox.only.id)
        claims = world.openid_keys.read(parse_qs(world.poster.posted[0][1].decode())["logout_token"][0])
        assert timedelta(seconds=claims["exp"] - claims["iat"]) == timedelta(minutes=2)
