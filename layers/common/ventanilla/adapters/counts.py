"""Counts of institutions and of the platform: an item a day and one a month, which are only ever added to."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from pynamodb.expressions.operand import Path

from ventanilla.adapters.dynamo import Dynamo, Writes
from ventanilla.adapters.items import Item
from ventanilla.domain.counts import SHADOW, Tally, month_of, tallied

SHARDS = 32
"""Over so many partitions the platform's counts are spread; a sum is read from all of them."""
_PLATFORM = "platform#"
_SPAN = "span"


class Counts:
    """What has been counted."""

    def __init__(self, dynamo: Dynamo, *, notifications: str) -> None:
        self._dynamo = dynamo
        self._item = dynamo.bind(Item, notifications)

    def write(self, writes: Writes, institution: str, events: Iterable[Mapping[str, Any]]) -> None:
        """Add some events as part of a transaction: to the institution's counts, and to the platform's.

        The platform's shard is drawn by lot each time, so that institutions that are busy at once seldom meet, and
        whoever tries again meets somebody else.
        """
        of_days = tallied(events)
        shard = random.randrange(SHARDS)  # noqa: S311  # no secret
        owners = [institution] if institution.startswith(SHADOW) else [institution, f"{_PLATFORM}{shard:02}"]
        of_months: dict[str, Tally] = {}
        for day, tally in of_days.items():
            of_months[month_of(day)] = of_months.get(month_of(day), Tally()) + tally
        for owner in owners:
            for day, tally in of_days.items():
                self._add(writes, owner, month_of(day), day.isoformat(), tally)
            for month, tally in of_months.items():
                self._add(writes, owner, month, month, tally)

    def of(self, institution: str, month: str) -> tuple[Tally, dict[date, Tally]]:
        """Return what an institution's notifications count in a month (`YYYY-MM`), whole and by days."""
        return _put_together(self._read(institution, month), month)

    def of_platform(self, month: str) -> tuple[Tally, dict[date, Tally]]:
        """Return what all institutions' notifications count in a month, whole and by days."""
        read = (self._read(f"{_PLATFORM}{shard:02}", month) for shard in range(SHARDS))
        return _put_together((one for shard in read for one in shard), month)

    def _add(self, writes: Writes, owner: str, month: str, when: str, tally: Tally) -> None:
        actions = [Path(name).add(number) for name, number in tally.counted.items()]
        actions += [Path(f"{_SPAN}{span}").add(number) for span, number in tally.waits.items()]
        writes.update(f"counts {owner} {when}", self._item(_partition(owner, month), when), actions)

    def _read(self, owner: str, month: str) -> Iterator[tuple[str, Tally]]:
        for item in self._dynamo.partition(self._item, _partition(owner, month)):
            numbers = {name: int(value["N"]) for name, value in item.items() if "N" in value}
            spans = {name for name in numbers if name.startswith(_SPAN)}
            waits = {int(name.removeprefix(_SPAN)): numbers[name] for name in spans}
            yield item["sk"]["S"], Tally({name: numbers[name] for name in numbers.keys() - spans}, waits)


def _partition(owner: str, month: str) -> str:
    return f"counts#{owner}#{month}"


def _put_together(read: Iterable[tuple[str, Tally]], month: str) -> tuple[Tally, dict[date, Tally]]:
    whole, days = Tally(), dict[date, Tally]()
    for when, tally in read:
        if when == month:
            whole += tally
        else:
            day = date.fromisoformat(when)
            days[day] = days.get(day, Tally()) + tally
    return whole, dict(sorted(days.items()))
