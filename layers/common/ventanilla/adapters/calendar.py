"""The national holidays of Ecuador."""

from __future__ import annotations

from datetime import date, timedelta


class NationalHolidays:
    """The days off by national law, from the `holidays` package; local ones and decrees are configuration to come."""

    def for_term(self, start: date, working_days: int) -> frozenset[date]:
        """Return the holidays of the years that a term of some working days can touch."""
        from holidays.countries.ecuador import Ecuador  # imported by those who count working days only

        last = start + timedelta(days=working_days * 3 + 30)
        years = range(start.year, last.year + 1)
        return frozenset(Ecuador(years=years))  # type: ignore[no-untyped-call]  # the package has no types here
