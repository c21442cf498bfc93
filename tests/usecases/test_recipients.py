"""Recipients: whether somebody has a mailbox."""

import dataclasses

import pytest

from tests.usecases.conftest import INSTITUTION, NUMBER, make_account, sender
from ventanilla.domain.errors import InstitutionSuspended, PortalNotAllowed, QuotaPassed, Refused
from ventanilla.domain.throttling import LOOKUPS_OF_RECIPIENTS
from ventanilla.schemas.recipients import LookedUp
from ventanilla.usecases import recipients


@pytest.fixture
def look_up(world):
    def look_up(portal="demo", institution=INSTITUTION, number=NUMBER):
        return recipients.look_up(
            LookedUp(kind="cedula", number=number, portal=portal),
            sender(None, institution),
            portals=world.portals,
            notifications=world.notifications,
            quotas=world.quotas,
            clock=world.clock,
        ).registered

    return look_up


def test_a_mailbox_is_open_or_not(world, look_up):
    assert not look_up()
    make_account(world)
    assert look_up()
    assert look_up(number=f"{NUMBER[:9]}-{NUMBER[9]}")


def test_who_may_not_post_may_not_ask(look_up):
    with pytest.raises(PortalNotAllowed):
        look_up("ipsot")
    with pytest.raises(InstitutionSuspended):
        look_up(institution=dataclasses.replace(INSTITUTION, status="suspended"))
    with pytest.raises(Refused):
        look_up("ipsot", dataclasses.replace(INSTITUTION, portals=("ipsot",)))


def test_it_is_no_register_of_citizens(world, look_up):
    world.quotas.used["recipients", INSTITUTION.id] = LOOKUPS_OF_RECIPIENTS.limit
    with pytest.raises(QuotaPassed) as refused:
        look_up()
    assert refused.value.retry_after == 60
    assert look_up(institution=dataclasses.replace(INSTITUTION, id="otra")) is False
