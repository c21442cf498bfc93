"""Knows when something may have changed and when everything rests, so that nobody polls in vain or sleeps blindly."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Condition

_PAUSE = 0.02  # seconds in which changes are gathered, so that a burst of requests is one poll


class NotSettled(Exception):
    """Streams and queues were still busy when the patience was over."""


class Activity:
    """A count of changes on which workers wait, and the number of invocations under way."""

    def __init__(self) -> None:
        self._condition = Condition()
        self._version = 0
        self._running = 0
        self._impatient = 0
        self._stopped = False
        self._idle: dict[str, int] = {}

    @property
    def version(self) -> int:
        """The number of changes so far: read it before a poll and hand it to `rest` after."""
        with self._condition:
            return self._version

    def stopped(self) -> bool:
        """Tell whether the site is shutting down."""
        return self._stopped

    def changed(self) -> None:
        """Wake everybody: something may have been written, or the clock moved."""
        with self._condition:
            self._version += 1
            self._condition.notify_all()

    @contextmanager
    def invocation(self) -> Iterator[None]:
        """Count an invocation as under way; its end is a change."""
        with self._condition:
            self._running += 1
        try:
            yield
        finally:
            with self._condition:
                self._running -= 1
                self._version += 1
                self._condition.notify_all()

    def enlist(self, worker: str) -> None:
        """Make settling wait for this worker too."""
        with self._condition:
            self._idle[worker] = -1

    def rest(self, worker: str, version: int, patience: float) -> None:
        """Say that the worker found nothing at that version; wait for a change, for `patience` seconds at most."""
        with self._condition:
            self._idle[worker] = version
            self._condition.notify_all()
            if self._condition.wait_for(lambda: self._stopped or self._version != version, patience):
                self._condition.wait_for(lambda: self._stopped or self._impatient > 0, _PAUSE)

    def pause(self, seconds: float) -> None:
        """Wait before a retry, unless the site shuts down."""
        with self._condition:
            self._condition.wait_for(lambda: self._stopped, seconds)

    def resting(self) -> bool:
        """Tell whether nothing runs and every worker has found nothing since the last change."""
        with self._condition:
            return self._resting()

    def settle(self, timeout: float) -> None:
        """Wait until everything rests; NotSettled after `timeout` seconds."""
        with self._condition:
            self._impatient += 1
            self._condition.notify_all()
            try:
                if not self._wait(self._resting, timeout):
                    busy = [worker for worker, version in self._idle.items() if version != self._version]
                    raise NotSettled(f"{self._running} invocations under way, not at rest: {', '.join(busy) or 'none'}")
            finally:
                self._impatient -= 1

    def stop(self) -> None:
        """Wake everybody for the last time."""
        with self._condition:
            self._stopped = True
            self._condition.notify_all()

    def _wait(self, predicate: Callable[[], bool], timeout: float) -> bool:
        end = time.monotonic() + timeout
        while not predicate():
            left = end - time.monotonic()
            if left <= 0 or self._stopped:
                return False
            self._condition.wait(left)
        return True

    def _resting(self) -> bool:
        return self._running == 0 and all(version == self._version for version in self._idle.values())
