"""Terms in working days (COA art. 158: from the next working day; Saturdays, Sundays and holidays are left out)."""

from __future__ import annotations

from collections.abc import Container
from datetime import date, timedelta

_SATURDAY = 5


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
    day = start
    while working_days:
        day += timedelta(days=1)
        working_days -= is_working_day(day, holidays)
    return day
