"""Schedules: `rate(…)` and `cron(…)` on the domain's clock, invoked as EventBridge does."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from local.cfn import ACCOUNT, REGION, TemplateError
from local.platform import Platform
from local.runtime import InvocationFailed
from local.sources import ScheduleSource

_ATTEMPTS = 3  # an asynchronous invocation is retried twice
_LONGEST = 60.0  # seconds until the clock is looked at again
_UNITS = {"minute": 60, "hour": 3600, "day": 86_400}
_MONTHS = "JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC".split()
_DAYS = "SUN MON TUE WED THU FRI SAT".split()
# minutes, hours, days of the month, months, days of the week, years
_BOUNDS = ((0, 59), (0, 23), (1, 31), (1, 12), (1, 7), (1970, 2199))
_RATE = re.compile(r"rate\((\d+) (minute|hour|day)s?\)")
_CRON = re.compile(r"cron\((.+)\)")

Next = Callable[[datetime], datetime]


def parse_schedule(expression: str) -> Next:
    """Return the function that tells the first run after a time."""
    if rate := _RATE.fullmatch(expression):
        period = timedelta(seconds=int(rate[1]) * _UNITS[rate[2]])
        return lambda after: after + period
    if cron := _CRON.fullmatch(expression):
        fields = cron[1].upper().split()
        if len(fields) == len(_BOUNDS):
            minutes, hours, days, months, weekdays, years = map(_values, fields, _BOUNDS)
            return lambda after: _next_cron(after, minutes, hours, days, months, weekdays, years)
    raise TemplateError(f"schedule {expression!r} is not followed locally")


def _values(field: str, bounds: tuple[int, int]) -> frozenset[int]:
    values: set[int] = set()
    for part in field.split(","):
        span, _, step = part.partition("/")
        low, high = bounds
        if span not in ("*", "?"):
            first, dash, last = span.partition("-")
            low = _value(first)
            high = _value(last) if dash else (bounds[1] if step else low)
        values.update(range(low, high + 1, int(step or 1)))
    return frozenset(values)


def _value(text: str) -> int:
    for names in (_MONTHS, _DAYS):
        if text in names:
            return names.index(text) + 1
    if not text.isdecimal():
        raise TemplateError(f"cron: {text!r} is not followed locally")
    return int(text)


def _next_cron(after: datetime, *fields: frozenset[int]) -> datetime:
    minutes, hours, days, months, weekdays, years = fields
    time = after.replace(second=0, microsecond=0) + timedelta(minutes=1)
    last = max(years)
    while time.year <= last:
        weekday = time.isoweekday() % 7 + 1  # EventBridge counts from Sunday, 1
        if time.year not in years or time.month not in months or time.day not in days or weekday not in weekdays:
            time = time.replace(hour=0, minute=0) + timedelta(days=1)
        elif time.hour not in hours:
            time = time.replace(minute=0) + timedelta(hours=1)
        elif time.minute not in minutes:
            time += timedelta(minutes=1)
        else:
            return time
    raise TemplateError("cron: there is no further run")


class SchedulePoller:
    """One schedule; when the clock jumps over several runs, there is one."""

    def __init__(self, source: ScheduleSource, dead_letters: str | None, platform: Platform) -> None:
        self.name = f"{source.expression} → {source.function}"
        self._source, self._dead_letters = source, dead_letters
        self._platform, self._clock = platform, platform.clock
        self._next = parse_schedule(source.expression)
        self._due = self._next(self._clock.now())

    @property
    def patience(self) -> float:
        """The seconds until the next run."""
        return min(_LONGEST, max(0.0, (self._due - self._clock.now()).total_seconds()))

    def step(self) -> bool:
        """Run the function if it is due."""
        now = self._clock.now()
        if now < self._due:
            return False
        self._due = self._next(now)
        event = self._event(now)
        for _ in range(_ATTEMPTS):
            failure = self._attempt(event)
            if failure is None:
                return True
        if self._dead_letters is not None:
            attributes = {"RequestID": str(uuid.uuid4()), "ErrorCode": "200", "ErrorMessage": failure or "-"}
            self._platform.send(self._dead_letters, json.dumps(event), attributes)
        return True

    def _attempt(self, event: Any) -> str | None:
        """Run the function; return what it failed of."""
        try:
            self._platform.invoke(self._source.function, event)
        except InvocationFailed as error:
            return error.text
        return None

    def _event(self, now: datetime) -> Any:
        if self._source.input is not None:
            return json.loads(self._source.input)
        return {
            "version": "0",
            "id": str(uuid.uuid4()),
            "detail-type": "Scheduled Event",
            "source": "aws.events",
            "account": ACCOUNT,
            "time": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "region": REGION,
            "resources": [f"arn:aws:events:{REGION}:{ACCOUNT}:rule/{self._source.name}"],
            "detail": {},
        }
