"""A consent that was taken back between its reading and the code that rested on it was given all the same."""

import pytest

from tests.fakes import World
from tests.usecases.conftest import enter, make_account
from tests.usecases.openid_world import asks, mint_of, with_clients
from ventanilla.domain.errors import SignOnRefused
from ventanilla.usecases.openid import answer
from ventanilla.usecases.openid_consents import withdraw_consent


@pytest.fixture
def world(demo, ipsot, office):
    return World(with_clients(demo), ipsot, office)


def test_what_is_taken_back_meanwhile_is_not_relied_on(world, monkeypatch):
    current = enter(world, make_account(world))
    answer(asks(world), current, approve=True, mint=mint_of(world))
    begin = world.sign_ons.begin

    def late(*given):
        withdraw_consent("servicio", current, sign_ons=world.sign_ons)
        return begin(*given)

    monkeypatch.setattr(world.sign_ons, "begin", late)
    with pytest.raises(SignOnRefused):
        answer(asks(world, prompt=("none",)), current, approve=None, mint=mint_of(world))
    assert all(family.ended for family in world.sign_ons.families.values())


def test_agreeing_anew_holds(world):
    current = enter(world, make_account(world))
    answer(asks(world), current, approve=True, mint=mint_of(world))
    withdraw_consent("servicio", current, sign_ons=world.sign_ons)
    assert answer(asks(world), current, approve=True, mint=mint_of(world))
