"""Slots of living tokens, counts of mails, and nonces: everything here has an end."""

import dataclasses
from datetime import timedelta

import pytest

from tests.adapters.conftest import NUMBER, PORTAL
from tests.fakes import NOW
from ventanilla.adapters import tokens as module
from ventanilla.domain.accounts import TRIES, Slot
from ventanilla.domain.keys import NONCES_KEPT, Nonce

SLOT = Slot("reset", "s" * 26, "i" * 26, PORTAL, NUMBER, 1, NOW + timedelta(hours=24))
OTHER = dataclasses.replace(SLOT, id="j" * 26)
ADDRESS = "ana@example.ec"


@pytest.fixture
def slots(services):
    return services.slots


class TestSlots:
    @pytest.mark.parametrize("slot", [SLOT, dataclasses.replace(SLOT, purpose="address", email="n@example.ec")])
    def test_a_slot_holds_what_was_put_there(self, slots, slot):
        assert slots.hold(slot, instead_of=None)
        assert slots.slot(slot.purpose, slot.slot) == slot

    def test_each_purpose_has_its_own(self, slots):
        slots.hold(SLOT, instead_of=None)
        assert slots.slot("address", SLOT.slot) is None

    def test_who_comes_second_does_not_fill_it(self, slots):
        slots.hold(SLOT, instead_of=None)
        assert not slots.hold(OTHER, instead_of=None)
        assert slots.slot("reset", SLOT.slot) == SLOT

    def test_another_takes_the_place_of_the_one_that_was_seen_there(self, slots):
        slots.hold(SLOT, instead_of=None)
        assert slots.hold(OTHER, instead_of=SLOT)
        assert slots.slot("reset", SLOT.slot) == OTHER

    def test_and_of_no_other(self, slots):
        slots.hold(OTHER, instead_of=None)
        third = dataclasses.replace(SLOT, id="k" * 26)
        assert not slots.hold(third, instead_of=SLOT)
        assert slots.slot("reset", SLOT.slot) == OTHER

    def test_one_that_was_used_is_not_held_again(self, slots):
        assert not slots.hold(OTHER, instead_of=SLOT)
        assert slots.slot("reset", SLOT.slot) is None

    def test_its_code_has_five_tries(self, slots):
        slots.hold(SLOT, instead_of=None)
        assert [slots.take_try(SLOT, NOW) for _ in range(TRIES + 2)] == [True] * 5 + [False] * 2
        assert slots.slot("reset", SLOT.slot) == dataclasses.replace(SLOT, tries=TRIES)

    def test_one_that_takes_its_place_has_all_of_them(self, slots):
        slots.hold(SLOT, instead_of=None)
        slots.take_try(SLOT, NOW)
        slots.hold(OTHER, instead_of=SLOT)
        assert not slots.take_try(SLOT, NOW)
        assert slots.slot("reset", SLOT.slot).tries == 0

    def test_one_that_is_over_or_not_there_has_none(self, slots, stage):
        assert not slots.take_try(SLOT, NOW)
        assert stage.items("TokensTable") == []
        slots.hold(SLOT, instead_of=None)
        assert not slots.take_try(SLOT, SLOT.expires_at)

    def test_it_is_tidied_up_after_its_end(self, slots, stage):
        slots.hold(SLOT, instead_of=None)
        slots.hold(dataclasses.replace(OTHER, expires_at=NOW + timedelta(hours=48)), instead_of=SLOT)
        [item] = stage.items("TokensTable")
        assert int(item["ttl"]["N"]) == int(NOW.timestamp()) + 48 * 3600 + 1


class TestMailCounts:
    def may(self, slots, item, now=NOW, address=ADDRESS, purpose="confirm"):
        return slots.may_mail(purpose, address, item, now)

    def test_there_are_three_an_hour(self, slots):
        assert [self.may(slots, f"item-{number}") for number in range(5)] == [True, True, True, False, False]

    def test_the_same_item_counts_once_however_often_it_is_tried(self, slots):
        assert all(self.may(slots, "item-1") for _ in range(5))
        assert [self.may(slots, f"item-{number}") for number in (2, 3, 4, 3)] == [True, True, False, True]

    def test_an_hour_after_the_first_there_is_room_again(self, slots):
        for number in range(3):
            self.may(slots, f"item-{number}", NOW + timedelta(minutes=number))
        assert not self.may(slots, "item-4", NOW + timedelta(hours=1, microseconds=-1))
        assert self.may(slots, "item-4", NOW + timedelta(hours=1))
        assert [self.may(slots, f"item-{number}", NOW + timedelta(hours=1)) for number in (5, 6, 7)] == [
            True,
            True,
            False,
        ]

    def test_each_purpose_and_each_address_has_its_own(self, slots):
        for number in range(4):
            self.may(slots, f"item-{number}")
        assert self.may(slots, "item-9", purpose="reset")
        assert self.may(slots, "item-9", address="otra@example.ec")

    def test_an_address_counts_however_it_is_written(self, slots):
        for number, address in enumerate(["ana@example.ec", "ANA@example.ec", "Ana@Example.EC"]):
            assert self.may(slots, f"item-{number}", address=address)
        assert not self.may(slots, "item-9")

    def test_the_table_does_not_show_the_address(self, slots, stage):
        self.may(slots, "item-1")
        assert "ana" not in repr(stage.items("TokensTable"))

    def test_it_is_tidied_up_after_its_hour(self, slots, stage):
        self.may(slots, "item-1")
        [item] = stage.items("TokensTable")
        assert int(item["ttl"]["N"]) == int(NOW.timestamp()) + 3600 + 1

    def test_two_first_mails_at_the_same_moment_both_have_room(self, slots, monkeypatch):
        update_if, calls = module.update_if, []

        def overtaken(*args):
            calls.append(args)
            if len(calls) == 2:  # between looking for room and beginning an hour, somebody else begins it
                assert self.may(slots, "item-2")
            return update_if(*args)

        monkeypatch.setattr(module, "update_if", overtaken)
        assert self.may(slots, "item-1")
        assert [self.may(slots, "item-3"), self.may(slots, "item-4")] == [True, False]


class TestNonces:
    NONCE = Nonce("municipio-ejemplo.k1", "n" * 22)

    def test_a_nonce_is_used_once(self, slots):
        assert slots.use_nonce(self.NONCE, NOW)
        assert not slots.use_nonce(self.NONCE, NOW)

    def test_each_key_has_its_own(self, slots):
        assert slots.use_nonce(self.NONCE, NOW)
        assert slots.use_nonce(dataclasses.replace(self.NONCE, key_id="municipio-ejemplo.k2"), NOW)

    def test_one_of_any_length_can_be_kept(self, slots):
        assert slots.use_nonce(Nonce("municipio-ejemplo.k1", "n" * 5000), NOW)

    def test_it_is_kept_for_longer_than_a_signature_may_live(self, slots, stage):
        slots.use_nonce(self.NONCE, NOW)
        [item] = stage.items("TokensTable")
        assert timedelta(seconds=30 + 300 + 300) < NONCES_KEPT
        assert int(item["ttl"]["N"]) == int((NOW + NONCES_KEPT).timestamp()) + 1
