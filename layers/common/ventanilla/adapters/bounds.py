"""Bounds for what reads files from strangers: a parser can be led round in circles, or made to swell."""

from __future__ import annotations

import resource
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_STATUS = Path("/proc/self/statm")
_AGAIN = 0.1  # seconds until a reader that did not hear is told again


class OutOfBounds(Exception):
    """It took too long, or too much memory."""


class _TooLong(BaseException):
    """Nothing that a library catches."""


@contextmanager
def bounded(*, seconds: float, memory: int) -> Iterator[None]:
    """Let what is done in it take so long, and so many bytes more than the process has, at most.

    The hour is heard in the main thread alone, where Lambda calls a handler; memory is counted on Linux.

    Raises:
        OutOfBounds: it took more.
    """
    try:
        with _memory(memory), _time(seconds):
            yield
    except (_TooLong, MemoryError):
        raise OutOfBounds from None


@contextmanager
def _time(seconds: float) -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    handler, hook = signal.signal(signal.SIGALRM, _stop), sys.unraisablehook

    def restore() -> None:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, handler)
        sys.unraisablehook = hook

    # Python drops what is raised in a destructor or in a weak reference's callback, and readers run many: so it is told
    # until it ends, and what was dropped is not reported
    sys.unraisablehook = lambda dropped: None if dropped.exc_type is _TooLong else hook(dropped)
    signal.setitimer(signal.ITIMER_REAL, seconds, _AGAIN)
    try:
        try:
            yield
        finally:
            restore()
    except _TooLong:
        restore()  # the hour may have struck once more while it was being switched off
        raise


def _stop(*_: object) -> None:
    raise _TooLong


@contextmanager
def _memory(more: int) -> Iterator[None]:
    if not _STATUS.exists():
        yield
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    most = int(_STATUS.read_text().split()[0]) * resource.getpagesize() + more
    resource.setrlimit(resource.RLIMIT_AS, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))
