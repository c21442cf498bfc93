"""Look-ups in the identity registry are counted per network address, like failures to sign in."""

from __future__ import annotations

import time

from ventanilla.domain.errors import Busy, TooManyAttempts
from ventanilla.domain.throttling import FREE_LOOKUPS, Failures, network_of
from ventanilla.usecases.ports import Clock, Counters

_ATTEMPTS = 5


def heed_wait(address: str, *, counters: Counters, clock: Clock) -> Failures:
    """Return what has been counted of a network address.

    Raises:
        TooManyAttempts: so much that it has to wait.
    """
    now = clock.now()
    counted = counters.counted(f"lookups#{network_of(address)}", now)
    if counted.wait(now):
        raise TooManyAttempts(counted.wait(now))
    return counted


def count_lookup(address: str, *, counters: Counters, clock: Clock) -> None:
    """Count a look-up, before anything is told of it.

    Raises:
        TooManyAttempts: the network address has to wait.
        Busy: others were counting under it all the time.
    """
    for attempt in range(_ATTEMPTS):
        counted = heed_wait(address, counters=counters, clock=clock)
        now = clock.now()
        if counters.count(counted, counted.failed(now, FREE_LOOKUPS), now):
            return
        time.sleep(0.01 * attempt)
    raise Busy
