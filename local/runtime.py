"""Runs handlers in this process: each function a module of its own, one invocation at a time."""

from __future__ import annotations

import importlib.util
import json
import logging
import sys
import time
import uuid
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from local.cfn import ACCOUNT, REGION
from local.template import Function

log = logging.getLogger("local.runtime")
Handler = Callable[[Any, Any], Any]


class InvocationFailed(Exception):
    """The function raised, could not be loaded, or its process ended; `type` is Lambda's `errorType`."""

    def __init__(self, function: str, type: str, text: str) -> None:  # noqa: A002  # Lambda's word
        super().__init__(f"{function}: {type}: {text}")
        self.type, self.text = type, text


class TimedOut(InvocationFailed):
    """The function did not answer within its timeout."""


class Overloaded(Exception):
    """No process of the function became free in time."""


class Runtime(Protocol):
    """What invokes functions."""

    def invoke(self, name: str, event: Any) -> Any:
        """Run a function and return its answer; InvocationFailed where there is none."""
        ...

    def close(self) -> None:
        """End what was started."""
        ...


@dataclass(frozen=True, slots=True)
class Context:
    """The second argument of a handler, as Lambda's runtime client builds it."""

    function_name: str
    memory_limit_in_mb: int
    timeout: int
    aws_request_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    function_version: str = "$LATEST"
    log_stream_name: str = "local"
    identity: None = None
    client_context: None = None
    _began: float = field(default_factory=time.monotonic)

    @property
    def invoked_function_arn(self) -> str:
        """The function's ARN."""
        return arn(self.function_name)

    @property
    def log_group_name(self) -> str:
        """The function's log group."""
        return f"/aws/lambda/{self.function_name}"

    def get_remaining_time_in_millis(self) -> int:
        """Return what is left of the timeout, in milliseconds."""
        return max(0, int((self.timeout - (time.monotonic() - self._began)) * 1000))


def arn(function: str) -> str:
    """Return the ARN of a function."""
    return f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{function}"


class InProcess:
    """Handlers in this process, behind a lock, since neither powertools nor moto is thread-safe; no timeouts."""

    def __init__(self, functions: Mapping[str, Function], lock: AbstractContextManager[Any]) -> None:
        self._functions, self._lock = functions, lock
        self._handlers: dict[str, Handler] = {}
        self._modules: list[str] = []
        self._closed = False

    def invoke(self, name: str, event: Any) -> Any:
        """Run a handler with a copy of the event, as it would arrive over the wire."""
        function = self._functions[name]
        with self._lock:
            if self._closed:
                raise Overloaded(name)
            try:
                handler = self._handlers.get(name) or self._load(function)
                answer = handler(json.loads(json.dumps(event)), Context(name, function.memory, function.timeout))
                return json.loads(json.dumps(answer))
            except (Exception, SystemExit) as error:
                log.exception("%s failed", name)
                raise InvocationFailed(name, type(error).__name__, str(error)) from error

    def close(self) -> None:
        """Forget the modules, so that the next site loads them anew."""
        with self._lock:
            self._closed = True  # a request that comes late must not find the real AWS
            self._handlers.clear()
            for module in self._modules:
                sys.modules.pop(module, None)

    def _load(self, function: Function) -> Handler:
        module_name, _, attribute = function.handler.rpartition(".")
        path = function.code / Path(*module_name.split(".")).with_suffix(".py")
        name = f"local_{function.name}"
        spec = importlib.util.spec_from_file_location(name, path)
        if spec is None or spec.loader is None:
            raise ImportError(f"{path} is not a module")
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        self._modules.append(name)
        spec.loader.exec_module(module)
        handler: Handler = getattr(module, attribute)
        self._handlers[function.name] = handler
        return handler
