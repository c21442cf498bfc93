"""Runs functions in processes of their own, under AWS's runtime client `awslambdaric`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import time
from collections.abc import Mapping
from pathlib import Path
from threading import BoundedSemaphore, Lock
from typing import Any

from local.cfn import REGION
from local.runtime import InvocationFailed, Overloaded, TimedOut
from local.runtime_api import Invocation, RuntimeApi
from local.template import Function

INIT_TIMEOUT = 30.0  # seconds; Lambda gives 10 on a machine that is not shared with all the others
WAIT = 30.0  # seconds that a request waits for a free process: the gateway's own limit
_KEPT = ("HOME", "LANG", "LC_ALL", "PATH", "TMPDIR")
_BOOTSTRAP = Path(__file__).with_name("bootstrap.py")


class Ric:
    """Pools of processes, started when first needed; several run at the same time, up to `concurrency` a function."""

    def __init__(
        self,
        functions: Mapping[str, Function],
        environment: Mapping[str, str],
        *,
        concurrency: int,
        isolated: bool = False,
    ) -> None:
        """Prepare the pools.

        Args:
            functions: by name.
            environment: added to what each function declares: region, credentials, endpoints.
            concurrency: processes of one function at the same time.
            isolated: libraries come from the function's layers only, not from this environment.
        """
        self._pools = {
            name: _Pool(function, {**_process_environment(function), **environment}, concurrency, isolated)
            for name, function in functions.items()
        }

    def invoke(self, name: str, event: Any) -> Any:
        """Run a function in a process that is free, or in a new one."""
        return self._pools[name].invoke(json.dumps(event).encode())

    def close(self) -> None:
        """End all processes."""
        for pool in self._pools.values():
            pool.close()


def _process_environment(function: Function) -> dict[str, str]:
    inherited = {name: os.environ[name] for name in _KEPT if name in os.environ}
    lambdas = {
        "AWS_LAMBDA_FUNCTION_NAME": function.name,
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory),
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{function.name}",
        "AWS_LAMBDA_LOG_STREAM_NAME": "local",
        "AWS_REGION": REGION,
        "LAMBDA_TASK_ROOT": str(function.code),
        "TZ": ":UTC",
        "_HANDLER": function.handler,
    }
    return {**inherited, **lambdas, **function.environment}


class _Worker:
    """One process and its Runtime API."""

    def __init__(self, function: Function, environment: Mapping[str, str], isolated: bool) -> None:
        self._function = function
        self._api = RuntimeApi(function.name)
        layers = [layer / "python" if (layer / "python").is_dir() else layer for layer in function.layers]
        bootstrap = ["-S", str(_BOOTSTRAP), sysconfig.get_path("platlib")]
        start = [sys.executable, *(bootstrap if isolated else ["-m", "awslambdaric"])]
        self._process = subprocess.Popen(  # noqa: S603  # our own interpreter and files
            [*start, function.handler],
            cwd=function.code,
            env={
                **environment,
                "AWS_LAMBDA_RUNTIME_API": self._api.address,
                "PYTHONPATH": os.pathsep.join(map(str, [function.code, *layers])),
            },
            stdin=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C is for us; we end the processes
        )

    @property
    def alive(self) -> bool:
        """Whether the process runs."""
        return self._process.poll() is None

    def invoke(self, event: bytes) -> Any:
        """Hand an event over and wait for the answer."""
        if not self._wait(self._api.ready.wait, INIT_TIMEOUT):
            raise self._silence(INIT_TIMEOUT, "Init")
        invocation = Invocation(event, self._function.timeout)
        self._api.submit(invocation)
        if not self._wait(invocation.done.wait, self._function.timeout):
            raise self._silence(self._function.timeout, "Task")
        if invocation.answer is not None:
            return json.loads(invocation.answer)
        raise self._failure(invocation.error or {})

    def close(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.wait()
        self._api.close()

    def _wait(self, happened: Any, seconds: float) -> bool:
        """Wait for an event of the API; looks now and then whether the process has died."""
        end = time.monotonic() + seconds
        while not happened(timeout=max(0.0, min(0.05, end - time.monotonic()))):
            if not self.alive or time.monotonic() >= end:
                return bool(happened(timeout=0))
        return True

    def _silence(self, seconds: float, what: str) -> InvocationFailed:
        """Say why no answer came."""
        if self.alive:
            return TimedOut(self._function.name, "Sandbox.Timedout", f"{what} timed out after {seconds:.2f} seconds")
        if self._api.init_error is not None:
            return self._failure(self._api.init_error)
        text = f"Runtime exited with status {self._process.returncode}"
        return InvocationFailed(self._function.name, "Runtime.ExitError", text)

    def _failure(self, error: Mapping[str, Any]) -> InvocationFailed:
        return InvocationFailed(
            self._function.name, str(error.get("errorType", "Unhandled")), str(error.get("errorMessage", ""))
        )


class _Pool:
    """The processes of one function."""

    def __init__(self, function: Function, environment: Mapping[str, str], concurrency: int, isolated: bool) -> None:
        self._function, self._environment, self._isolated = function, environment, isolated
        self._places = BoundedSemaphore(concurrency)
        self._lock = Lock()
        self._idle: list[_Worker] = []
        self._all: set[_Worker] = set()
        self._closed = False

    def invoke(self, event: bytes) -> Any:
        """Run the function in a process of the pool; one that failed outright is replaced next time."""
        if not self._places.acquire(timeout=WAIT):
            raise Overloaded(self._function.name)
        try:
            worker = self._take()
            try:
                return worker.invoke(event)
            except TimedOut:
                self._discard(worker)
                raise
            finally:
                self._give_back(worker)
        finally:
            self._places.release()

    def close(self) -> None:
        """End the processes."""
        with self._lock:
            self._closed = True
            workers = list(self._all)
        for worker in workers:
            self._discard(worker)

    def _take(self) -> _Worker:
        with self._lock:
            worker = self._idle.pop() if self._idle else None
        if worker is not None and worker.alive:
            return worker
        if worker is not None:
            self._discard(worker)
        with self._lock:
            if self._closed:
                raise Overloaded(self._function.name)
            worker = _Worker(self._function, self._environment, self._isolated)
            self._all.add(worker)
        return worker

    def _give_back(self, worker: _Worker) -> None:
        if worker.alive:
            with self._lock:
                self._idle.append(worker)
        else:
            self._discard(worker)

    def _discard(self, worker: _Worker) -> None:
        with self._lock:
            if worker not in self._all:
                return
            self._all.remove(worker)
        worker.close()
