"""The days off of Ecuador: the national ones of the `holidays` package, as `portals/calendar.toml` corrects them."""

from __future__ import annotations

import tomllib
from datetime import date, timedelta
from functools import cache, cached_property
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import ModuleType
from typing import Any

from ventanilla.domain.calendar import Calendar, Correction, LocalHoliday

CALENDAR = "calendar.toml"
"""The file's name: beside the definitions of portals, and none of them."""


class CalendarFile:
    """The days off by national law, with the corrections and the cantons' own of a file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def for_term(self, start: date, working_days: int, canton: str | None = None) -> dict[date, str]:
        """Return the days off of the years that a term of some working days can touch, with their names."""
        last = start + timedelta(days=working_days * 3 + 30)
        years = range(start.year, last.year + 1)
        return self._calendar.applied(national(years), years, canton)

    @cached_property
    def _calendar(self) -> Calendar:
        """Read the file, which was checked when the layer was built; pydantic would cost a cold start's time."""
        said = tomllib.loads(self._path.read_text(encoding="utf-8"))
        return Calendar(
            tuple(Correction(**one) for one in said.get("corrections", ())),
            tuple(LocalHoliday(**one) for one in said.get("local", ())),
        )


def national(years: range) -> dict[date, str]:
    """Return the days off of some years by national law, with their names."""
    return dict(_ecuador()(years=years))


@cache
def _ecuador() -> Any:
    """Import the calendar, which only those need who count working days.

    By its file: `holidays.countries` would import those of all 250 countries, 70 ms of a cold start.
    """
    import holidays

    path = Path(holidays.__file__).with_name("countries") / "ecuador.py"
    module = ModuleType("holidays_of_ecuador")
    SourceFileLoader(module.__name__, str(path)).exec_module(module)
    return module.Ecuador
