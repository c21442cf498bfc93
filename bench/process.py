"""A process of one function under AWS's runtime client, from its start to its end."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import sysconfig
import time
from collections.abc import Mapping
from pathlib import Path
from threading import Semaphore
from typing import Any, Self

import local.bootstrap
from local.runtime_api import Invocation, RuntimeApi
from local.template import Function

_PATIENCE = 60.0


class _Api(RuntimeApi):
    """Tells when the process asks for an event: only then has it done with the one before."""

    def __init__(self, function: str) -> None:
        super().__init__(function)
        self.asked = Semaphore(0)

    def next(self) -> Invocation | None:
        """Wait for the next event."""
        self.asked.release()
        return super().next()


class Process:
    """One process; it is entered, started once with its first event, and ends when it is left.

    `processor_seconds` is what it has then worked: a machine that others use too blurs that less than the clock.
    """

    processor_seconds: float

    def __init__(self, function: Function, environment: Mapping[str, str]) -> None:
        self._api = _Api(function.name)
        self._bootstrap = [sys.executable, "-S", local.bootstrap.__file__, sysconfig.get_path("platlib")]
        self._function = function
        libraries = [function.code, *(layer / "python" for layer in function.layers)]
        self._environment = {
            "PATH": os.environ.get("PATH", ""),
            **function.environment,
            **environment,
            "AWS_LAMBDA_FUNCTION_NAME": function.name,
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory),
            "AWS_LAMBDA_RUNTIME_API": self._api.address,
            "PYTHONDONTWRITEBYTECODE": "1",  # as in Lambda, whose folders are read-only
            "PYTHONPATH": os.pathsep.join(map(str, libraries)),
            "TZ": ":UTC",
        }

    def __enter__(self) -> Self:
        """Take the process."""
        return self

    def __exit__(self, *_: object) -> None:
        """End it."""
        self._api.asked.acquire(timeout=_PATIENCE)
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        self._process.kill()
        self._process.wait()
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        self.processor_seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        self._api.close()

    def start(self, event: Any) -> tuple[Any, float]:
        """Start the process; return its answer to the event, and the seconds that this took."""
        invocation = self._submit(event)
        started = time.perf_counter()
        self._process = subprocess.Popen(  # noqa: S603  # our own interpreter and files
            [*self._bootstrap, self._function.handler],
            cwd=self._function.code,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )
        answer = self._wait(invocation)
        return answer, time.perf_counter() - started

    def invoke(self, event: Any) -> Any:
        """Return the answer to a further event."""
        return self._wait(self._submit(event))

    @property
    def peak(self) -> float:
        """The most memory that it has held, in MB."""
        status = Path(f"/proc/{self._process.pid}/status").read_text(encoding="ascii")
        [line] = [line for line in status.splitlines() if line.startswith("VmHWM:")]
        return int(line.split()[1]) / 1024

    def _submit(self, event: Any) -> Invocation:
        invocation = Invocation(json.dumps(event).encode(), self._function.timeout)
        self._api.submit(invocation)
        return invocation

    def _wait(self, invocation: Invocation) -> Any:
        if not invocation.done.wait(_PATIENCE) or invocation.answer is None:
            raise RuntimeError(f"{self._function.name}: {invocation.error or self._api.init_error or 'no answer'}")
        self._api.asked.acquire()
        return json.loads(invocation.answer)
