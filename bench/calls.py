"""Calls of AWS, caught on their way out of botocore: recorded, answered from a record, or counted."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import cycle
from typing import Any

from botocore.client import BaseClient
from botocore.exceptions import ClientError

Send = Callable[[str, dict[str, Any]], Any]
"""Makes a call: its operation and parameters."""
Handle = Callable[[Send, str, dict[str, Any]], Any]
"""Takes the place of a call, and is handed the way to make it."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a call gave: its result, or an error as botocore words it."""

    operation: str
    body: dict[str, Any]
    failed: bool = False


@contextmanager
def caught(handle: Handle) -> Iterator[None]:
    """Let all calls of this process pass through a handler."""
    clients: Any = BaseClient
    original = clients._make_api_call  # noqa: SLF001  # where pynamodb and botocore's own methods come together

    def call(client: Any, operation: str, parameters: dict[str, Any]) -> Any:
        return handle(lambda name, given: original(client, name, given), operation, parameters)

    clients._make_api_call = call  # noqa: SLF001  # as above
    try:
        yield
    finally:
        clients._make_api_call = original  # noqa: SLF001  # as above


@contextmanager
def recorded() -> Iterator[list[Answer]]:
    """Write down what calls give."""
    answers: list[Answer] = []

    def record(send: Send, operation: str, parameters: dict[str, Any]) -> Any:
        try:
            result = send(operation, parameters)
        except ClientError as error:
            answers.append(Answer(operation, dict(error.response), failed=True))
            raise
        answers.append(Answer(operation, {name: result[name] for name in result if name != "ResponseMetadata"}))
        return result

    with caught(record):
        yield answers


class Replay:
    """Gives the answers of a record, those of each operation in their order, over and over."""

    def __init__(self, answers: list[Answer]) -> None:
        kinds: defaultdict[str, list[Answer]] = defaultdict(list)
        for answer in answers:
            kinds[answer.operation].append(answer)
        self._next = {operation: cycle(kind) for operation, kind in kinds.items()}

    def answer(self, operation: str) -> Answer:
        """Return the next answer of an operation."""
        return next(self._next[operation])

    def __call__(self, _send: Send, operation: str, _parameters: dict[str, Any]) -> Any:
        """Answer a call without making it."""
        answer = self.answer(operation)
        if answer.failed:
            error: Any = answer.body
            raise ClientError(error, operation)
        return answer.body
