"""The terms of letters: until when the recipient may act, and how that was counted."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

from ventanilla.domain.errors import NotFound
from ventanilla.domain.notifications import Deadline, Thread
from ventanilla.domain.terms import days_of_term
from ventanilla.domain.wording import local_day
from ventanilla.schemas.notifications import DeadlineOut
from ventanilla.schemas.terms import Computation, DayOut
from ventanilla.usecases.ports import Holidays


def due(
    deadline: Deadline | None, holidays: Holidays, *, available_at: datetime | None, opened_at: datetime | None = None
) -> Deadline | None:
    """Return a deadline with its date, once what sets it off has happened; the term begins on the day after."""
    if deadline is None or deadline.term is None:
        return deadline
    begun = deadline.begins(available_at, opened_at)
    if begun is None:
        return deadline
    start = local_day(begun)
    off = holidays.for_term(start, deadline.term.length, deadline.canton)
    days = days_of_term(start, deadline.term, off)
    return replace(deadline, date=days[-1].date.isoformat())


def due_of(thread: Thread, holidays: Holidays) -> Deadline | None:
    """Return the deadline of a letter as it stands."""
    return due(thread.letter.deadline, holidays, available_at=thread.when("available"), opened_at=thread.when("opened"))


def deadline_out(deadline: Deadline | None) -> DeadlineOut | None:
    """Return what is shown of a deadline."""
    if deadline is None:
        return None
    later = deadline.counted_from if deadline.counted_from == "opening" else None
    return DeadlineOut(date=deadline.date, working_days=deadline.working_days, days=deadline.days, counted_from=later)


def computed(thread: Thread, holidays: Holidays) -> Computation:
    """Return how a letter's deadline was counted, day by day.

    Raises:
        NotFound: it has none.
    """
    deadline = thread.letter.deadline
    if deadline is None:
        raise NotFound
    begun = deadline.begins(thread.when("available"), thread.when("opened"))
    start = local_day(begun) if begun else None
    if deadline.term is None:
        named = date.fromisoformat(deadline.date) if deadline.date else None
        return Computation(start=start, end=named, days=[])
    if start is None:
        return Computation(start=None, end=None, days=[])
    off = holidays.for_term(start, deadline.term.length, deadline.canton)
    days = [
        DayOut(date=day.date, counted=day.counted, why=day.why, holiday=off[day.date] if day.why == "holiday" else None)
        for day in days_of_term(start, deadline.term, off)
    ]
    return Computation(start=start, end=days[-1].date, days=days, canton=deadline.canton)
