"""The domain's clock."""

import math

import pytest

from local.clock import MAX_OFFSET, Clock, as_text


@pytest.fixture
def clock(tmp_path):
    return Clock(tmp_path / "clock")


def test_without_a_file_it_shows_the_real_time(clock):
    assert clock.offset == 0


def test_it_goes_ahead_by_the_sum_of_what_it_was_told(clock):
    clock.advance(60)
    clock.advance(0.5)
    assert clock.offset == 60.5
    assert float(clock.path.read_text()) == 60.5


def test_whole_seconds_are_written_as_such(clock):
    clock.advance(300)
    assert clock.path.read_text() == "300"


@pytest.mark.parametrize("seconds", [-1, math.nan, math.inf, MAX_OFFSET + 1])
def test_it_neither_goes_back_nor_out_of_bounds(clock, seconds):
    with pytest.raises(ValueError, match="advance"):
        clock.advance(seconds)
    assert clock.offset == 0


def test_it_can_be_set_back_to_the_real_time(clock):
    clock.advance(10)
    clock.reset()
    assert clock.offset == 0


def test_times_are_written_with_z(clock):
    assert as_text(clock.now()).endswith("Z")
