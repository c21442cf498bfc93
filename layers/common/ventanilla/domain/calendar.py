"""The calendar of days off: dated corrections of the national one, and the local holidays of each canton."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from ventanilla.domain.portal_rules import Mistake
from ventanilla.domain.portal_texts import STRICT

_CANTON = re.compile(r"(0[1-9]|1[0-9]|2[0-4]|90)[0-9]{2}", re.ASCII)
_MONTH_DAY = re.compile(r"(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])", re.ASCII)
_MOVES = {1: -1, 2: 2, 3: 1, 5: -1, 6: 1}
"""Days that a holiday moves by, by its weekday: from Tuesday to Monday, from Wednesday and Thursday to Friday."""


@dataclass(frozen=True, slots=True)
class Correction:
    """A day that is off, or worked, whatever the national calendar says; `source` is the decree."""

    __pydantic_config__: ClassVar[Any] = STRICT
    date: dt.date
    name: str
    source: str
    works: bool = False


@dataclass(frozen=True, slots=True)
class LocalHoliday:
    """A holiday of a canton (its DPA number): on one date, or each year on a day (`MM-DD`), which then moves by law."""

    __pydantic_config__: ClassVar[Any] = STRICT
    canton: str
    name: str
    date: dt.date | None = None
    month_day: str | None = None

    def days(self, years: Sequence[int]) -> Iterator[dt.date]:
        """Return the days of some years on which it is off."""
        if self.date is not None:
            yield self.date
        elif self.month_day is not None:
            for year in years:
                yield moved(dt.date.fromisoformat(f"{year}-{self.month_day}"))


@dataclass(frozen=True, slots=True)
class Calendar:
    """What configuration says of days off."""

    __pydantic_config__: ClassVar[Any] = STRICT
    corrections: tuple[Correction, ...] = ()
    local: tuple[LocalHoliday, ...] = ()

    def applied(self, national: Mapping[dt.date, str], years: Sequence[int], canton: str | None) -> dict[dt.date, str]:
        """Return the days off of some years, with their names: the national ones, corrected, and a canton's own."""
        days = dict(national)
        for holiday in self.local:
            if holiday.canton == canton:
                days.update((day, holiday.name) for day in holiday.days(years) if day not in days)
        for correction in self.corrections:
            if correction.works:
                days.pop(correction.date, None)
            else:
                days[correction.date] = correction.name
        return days


def moved(day: dt.date) -> dt.date:
    """Return the day on which a holiday is kept that falls on this one."""
    return day + dt.timedelta(days=_MOVES.get(day.weekday(), 0))


def is_canton(text: str) -> bool:
    """Tell whether this may be a canton's DPA number: two digits of the province, two of its own."""
    return _CANTON.fullmatch(text) is not None


def mistakes(calendar: Calendar, national: Mapping[dt.date, str], cantons: Container[str] | None) -> Iterator[Mistake]:
    """Return what is wrong with a calendar whose form is right.

    Args:
        calendar: what the file says.
        national: the national days off of the years that it names.
        cantons: those that there are, None where nobody knows.
    """
    seen: set[dt.date] = set()
    for number, one in enumerate(calendar.corrections):
        where = f"corrections.{number}"
        if one.date in seen:
            yield Mistake(where, f"{one.date} stands there twice")
        seen.add(one.date)
        if one.date.weekday() >= 5:
            yield Mistake(where, f"{one.date} is a weekend, which never counts (COA art. 158)")
        elif one.works != (one.date in national):
            said = "is worked anyway" if one.works else "is off anyway"
            yield Mistake(where, f"{one.date} {said}: the correction changes nothing")
    for number, holiday in enumerate(calendar.local):
        yield from _local(f"local.{number}", holiday, cantons)


def _local(where: str, holiday: LocalHoliday, cantons: Container[str] | None) -> Iterator[Mistake]:
    if not is_canton(holiday.canton):
        yield Mistake(where, f"{holiday.canton} is no canton: a DPA number of four digits")
    elif cantons is not None and holiday.canton not in cantons:
        yield Mistake(where, f"there is no canton {holiday.canton}")
    if (holiday.date is None) == (holiday.month_day is None):
        yield Mistake(where, "a local holiday has a date or a month_day: one of the two")
    if holiday.month_day is not None and not _is_every_years(holiday.month_day):
        yield Mistake(where, f"{holiday.month_day} is no day of each year: MM-DD")


def _is_every_years(text: str) -> bool:
    if not _MONTH_DAY.fullmatch(text):
        return False
    try:
        dt.date.fromisoformat(f"2027-{text}")  # no leap year: the 29th of February is not in each
    except ValueError:
        return False
    return True
