"""Accounts and the applications that become accounts."""

import dataclasses
from datetime import UTC, datetime, timedelta

import pytest

from ventanilla.domain.accounts import TRIES, Account, Application, Slot, full_name
from ventanilla.domain.keys import Nonce

NOW = datetime(2027, 3, 1, 15, 0, tzinfo=UTC)
APPLICATION = Application(
    id="01KJM5Q7G0ABCDEFGHJKMNPQRS",
    portal="demo",
    channel="self",
    number="1712345675",
    kind="cedula",
    state="confirm",
    email="ana@example.ec",
    profile={},
    locale="es",
    created_at=NOW,
    expires_at=NOW + timedelta(days=30),
    link_expires_at=NOW + timedelta(hours=24),
)
SLOT = Slot("reset", "slot", "id", "demo", "1712345675", 3, NOW + timedelta(hours=24))


class TestLinks:
    def test_a_link_lives_until_its_end(self):
        assert APPLICATION.link_lives(NOW + timedelta(hours=24, microseconds=-1))
        assert not APPLICATION.link_lives(NOW + timedelta(hours=24))

    @pytest.mark.parametrize("change", [{"tries": TRIES}, {"tries": TRIES + 1}, {"state": "documents"}])
    def test_one_whose_tries_are_spent_or_that_waits_for_something_else_is_dead(self, change):
        assert not dataclasses.replace(APPLICATION, **change).link_lives(NOW)

    def test_the_last_try_is_one(self):
        assert dataclasses.replace(APPLICATION, tries=TRIES - 1).link_lives(NOW)

    def test_each_link_of_an_application_has_its_own_token(self):
        assert APPLICATION.token_id == "01KJM5Q7G0ABCDEFGHJKMNPQRS-1"
        assert dataclasses.replace(APPLICATION, link=2).token_id == "01KJM5Q7G0ABCDEFGHJKMNPQRS-2"


class TestSlots:
    def test_a_token_lives_until_its_end_and_under_its_epoch(self):
        assert SLOT.lives(NOW, 3)
        assert not SLOT.lives(NOW + timedelta(hours=24), 3)
        assert not SLOT.lives(NOW, 2)
        assert not SLOT.lives(NOW, 4)

    def test_application_and_account_of_a_number_have_the_same_slot(self):
        names = {field.name for field in dataclasses.fields(Account)}
        same = {name: value for name, value in dataclasses.asdict(APPLICATION).items() if name in names}
        account = Account(**{**same, "ref": "ref", "assurance": "self_asserted", "password_hash": "hash"})
        assert account.slot == APPLICATION.slot


@pytest.mark.parametrize(
    ("profile", "name"),
    [
        ({"given_names": "Ana", "surnames": "Prueba"}, "Ana Prueba"),
        ({"given_names": "Ana"}, "Ana"),
        ({"surnames": "Prueba", "full_name": "otro"}, "Prueba"),
        ({"full_name": "Ana Prueba"}, "Ana Prueba"),
        ({"legal_name": "Cooperativa"}, "Cooperativa"),
        ({}, ""),
    ],
)
def test_a_letter_greets_by_whichever_name_there_is(profile, name):
    assert full_name(profile) == name


def test_a_nonce_is_stored_as_a_name_that_no_other_key_and_value_share():
    names = {Nonce(key, value).name for key, value in (("a.k1", "x"), ("a.k", "1x"), ("a.k1", "y"), ("a.k2", "x"))}
    assert len(names) == 4
    assert all(len(name) == 64 for name in names)
