"""What counts of notifications give."""

from __future__ import annotations

from datetime import date

from pydantic import Field

from ventanilla.schemas.base import Schema


class CountsOut(Schema):
    """How often each thing happened in a day or a month of mainland Ecuador."""

    sent: int = Field(0, description="Notifications that were accepted")
    alerted: int = Field(0, description="Alerts that were written to citizens")
    delivered: int = Field(0, description="Alerts that another mail server has taken in")
    bounced: int = Field(0, description="Alerts that came back")
    complained: int = Field(0, description="Alerts that somebody marked as unwanted")
    opened: int = Field(0, description="First openings")
    cancelled: int = Field(0, description="Notifications that were taken back")
    median_seconds_to_opening: int | None = Field(
        None, description="From availability, of those that were opened in this time, exact to 5 %"
    )


class DayCounts(CountsOut):
    """The counts of a day."""

    date: date


class MonthCounts(Schema):
    """The counts of a month, and of each of its days on which something happened."""

    month: CountsOut
    days: list[DayCounts]
