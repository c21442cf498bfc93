"""Whether the time of an answer tells a stranger who has an account."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from bench.acts import Acts
from bench.calls import Send, caught
from bench.report import Section, Value
from bench.samples import mann_whitney, median

PAIRS = 200
MILLISECONDS = 10.0
P = 0.01
_WARM_UP = 5
Event = Callable[[int], dict[str, Any]]
"""Makes the event of an attempt by its number."""


def measure(acts: Acts) -> Section:
    """Ask about somebody known and somebody unknown, by turns in any order, and compare."""
    known = acts.citizen()

    def sign_in(number: str) -> Event:
        typed = replace(known, number=number, password="not the right one")  # noqa: S106  # nobody's
        return lambda attempt: acts.sign_in(typed, address=f"203.0.113.{attempt % 250}")

    def ask(number: str) -> Event:
        return lambda _: acts.reset(replace(known, number=number))

    def register(number: str) -> Event:
        return lambda _: acts.registration(replace(known, number=number))

    unknown = acts.stranger().number
    rows = [
        _row(acts, "sign in: known, unknown", "SessionFunction", sign_in(known.number), sign_in(unknown)),
        _row(acts, "reset, ask: known, unknown", "ResetFunction", ask(known.number), ask(unknown)),
        _row(acts, "register: taken, new", "RegisterFunction", register(known.number), register(unknown)),
    ]
    return Section(
        "What time tells, ms (Mann–Whitney)",
        rows,
        [
            f"{PAIRS} pairs in this process, real hashing; goal: medians within {MILLISECONDS:g} ms, p > {P:g}",
            "calls of AWS left out, since moto needs longer for an item that it finds; with them: the last two columns",
        ],
    )


def _row(acts: Acts, what: str, function: str, known: Event, unknown: Event) -> dict[str, Value]:
    ours: dict[Event, list[float]] = {known: [], unknown: []}
    whole: dict[Event, list[float]] = {known: [], unknown: []}
    for attempt in range(-_WARM_UP, PAIRS):
        for event in random.sample((known, unknown), 2):
            seconds, in_calls = _seconds(acts, function, event(attempt))
            if attempt >= 0:
                ours[event].append((seconds - in_calls) * 1000)
                whole[event].append(seconds * 1000)
            # or the next attempt would have to wait
            acts.stage.empty("TokensTable", "OutboxTable", "ApplicationsTable")
    difference, p = median(ours[known]) - median(ours[unknown]), mann_whitney(ours[known], ours[unknown])
    return {
        "answers": what,
        "known": round(median(ours[known]), 2),
        "unknown": round(median(ours[unknown]), 2),
        "difference": round(difference, 2),
        "p": round(p, 3),
        "goal met": abs(difference) <= MILLISECONDS and p > P,
        "on moto": round(median(whole[known]) - median(whole[unknown]), 2),
        "its p": round(mann_whitney(whole[known], whole[unknown]), 3),
    }


def _seconds(acts: Acts, function: str, event: dict[str, Any]) -> tuple[float, float]:
    """Return how long an answer took, and how much of that the calls of AWS."""
    in_calls = 0.0

    def clock(send: Send, operation: str, parameters: dict[str, Any]) -> Any:
        nonlocal in_calls
        begun = time.perf_counter()
        try:
            return send(operation, parameters)
        finally:
            in_calls += time.perf_counter() - begun

    with caught(clock):
        started = time.perf_counter()
        answer = acts.stage.invoke(function, event)
        seconds = time.perf_counter() - started
    if answer["statusCode"] not in (202, 401):
        raise RuntimeError(f"{function}: {answer}")
    return seconds, in_calls
