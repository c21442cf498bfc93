"""Counts: who sees which, and for which month."""

from datetime import date

import pytest

from tests.usecases.staff_world import ANA, EVA, World
from ventanilla.domain.counts import Tally
from ventanilla.domain.errors import NotFound, Refused
from ventanilla.domain.grants import Grant
from ventanilla.domain.institutions import Institution
from ventanilla.usecases.counts import of_institution, of_platform
from ventanilla.usecases.notify import Sender

RUC, OTHER = "1760000150001", "1760013210001"


class Counted:
    """Each institution and the platform have sent so much in each month that is asked for."""

    def __init__(self):
        self.asked = []

    def of(self, institution, month):
        self.asked.append((institution, month))
        day = date.fromisoformat(f"{month}-03")
        return Tally({"sent": 3, "opened": 1}, {49: 1}), {day: Tally({"sent": 3})}

    def of_platform(self, month):
        return self.of("platform", month)


@pytest.fixture
def world():
    world = World()
    world.institutions.add(Institution(RUC, "Municipio de Ejemplo"))
    return world


@pytest.fixture
def counts():
    return Counted()


@pytest.fixture
def ask(world, counts):
    def ask(caller, month="2027-02", institution=RUC):
        shared = {"counts": counts, "clock": world.clock}
        if institution is None:
            return of_platform(month, caller, **shared)
        return of_institution(institution, month, caller, institutions=world.institutions, **shared)

    return ask


@pytest.fixture
def admin(world):
    return world.enter(world.account(number=ANA, grants=(Grant("institution_admin", RUC),)))


@pytest.fixture
def mintel(world):
    return world.enter(world.account(number=EVA, grants=(Grant("platform_admin", "platform"),)))


def signed(world, institution=RUC):
    return Sender(world.institutions.get(institution) or Institution(institution, ""), f"{institution}.k1")


def test_administrators_and_its_own_system_see_an_institutions(world, ask, admin, mintel):
    for caller in (admin, mintel, signed(world)):
        shown = ask(caller)
        assert (shown.month.sent, shown.month.opened, shown.month.median_seconds_to_opening) == (3, 1, 102)
        [day] = shown.days
        assert (day.date, day.sent, day.opened, day.median_seconds_to_opening) == (date(2027, 2, 3), 3, 0, None)


def test_to_others_they_are_not_there(world, ask):
    stranger = world.enter(world.account(number=ANA, grants=(Grant("institution_admin", OTHER),)))
    for caller in (stranger, signed(world, OTHER), signed(world, f"test-{RUC}")):
        with pytest.raises(NotFound):
            ask(caller)


def test_one_that_is_not_there_has_none(ask, mintel):
    with pytest.raises(NotFound):
        ask(mintel, institution=OTHER)


def test_a_shadow_sees_its_own(world, counts, ask):
    ask(signed(world, f"test-{RUC}"), institution=f"test-{RUC}")
    assert counts.asked == [(f"test-{RUC}", "2027-02")]


def test_the_platforms_are_for_its_administrators(ask, admin, mintel):
    assert ask(mintel, institution=None).month.sent == 3
    with pytest.raises(NotFound):
        ask(admin, institution=None)


def test_without_a_month_it_is_this_one_in_ecuador(world, counts, ask, admin):
    world.clock.advance(hours=24 * 31)
    ask(admin, None)
    [(_, month)] = counts.asked
    assert month == f"{world.clock.now():%Y-%m}"


@pytest.mark.parametrize(
    "month", ["", "2027", "2027-13", "2027-00", "2027-1", "1999-01", "2027-01-01", "２０２７-01", "x"]
)
def test_what_is_no_month_is_refused(ask, admin, month):
    with pytest.raises(Refused) as raised:
        ask(admin, month)
    assert [(error.field, error.code) for error in raised.value.errors] == [("month", "month_form")]
