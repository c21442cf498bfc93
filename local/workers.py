"""Threads that stand for Lambda's event source mappings: each polls one source and rests when it finds nothing."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from threading import Thread
from typing import Any, Protocol

from local.activity import Activity
from local.runtime import InvocationFailed

log = logging.getLogger("local.workers")
Invoke = Callable[[str, Any], Any]


class Source(Protocol):
    """What a worker polls."""

    name: str

    @property
    def patience(self) -> float:
        """The seconds after which it is polled though nothing is known to have changed."""
        ...

    def step(self) -> bool:
        """Do the work that waits, a batch at most; False where there was none."""
        ...


class Worker:
    """A thread that polls a source until the site shuts down; `at_rest` is called each time it found nothing."""

    def __init__(self, source: Source, activity: Activity, at_rest: Callable[[], None] | None = None) -> None:
        self._source, self._activity, self._at_rest = source, activity, at_rest
        activity.enlist(source.name)
        self._thread = Thread(target=self._run, name=source.name, daemon=True)

    def start(self) -> None:
        """Begin polling."""
        self._thread.start()

    def join(self) -> None:
        """Wait for the end, after `Activity.stop`."""
        self._thread.join()

    def _run(self) -> None:
        while not self._activity.stopped():
            version = self._activity.version
            try:
                if self._source.step():
                    self._activity.changed()
                    continue
                if self._at_rest is not None:
                    self._at_rest()
            except Exception:
                if self._activity.stopped():
                    return
                log.exception("%s: trying again", self._source.name)
                self._activity.pause(1)
                continue
            self._activity.rest(self._source.name, version, self._source.patience)


def run_batch(invoke: Invoke, function: str, records: Sequence[Any], ids: Sequence[str], *, partial: bool) -> set[str]:
    """Hand a batch to a function and return the ids of the records that failed, as Lambda counts them.

    With `partial` (ReportBatchItemFailures) the answer names them; an answer that names none it was given, or that has
    another form, is a failure of all, and so is an exception.
    """
    try:
        answer = invoke(function, {"Records": list(records)})
    except InvocationFailed as error:
        log.debug("%s", error)
        return set(ids)
    return _reported(answer, ids) if partial else set()


def _reported(answer: Any, ids: Iterable[str]) -> set[str]:
    known = set(ids)
    if not answer:
        return set()
    if not isinstance(answer, dict):
        return known
    failures = answer.get("batchItemFailures")
    if not failures and not isinstance(failures, str):
        return set()
    try:
        failed = {failure["itemIdentifier"] for failure in failures}
    except (TypeError, KeyError):
        return known
    return failed if failed and failed <= known else known
