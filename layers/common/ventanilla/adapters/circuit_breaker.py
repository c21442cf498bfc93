"""A circuit breaker: whoever does not answer is left in peace for a while, so that nobody waits for them in vain."""

from __future__ import annotations

from datetime import datetime, timedelta

from ventanilla.usecases.ports import Clock


class CircuitBreaker:
    """Opens after some failures in a row; when it has rested, one call is let through to see (half-open).

    One in each process: a function's processes find out by themselves, and none writes anything down.
    """

    def __init__(self, clock: Clock, *, failures: int = 5, rest: timedelta = timedelta(seconds=30)) -> None:
        self._clock = clock
        self._allowed = failures
        self._rest = rest
        self._failures = 0
        self._open_until: datetime | None = None

    def admits(self) -> bool:
        """Tell whether a call may be made; a call that is let through to see keeps the others waiting."""
        if self._open_until is None:
            return True
        now = self._clock.now()
        if now < self._open_until:
            return False
        self._open_until = now + self._rest
        return True

    def succeeded(self) -> None:
        """Close it."""
        self._failures = 0
        self._open_until = None

    def failed(self) -> None:
        """Count a failure; the last one allowed opens it, and so does the failure of a call made to see."""
        self._failures += 1
        if self._failures >= self._allowed:
            self._open_until = self._clock.now() + self._rest
