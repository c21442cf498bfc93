"""Memory: the most that a process holds, by its first answer and by its two hundredth."""

from __future__ import annotations

from collections.abc import Mapping

from bench.canned import Canned
from bench.cold import environment, references
from bench.process import Process
from bench.report import Section, Value
from bench.scenes import Scene, outcome_of
from local.template import Function

ANSWERS = 200


def measure(functions: Mapping[str, Function], scenes: list[Scene]) -> Section:
    """Let each function answer over and over in one process."""
    stages = [*references(functions[scenes[0].function]), *((functions[scene.function], scene) for scene in scenes)]
    with Canned() as canned:
        rows = [_row(function, scene, canned) for function, scene in stages]
    return Section("Memory: peak RSS in MB", rows, ["argon2 takes 19 MB of it while it hashes"])


def _row(function: Function, scene: Scene, canned: Canned) -> dict[str, Value]:
    canned.give(scene.answers)
    with Process(function, environment(canned)) as process:
        process.start(scene.event())
        first = process.peak
        for _ in range(ANSWERS - 1):
            answer = process.invoke(scene.event())
        if outcome_of(answer) != scene.outcome:
            raise RuntimeError(f"{function.name} answered {answer}, not {scene.outcome}")
        last = process.peak
    return {
        "function": scene.function,
        "first answer": round(first, 1),
        f"{ANSWERS} answers": round(last, 1),
        "growth": round(last - first, 1),
        "memory given": function.memory,
    }
