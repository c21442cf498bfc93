"""Posting notifications: what is tried again, what is not, and many at once."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, as_completed, wait
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import StrEnum
from threading import Event
from typing import Any, BinaryIO

import httpx

from cli.client import InstitutionClient
from cli.errors import CommandError, explain
from cli.problems import Refused, answer

MOST_FAILURES = 6  # no connection, or 5xx; refusals of the rate (429) are only limited by the time that they ask for
LONGEST_WAIT = 300.0  # seconds, in all, for one notification

Sleep = Callable[[float], None]


class Result(StrEnum):
    """What became of one notification."""

    ACCEPTED = "accepted"
    REPLAYED = "replayed"  # it had been accepted before: the first answer again
    REFUSED = "refused"
    NOT_SENT = "not sent"  # the run ended before it


@dataclass(frozen=True, slots=True)
class Line:
    """One body as it stands in a file, and where."""

    number: int
    body: bytes

    @property
    def reference(self) -> str:
        """The institution's own number, "" where there is none to be read."""
        try:
            return str(json.loads(self.body)["reference"])
        except (ValueError, RecursionError, KeyError, TypeError):
            return ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a line; `answer` is the platform's, `reason` says why there is none."""

    line: Line
    result: Result
    answer: dict[str, Any] = field(default_factory=dict)
    reason: str = ""
    ends_the_run: bool = False

    @property
    def failed(self) -> bool:
        """Whether the line is to be sent again, as it is or mended."""
        return self.result in (Result.REFUSED, Result.NOT_SENT)


def read_lines(stream: BinaryIO) -> Iterator[Line]:
    """The lines of a JSON Lines file that are not empty, numbered as an editor does."""
    for number, content in enumerate(stream, start=1):
        if body := content.removeprefix(b"\xef\xbb\xbf").strip():
            yield Line(number, body)


def send_all(lines: Iterable[Line], client: InstitutionClient, *, jobs: int) -> Generator[Outcome]:
    """Sends the lines, `jobs` at a time, and yields what becomes of each as soon as it is known.

    Reads no further than it sends. After an outcome that ends the run the rest is not sent.
    """
    interrupted = Event()
    sleep = pausing(interrupted)
    ended = False
    running: set[Future[Outcome]] = set()
    with ThreadPoolExecutor(jobs) as pool:
        try:
            for line in lines:
                if len(running) == jobs:
                    done, running = wait(running, return_when=FIRST_COMPLETED)
                    outcomes = [future.result() for future in done]
                    ended = ended or any(outcome.ends_the_run for outcome in outcomes)
                    yield from outcomes
                if ended:
                    yield Outcome(line, Result.NOT_SENT, reason="not sent: the run ended before it")
                else:
                    running.add(pool.submit(send, line, client, sleep=sleep))
            yield from (future.result() for future in as_completed(running))
        finally:
            interrupted.set()  # or Ctrl-C would wait until the last pause is over


def send(line: Line, client: InstitutionClient, *, sleep: Sleep) -> Outcome:
    """Posts one body, and again (newly signed, the same reference) where another try may help.

    Posting is idempotent by its reference: a try whose answer was lost does no harm.
    """
    try:
        check(line.body)
        response = _post(line.body, client, sleep)
        replayed = response.headers.get("idempotency-replayed") == "true"
        return Outcome(line, Result.REPLAYED if replayed else Result.ACCEPTED, answer(response))
    except (CommandError, httpx.RequestError) as error:
        # without server, valid signature or quota every other line would fail alike
        ends = error.status in (401, 429) if isinstance(error, Refused) else isinstance(error, httpx.TransportError)
        return Outcome(line, Result.REFUSED, reason=explain(error), ends_the_run=ends)


def check(body: bytes) -> None:
    """Raises `CommandError` for what is no JSON object; all else is the platform's to judge."""
    try:
        content = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise CommandError(f"not JSON: {error}") from error
    if not isinstance(content, dict):
        raise CommandError("not a JSON object")


def pausing(interrupted: Event) -> Sleep:
    """A sleep that an interrupt ends."""

    def sleep(seconds: float) -> None:
        if interrupted.wait(seconds):
            raise CommandError("interrupted")

    return sleep


def _post(body: bytes, client: InstitutionClient, sleep: Sleep) -> httpx.Response:
    tries, failures, waited = 0, 0, 0.0
    while True:
        tries, asked = tries + 1, 0.0
        try:
            response = client.post(body)
        except httpx.TransportError:
            failures += 1
            if failures == MOST_FAILURES:
                raise
        else:
            if response.status_code < 500 and response.status_code != 429:
                return response
            failures += response.status_code >= 500
            asked = _retry_after(response)
            if failures == MOST_FAILURES or waited + asked > LONGEST_WAIT:
                return response
        # half a second, one, two, up to sixteen; not the same for all jobs, or they would return together
        pause = max(asked, 2.0 ** min(tries - 2, 4)) * random.uniform(1, 1.25)  # noqa: S311 - keeps no secret
        waited += pause
        sleep(pause)


def _retry_after(response: httpx.Response) -> float:
    """Seconds that the server asks to wait (RFC 9110 §10.2.3, a number or a date); 0 where it does not ask."""
    value = response.headers.get("retry-after", "")
    if value.isdecimal():
        return float(value)
    try:
        return (parsedate_to_datetime(value) - datetime.now(UTC)).total_seconds()
    except (ValueError, TypeError):  # TypeError: a date without its zone
        return 0.0
