"""Warm handlers: what our own code and the given libraries take, without AWS and without hashing."""

from __future__ import annotations

import time

from bench.calls import Replay, caught
from bench.report import Section, Value
from bench.samples import median, percentile
from bench.scenes import Scene, outcome_of
from bench.stage import Stage

GOAL = 3.0
CALLS = 300
_WARM_UP = 30


class _NoHasher:
    """Takes every password for right, in no time."""

    def hash(self, password: str) -> str:
        """Return anything."""
        return f"hash of {len(password)}"

    def fits(self, password_hash: str | None, password: str) -> bool:
        """Let in who has an account."""
        return bool(password_hash and password)

    def is_outdated(self, password_hash: str) -> bool:
        """Keep every hash."""
        return not password_hash


def measure(stage: Stage, scenes: list[Scene]) -> Section:
    """Run each HTTP function many times over on the answers that were recorded."""
    rows = [_row(stage, scene) for scene in scenes if scene.is_http]
    note = f"{CALLS} calls each, AWS's answers recorded, passwords not hashed; goal: median up to {GOAL:g} ms"
    return Section("Warm handler, ms", rows, [note])


def _row(stage: Stage, scene: Scene) -> dict[str, Value]:
    stage.restart()
    stage.services.__dict__["hasher"] = _NoHasher()
    times: list[float] = []
    with caught(Replay(scene.answers)):
        for event in [scene.event() for _ in range(_WARM_UP + CALLS)]:
            started = time.perf_counter()
            answer = stage.invoke(scene.function, event)
            times.append((time.perf_counter() - started) * 1000)
            if outcome_of(answer) != scene.outcome:
                raise RuntimeError(f"{scene.function} answered {answer}, not {scene.outcome}")
    stage.restart()
    middle = median(times[_WARM_UP:])
    return {
        "function": scene.function,
        "event": scene.what,
        "median": round(middle, 2),
        "p95": round(percentile(times[_WARM_UP:], 0.95), 2),
        "goal met": middle <= GOAL,
    }
