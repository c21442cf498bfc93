"""What is only tried: whose mailbox it lies in, and how it fares."""

import pytest

from ventanilla.domain.identifiers import parse
from ventanilla.domain.institutions import is_institution_id, is_shadow, read_key_id, real_of, shadow_of
from ventanilla.domain.notifications import Recipient
from ventanilla.domain.simulation import RESERVED, mailbox_of, scenario_of

SOMEBODY = Recipient("demo", "cedula", "1712345675")


@pytest.mark.parametrize("number", RESERVED)
def test_reserved_numbers_are_valid(number):
    assert parse("cedula", number).number == number


def test_everybody_else_has_a_mailbox_and_receives():
    scenario = scenario_of(SOMEBODY)
    assert (scenario.has_mailbox, scenario.opened_after) == (True, None)
    assert [fate for fate, _ in scenario.fates] == ["sent", "delivered"]


def test_a_shadow_has_mailboxes_of_its_own():
    assert mailbox_of("municipio", SOMEBODY) == SOMEBODY
    assert mailbox_of("test-municipio", SOMEBODY) == Recipient("test-municipio/demo", "cedula", "1712345675")


def test_no_institution_is_another_ones_shadow():
    assert real_of(shadow_of("municipio")) == "municipio"
    assert is_shadow("test-municipio")
    assert not is_institution_id("test-municipio")


def test_a_test_key_names_the_shadow():
    assert read_key_id("test-municipio.k1") == ("test-municipio", "k1")
