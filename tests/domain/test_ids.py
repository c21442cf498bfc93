"""Opaque identifiers."""

import re
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from ventanilla.domain.ids import LENGTH, READABLE, TIME_ID_LENGTH, derived_id, random_id, slot_of, time_id

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


class TestTimeId:
    def test_it_is_ordered_by_time_to_a_thirty_second_of_a_second(self):
        start = datetime(2026, 11, 22, tzinfo=UTC)
        made = [time_id(start + timedelta(seconds=step / 32)) for step in range(0, 4000, 7)]
        assert made == sorted(set(made))
        assert {len(one) for one in made} == {TIME_ID_LENGTH}
        assert time_id(datetime(2053, 1, 1, tzinfo=UTC)) > made[-1]

    def test_it_holds_nothing_that_is_read_as_something_else(self):
        start = datetime(2026, 1, 1, tzinfo=UTC)
        said = {
            symbol for hours in range(3000) for symbol in time_id(start + timedelta(hours=hours, seconds=hours / 7))
        }
        assert said == set(READABLE)
        assert not said & set("01ilo")
