"""What starts a function, as the template says it: routes, streams, queues and schedules."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from local.cfn import TemplateError
from local.filters import Pattern, check_pattern


@dataclass(frozen=True, slots=True)
class Route:
    """A route of the HTTP API; the path `$default` takes what no other route does."""

    function: str
    method: str
    path: str

    @property
    def key(self) -> str:
        """The gateway's name for it."""
        return "$default" if self.path == "$default" else f"{self.method} {self.path}"


@dataclass(frozen=True, slots=True)
class StreamSource:
    """The stream of a table; `retries` below 0 are without end, `on_failure` is the name of a queue."""

    function: str
    table: str
    batch_size: int = 100
    latest: bool = False
    patterns: tuple[Pattern, ...] = ()
    partial: bool = False
    bisect: bool = False
    retries: int = -1
    on_failure: str | None = None


@dataclass(frozen=True, slots=True)
class QueueSource:
    """A queue, named."""

    function: str
    queue: str
    batch_size: int = 10
    patterns: tuple[Pattern, ...] = ()
    partial: bool = False


@dataclass(frozen=True, slots=True)
class ScheduleSource:
    """A schedule: `rate(…)` or `cron(…)`, with the input it gives, if it gives one of its own."""

    function: str
    name: str
    expression: str
    input: str | None = None


Source = Route | StreamSource | QueueSource | ScheduleSource


def read_source(function: str, event: str, kind: str, properties: Mapping[str, Any]) -> Source | None:
    """Read an event of a function; None where it is switched off."""
    if properties.get("Enabled") is False or properties.get("State") == "DISABLED":
        return None
    match kind:
        case "HttpApi":
            return _route(function, properties)
        case "DynamoDB":
            return _stream(function, properties)
        case "SQS":
            return QueueSource(
                function,
                properties["Queue"].rpartition(":")[2],
                int(properties.get("BatchSize", 10)),
                _patterns(properties),
                _partial(properties),
            )
        case "Schedule" | "ScheduleV2":
            expression = properties.get("Schedule") or properties["ScheduleExpression"]
            return ScheduleSource(function, f"{function}{event}", expression, properties.get("Input"))
    raise TemplateError(f"{function}: events of type {kind} are not run locally")


def _route(function: str, properties: Mapping[str, Any]) -> Route:
    method, path = str(properties.get("Method", "ANY")).upper(), properties.get("Path", "$default")
    return Route(function, "ANY" if method == "X-AMAZON-APIGATEWAY-ANY-METHOD" else method, path)


def _stream(function: str, properties: Mapping[str, Any]) -> StreamSource:
    destination = properties.get("DestinationConfig", {}).get("OnFailure", {}).get("Destination")
    return StreamSource(
        function,
        table=properties["Stream"].split(":table/")[1].split("/")[0],
        batch_size=int(properties.get("BatchSize", 100)),
        latest=properties.get("StartingPosition") == "LATEST",
        patterns=_patterns(properties),
        partial=_partial(properties),
        bisect=bool(properties.get("BisectBatchOnFunctionError", False)),
        retries=int(properties.get("MaximumRetryAttempts", -1)),
        on_failure=destination.rpartition(":")[2] if destination else None,
    )


def _partial(properties: Mapping[str, Any]) -> bool:
    return "ReportBatchItemFailures" in properties.get("FunctionResponseTypes", [])


def _patterns(properties: Mapping[str, Any]) -> tuple[Pattern, ...]:
    filters = properties.get("FilterCriteria", {}).get("Filters", [])
    patterns = tuple(json.loads(item["Pattern"]) for item in filters)
    for pattern in patterns:
        check_pattern(pattern)
    return patterns
