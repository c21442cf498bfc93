"""What is shown of a deadline's computation."""

from __future__ import annotations

import datetime as dt

from pydantic import Field

from ventanilla.domain.terms import Why
from ventanilla.schemas.base import Schema, left_out


class DayOut(Schema):
    """A day, and whether and why it counts; the day that sets the term off does not."""

    date: dt.date
    counted: bool
    why: Why
    holiday: str | None = left_out("The holiday's name")


class Computation(Schema):
    """How a deadline was counted: from the day that set it off, in mainland Ecuador, to the last day."""

    start: dt.date | None = Field(description="Absent while what sets the term off has not happened")
    end: dt.date | None
    days: list[DayOut] = Field(description="Empty where the deadline is a date that the institution named")
    canton: str | None = left_out("Whose local holidays were left out (DPA number), where the institution has said so")
