"""Cold start: from spawn to the first answer, beside a bare client of DynamoDB."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from bench.calls import Answer
from bench.canned import Canned
from bench.events import request
from bench.process import Process
from bench.report import Section, Value
from bench.samples import median
from bench.scenes import Scene, outcome_of
from local.stores import CREDENTIALS
from local.template import Function

GOAL = 1.7
BARE, GIVEN = "(bare client)", "(given libraries)"
_HERE = Path(__file__).parent
_BARE_A_ROUND = 3


@dataclass(frozen=True, slots=True)
class Run:
    """From spawn to answer, and what processors worked until the end."""

    seconds: float
    processor_seconds: float


def references(function: Function) -> list[tuple[Function, Scene]]:
    """Return what the functions are compared with, in the same layer as one of them."""
    bare = replace(function, name=BARE, code=_HERE / "bare", handler="app.handler")
    given = replace(function, name=GIVEN, code=_HERE / "given", handler="app.app")
    wish = request("POST /v1/resets", {"portal": "ipsot"})
    return [
        (bare, Scene(BARE, "botocore", dict, [], 204)),
        (given, Scene(GIVEN, "validated route, model", lambda: wish, [Answer("PutItem", {})], 200)),
    ]


def measure(functions: Mapping[str, Function], scenes: list[Scene], *, rounds: int) -> Section:
    """Spawn every function in each round, in any order, with the bare client between them."""
    compared = references(functions[scenes[0].function])
    stages = [*compared, *((functions[scene.function], scene) for scene in scenes)]
    order = [*stages, *[compared[0]] * (_BARE_A_ROUND - 1)]
    runs: defaultdict[str, list[Run]] = defaultdict(list)
    with Canned() as canned:
        for _ in range(rounds):
            random.shuffle(order)
            for function, scene in order:
                runs[scene.function].append(spawn(function, scene, canned))
    rows = [_row(scene, runs[scene.function], runs[BARE]) for _, scene in stages]
    return Section(
        "Cold start: spawn to first answer",
        rows,
        [
            f"medians of {rounds} runs, interleaved; awslambdaric, byte code {_compiled(stages[-1][0])}",
            f"goal {GOAL}, by the processors' time: nothing waits here, so both are the same on a machine that is idle",
        ],
    )


def environment(canned: Canned) -> dict[str, str]:
    """Return how a process reaches the recorded answers."""
    return {**CREDENTIALS, "AWS_ENDPOINT_URL": canned.address}


def spawn(function: Function, scene: Scene, canned: Canned) -> Run:
    """Start a process, and end it when it has answered."""
    canned.give(scene.answers)
    event = scene.event()
    with Process(function, environment(canned)) as process:
        answer, seconds = process.start(event)
    if outcome_of(answer) != scene.outcome:
        raise RuntimeError(f"{function.name} answered {answer}, not {scene.outcome}")
    return Run(seconds, process.processor_seconds)


def _row(scene: Scene, runs: list[Run], bare: list[Run]) -> dict[str, Value]:
    ratio = median(run.seconds for run in runs) / median(run.seconds for run in bare)
    work, least = (median(run.processor_seconds for run in some) for some in (runs, bare))
    return {
        "function": scene.function,
        "event": scene.what,
        "ms": round(median(run.seconds for run in runs) * 1000, 1),
        "fastest": round(min(run.seconds for run in runs) * 1000, 1),
        "ratio": round(ratio, 2),
        "processor ms": round(work * 1000, 1),
        "its ratio": round(work / least, 2),
        "goal met": None if scene.function in (BARE, GIVEN) else work / least <= GOAL,
    }


def _compiled(function: Function) -> str:
    packages = function.layers[0] / "python" / "ventanilla"
    return "compiled" if any(packages.rglob("*.pyc")) else "NOT COMPILED"
