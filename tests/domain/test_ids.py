"""Opaque identifiers."""

import re

from hypothesis import given
from hypothesis import strategies as st

from ventanilla.domain.ids import LENGTH, derived_id, random_id, slot_of

FORM = re.compile(r"[a-z2-7]{26}")
parts = st.lists(st.text(), min_size=1, max_size=4)


def test_a_random_id_has_128_bits_in_26_characters_and_never_comes_twice():
    made = {random_id() for _ in range(2000)}
    assert len(made) == 2000
    assert all(FORM.fullmatch(one) and len(one) == LENGTH for one in made)


@given(parts)
def test_a_derived_id_always_stands_for_the_same_parts(names):
    assert derived_id(*names) == derived_id(*names)
    assert FORM.fullmatch(derived_id(*names))


def test_parts_are_told_apart():
    assert (
        len({derived_id("a", "b"), derived_id("ab"), derived_id("ab", ""), derived_id("", "ab"), derived_id("b", "a")})
        == 5
    )


def test_a_derived_id_is_the_same_in_every_process_and_version():
    assert derived_id("notification", "municipio-ejemplo", "RES-2027-0001") == "tcr6m6i7kkylqu4hzpzpticcr4"


def test_a_slot_differs_by_portal_and_number_and_shows_neither():
    slots = {slot_of(portal, number) for portal in ("demo", "ipsot") for number in ("1712345675", "1712345676")}
    assert len(slots) == 4
    assert all(FORM.fullmatch(slot) for slot in slots)
