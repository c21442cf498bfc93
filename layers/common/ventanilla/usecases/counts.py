"""Counts: an institution's administrators and its system see how its notifications fare, the platform's see all."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from ventanilla.domain.counts import COUNTED, Tally, month_of
from ventanilla.domain.errors import FieldError, NotFound, Refused
from ventanilla.domain.sessions import CurrentSession
from ventanilla.domain.wording import local_day
from ventanilla.schemas.counts import CountsOut, DayCounts, MonthCounts
from ventanilla.usecases.institution_admin import admitted, demand_platform
from ventanilla.usecases.ports import Clock, Institutions, Tallies

if TYPE_CHECKING:
    from ventanilla.usecases.notify import Sender

_MONTH = re.compile(r"20[0-9]{2}-(0[1-9]|1[0-2])", re.ASCII)


def of_institution(
    institution_id: str,
    month: str | None,
    caller: CurrentSession | Sender,
    *,
    institutions: Institutions,
    counts: Tallies,
    clock: Clock,
) -> MonthCounts:
    """Return what an institution's notifications count in a month; without one, in this month.

    Raises:
        NotFound: there is no such institution, for who asks.
        Refused: the month is none.
    """
    if isinstance(caller, CurrentSession):
        admitted(institution_id, caller, institutions)
    elif caller.institution.id != institution_id:
        raise NotFound
    return _shown(*counts.of(institution_id, _month(month, clock)))


def of_platform(month: str | None, current: CurrentSession, *, counts: Tallies, clock: Clock) -> MonthCounts:
    """Return what all institutions' notifications count in a month; without one, in this month.

    Raises:
        NotFound: who asks does not administer the platform.
        Refused: the month is none.
    """
    demand_platform(current)
    return _shown(*counts.of_platform(_month(month, clock)))


def _month(said: str | None, clock: Clock) -> str:
    if said is None:
        return month_of(local_day(clock.now()))
    if not _MONTH.fullmatch(said):
        raise Refused(FieldError("month", "month_form"))
    return said


def _shown(month: Tally, days: Mapping[date, Tally]) -> MonthCounts:
    return MonthCounts(
        month=CountsOut(**_numbers(month)), days=[DayCounts(date=day, **_numbers(tally)) for day, tally in days.items()]
    )


def _numbers(tally: Tally) -> dict[str, Any]:
    numbers = {name: tally.counted.get(name, 0) for name in COUNTED.values()}
    return {**numbers, "median_seconds_to_opening": tally.median_seconds}
