"""Lambda's event source mappings: a worker for each stream, queue and schedule of the template."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from local.platform import Platform
from local.positions import Positions
from local.queues import QueuePoller
from local.schedules import SchedulePoller
from local.streams import StreamPoller
from local.template import Template
from local.workers import Source, Worker


class Mappings:
    """All workers of a site, and those of `others`.

    `patience` is how often (in seconds) a stream is looked at when nobody says it changed.
    """

    def __init__(
        self,
        template: Template,
        platform: Platform,
        positions: Positions,
        *,
        patience: float,
        others: Sequence[Source] = (),
    ) -> None:
        self._positions, self._lock = positions, platform.lock
        with platform.lock:
            streams = [StreamPoller(source, positions, platform, patience=patience) for source in template.streams]
            self._queues = [QueuePoller(source, platform) for source in template.queues]
        schedules = [
            SchedulePoller(source, template.functions[source.function].dead_letters, platform)
            for source in template.schedules
        ]
        sources: list[Source] = [*streams, *self._queues, *schedules, *others]
        self._workers = [Worker(source, platform.activity, self._keep_positions) for source in sources]
        for worker in self._workers:
            worker.start()

    def pass_time(self, seconds: float, shift: Callable[[float], None]) -> None:
        """Let the queues' timers run ahead, but for no message that is being handled."""
        for queue in self._queues:
            queue.handling.acquire()
        try:
            with self._lock:
                shift(seconds)
        finally:
            for queue in self._queues:
                queue.handling.release()

    def join(self) -> None:
        """Wait for the end of all workers, after `Activity.stop`."""
        for worker in self._workers:
            worker.join()

    def _keep_positions(self) -> None:
        if self._positions.unwritten() and all(queue.empty() for queue in self._queues):
            self._positions.write()
