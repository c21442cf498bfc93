"""Terms in working days (COA art. 158: from the next working day; Saturdays, Sundays and holidays are left out)."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

_SATURDAY = 5
_SUNDAY = 6
Why = Literal["start", "working_day", "calendar_day", "saturday", "sunday", "holiday"]
"""Why a day counts, or does not: a term begins on the day after the one that sets it off."""


@dataclass(frozen=True, slots=True)
class Term:
    """So many days, which all count (a *plazo*), or of which working days alone do (a *término*)."""

    length: int
    working: bool


@dataclass(frozen=True, slots=True)
class Day:
    """A day of a term's computation."""

    date: date
    counted: bool
    why: Why


def is_working_day(day: date, holidays: Container[date]) -> bool:
    """Tell whether offices work on this day."""
    return day.weekday() < _SATURDAY and day not in holidays


def end_of_term(start: date, working_days: int, holidays: Container[date]) -> date:
    """Return the last day of a term that begins on the working day after `start`.

    Args:
        start: the day on which the term is set off, in the recipient's time zone.
        working_days: its length, at least one.
        holidays: the days on which offices are closed.
    """
    return days_of_term(start, Term(working_days, working=True), holidays)[-1].date


def days_of_term(start: date, term: Term, holidays: Container[date]) -> tuple[Day, ...]:
    """Return each day from the one that sets the term off to its last one, and whether and why it counts."""
    days, left, day = [Day(start, counted=False, why="start")], term.length, start
    while left:
        day += timedelta(days=1)
        why = _why(day, holidays) if term.working else "calendar_day"
        counted = why in ("working_day", "calendar_day")
        days.append(Day(day, counted, why))
        left -= counted
    return tuple(days)


def working_days_before(day: date, count: int, holidays: Container[date]) -> date:
    """Return the day that lies so many working days before another."""
    while count:
        day -= timedelta(days=1)
        count -= is_working_day(day, holidays)
    return day


def _why(day: date, holidays: Container[date]) -> Why:
    if day.weekday() == _SATURDAY:
        return "saturday"
    if day.weekday() == _SUNDAY:
        return "sunday"
    return "holiday" if day in holidays else "working_day"
