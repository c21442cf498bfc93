"""What is said of repeated measurements."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from itertools import accumulate
from statistics import median

__all__ = ["mann_whitney", "median", "percentile"]


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value that this share of the values (0 to 1) does not exceed."""
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


def mann_whitney(left: Sequence[float], right: Sequence[float]) -> float:
    """Return how probable it is that two samples of one distribution differ at least as much (two-sided p).

    Mann and Whitney's U by the normal approximation, with the corrections for ties and for continuity: good from about
    twenty values on each side.
    """
    sizes = len(left), len(right)
    total = sum(sizes)
    ties = Counter([*left, *right])
    values = sorted(ties)
    last_ranks = accumulate(ties[value] for value in values)
    rank = {value: last - (ties[value] - 1) / 2 for value, last in zip(values, last_ranks, strict=True)}
    u = sum(rank[value] for value in left) - sizes[0] * (sizes[0] + 1) / 2
    tied = sum(times**3 - times for times in ties.values()) / (total * (total - 1))
    deviation = math.sqrt(sizes[0] * sizes[1] / 12 * (total + 1 - tied))
    distance = abs(u - sizes[0] * sizes[1] / 2) - 0.5
    return math.erfc(max(0.0, distance) / deviation / math.sqrt(2)) if deviation else 1.0
