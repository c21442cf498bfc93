"""The national holidays of Ecuador."""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import ModuleType
from typing import Any


class NationalHolidays:
    """The days off by national law, from the `holidays` package; local ones and decrees are configuration to come."""

    def for_term(self, start: date, working_days: int) -> frozenset[date]:
        """Return the holidays of the years that a term of some working days can touch."""
        last = start + timedelta(days=working_days * 3 + 30)
        years = range(start.year, last.year + 1)
        return frozenset(_ecuador()(years=years))


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
