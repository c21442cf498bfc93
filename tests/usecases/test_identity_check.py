"""The identity check: it shows little of whom the registry knows, and nobody leafs through it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.fakes import World
from tests.makers import make_cedula
from tests.usecases.registry_world import ADDRESS, COMPANY, FILES, IBARRA, OPEN, check, make_world
from ventanilla.domain.errors import Busy, NotFound, Refused, RegistryDown, TooManyAttempts
from ventanilla.domain.throttling import FREE_LOOKUPS, network_of
from ventanilla.schemas.identity_checks import IdentityChecked


@pytest.fixture
def world() -> World:
    return make_world()


class TestIdentityCheck:
    def test_somebody_is_found_and_shown_masked(self, world):
        assert check(world) == IdentityChecked(
            status="found", preview={"given_names": "A** L****", "surnames": "Q******", "email": "a***@example.ec"}
        )

    def test_somebody_is_not_found(self, world):
        assert check(world, make_cedula(10, 7)) == IdentityChecked(status="not_found", preview={})

    @pytest.mark.parametrize("portal", ["demo", "buzonec"])
    def test_a_portal_without_a_channel_that_begins_so_has_none(self, world, portal):
        with pytest.raises(NotFound):
            check(world, portal=FILES.get(portal))
        assert world.calls == []

    def test_a_channel_of_agents_is_not_for_everybody(self, world):
        [channel] = OPEN.channels
        with pytest.raises(NotFound):
            check(world, portal=replace(OPEN, channels=(replace(channel, by="agent"),)))

    def test_a_kind_of_number_that_the_channel_does_not_take_is_refused(self, world):
        [channel] = OPEN.channels
        with pytest.raises(Refused) as refused:
            check(world, COMPANY, "ruc", replace(OPEN, channels=(replace(channel, identifiers=("cedula",)),)))
        assert [(error.field, error.code) for error in refused.value.errors] == [("identifier.kind", "choice")]

    def test_while_the_registry_is_down_that_is_said(self, world):
        world.registry.is_down = True
        with pytest.raises(RegistryDown):
            check(world)

    def test_a_captcha_is_demanded_before_anything_is_asked(self, world):
        with pytest.raises(Refused) as refused:
            check(world, portal=IBARRA)
        assert [error.code for error in refused.value.errors] == ["captcha_missing"]
        assert world.calls == []

    def test_it_is_used_up_before_the_registry_is_asked(self, world):
        check(world, portal=IBARRA, captcha="identity_check ibarra solved")
        assert world.calls == ["count", "use", "find"]
        with pytest.raises(Refused) as refused:
            check(world, portal=IBARRA, captcha="identity_check ibarra solved")
        assert [error.code for error in refused.value.errors] == ["captcha_used"]
        assert world.calls[3:] == ["count", "use"]


class TestNoRegisterOfCitizens:
    def use_up(self, world: World, ask: Callable[[World], Any] = check) -> None:
        for _ in range(FREE_LOOKUPS):
            ask(world)

    def test_after_fifty_look_ups_one_network_address_waits_ever_longer(self, world):
        self.use_up(world)
        waits = []
        for _ in range(12):
            with pytest.raises(TooManyAttempts) as refused:
                check(world)
            waits.append(refused.value.retry_after)
            world.clock.at += timedelta(seconds=refused.value.retry_after)
            check(world)
        assert waits[:4] == [3, 5, 9, 17]
        assert waits[-1] == 15 * 60 + 1

    def test_while_it_waits_the_registry_is_not_asked(self, world):
        self.use_up(world)
        asked = world.calls.count("find")
        with pytest.raises(TooManyAttempts):
            check(world)
        assert world.calls.count("find") == asked

    def test_found_or_not_makes_no_difference(self, world):
        self.use_up(world, lambda world: check(world, make_cedula(10, 7)))
        with pytest.raises(TooManyAttempts):
            check(world)

    def test_at_the_same_time_each_is_counted(self, world):
        world.counters.rivals = 3
        check(world)
        assert world.calls == ["count", "find"]

    def test_in_a_crowd_nobody_gets_by_uncounted(self, world):
        world.counters.rivals = 100
        with pytest.raises(Busy):
            check(world)
        assert world.calls == []

    def test_others_are_not_held_up(self, world):
        self.use_up(world)
        world.counters.failures = {
            name.replace(ADDRESS, "203.0.113.9"): one for name, one in world.counters.failures.items()
        }
        assert check(world).status == "found"

    @pytest.mark.parametrize(
        ("one", "other", "same"),
        [
            ("2001:db8:1:2:aaaa::1", "2001:db8:1:2:bbbb::2", True),
            ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
            ("198.51.100.7", "198.51.100.8", False),
            ("no address", "no address", True),
            ("fe80::1%eth0:x", "fe80::1%eth0:x", True),
        ],
    )
    def test_a_subscribers_many_addresses_are_one(self, one, other, same):
        assert (network_of(one) == network_of(other)) is same
