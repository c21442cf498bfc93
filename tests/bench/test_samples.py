import random

import pytest

from bench.samples import mann_whitney, percentile


def test_samples_without_a_difference_give_a_high_probability():
    assert mann_whitney([1, 2, 3, 4] * 10, [1, 2, 3, 4] * 10) > 0.99


def test_samples_apart_give_a_low_probability():
    assert mann_whitney(range(50), range(50, 100)) < 1e-15


def test_it_does_not_matter_which_sample_comes_first():
    numbers = random.Random(1)  # noqa: S311  # no secret
    left, right = [numbers.gauss(0, 1) for _ in range(40)], [numbers.gauss(0.4, 1) for _ in range(30)]
    assert mann_whitney(left, right) == pytest.approx(mann_whitney(right, left))


def test_values_that_are_all_the_same_tell_nothing():
    assert mann_whitney([5.0] * 20, [5.0] * 20) == 1.0


def test_the_approximation_agrees_with_a_worked_example():
    # U = 10 by counting pairs, mean 32, deviation sqrt(64 / 12 * 17), z = 21.5 / 9.5219
    left, right = [1, 2, 3, 5, 6, 7, 8, 14], [4, 9, 10, 11, 12, 13, 15, 16]
    assert mann_whitney(left, right) == pytest.approx(0.02394, abs=1e-4)


def test_ties_share_their_ranks():
    # ranks 1.5 1.5 4 4 | 4 6 7.5 7.5: U = 1, z = 6.5 / sqrt(16 / 12 * (9 - (6 + 24 + 6) / 56))
    assert mann_whitney([1, 1, 2, 2], [2, 3, 4, 4]) == pytest.approx(0.05151, abs=1e-4)


def test_equal_samples_are_called_different_as_rarely_as_the_probability_says():
    numbers = random.Random(2)  # noqa: S311  # no secret
    draws = [mann_whitney(*([numbers.random() for _ in range(50)] for _ in range(2))) for _ in range(400)]
    assert sum(p < 0.1 for p in draws) / 400 == pytest.approx(0.1, abs=0.04)


@pytest.mark.parametrize(("share", "value"), [(0.0, 1), (0.5, 50), (0.95, 95), (1.0, 100)])
def test_a_percentile_is_a_value_that_was_measured(share, value):
    assert percentile(list(range(100, 0, -1)), share) == value
