"""What is told of a deadline, and when: at half the term, two working days before its end, and that it has passed."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal

from ventanilla.domain.terms import working_days_before
from ventanilla.domain.wording import ECUADOR

Step = Literal["half", "two_days", "passed"]
_HOUR = time(8)
"""At which somebody is reminded, in mainland Ecuador."""


@dataclass(frozen=True, slots=True)
class Point:
    """A moment at which something is told of a deadline."""

    step: Step
    at: datetime


def points(start: date, end: date, holidays: Container[date]) -> tuple[Point, ...]:
    """Return what is told of a term, in its order; what falls on its first or last day is left out.

    Args:
        start: the day that set the term off.
        end: its last day.
        holidays: the days on which offices are closed.
    """
    half, two_days = start + (end - start) // 2, working_days_before(end, 2, holidays)
    reminders: list[Point] = []
    if start < half < min(two_days, end):
        reminders.append(Point("half", _at(half, _HOUR)))
    if start < two_days < end:
        reminders.append(Point("two_days", _at(two_days, _HOUR)))
    return (*reminders, Point("passed", _at(end + timedelta(days=1), time(0))))


def _at(day: date, hour: time) -> datetime:
    return datetime.combine(day, hour, ECUADOR).astimezone(UTC)
