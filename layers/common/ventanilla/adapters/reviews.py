"""Decisions: application, places of roles, accounts, institution and what is owed, in one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from ventanilla.adapters.accounts import Accounts, account_key, seat_key
from ventanilla.adapters.applications import Applications
from ventanilla.adapters.dynamo import ConditionFailed, Dynamo, Key, Writes
from ventanilla.adapters.institutions import Institutions
from ventanilla.adapters.items import ALONE, AccountItem, SeatItem, entity_of
from ventanilla.adapters.outbox import Outbox
from ventanilla.domain.accounts import Account
from ventanilla.domain.grants import Grant, SeatChange, Seats
from ventanilla.usecases.rulings import Ruling


class Reviews:
    """What decisions read and write."""

    def __init__(
        self,
        dynamo: Dynamo,
        outbox: Outbox,
        applications: Applications,
        accounts: Accounts,
        institutions: Institutions,
        *,
        table: str,
    ) -> None:
        self._dynamo = dynamo
        self._institutions = institutions
        self._outbox = outbox
        self._applications = applications
        self._accounts = accounts
        self._account = dynamo.bind(AccountItem, table)
        self._seat = dynamo.bind(SeatItem, table)

    def facts(
        self, portal: str, numbers: Sequence[str | None], quotas: Mapping[Grant, int], now: datetime
    ) -> tuple[dict[str, Account], Seats]:
        """Return the accounts of some numbers, and who holds the places of some roles, in one trip."""
        known = [number for number in dict.fromkeys(numbers) if number]
        places = [(grant, place) for grant, quota in quotas.items() for place in range(1, quota + 1)]
        keys: list[Key] = [(self._account, account_key(portal, number), ALONE) for number in known]
        keys += [(self._seat, *seat_key(portal, grant.role, grant.scope, place)) for grant, place in places]
        found = self._dynamo.fetch(*keys)
        accounts = {
            item.number: entity_of(Account, item) for item in found[: len(known)] if item and item.status != "closed"
        }
        seats = {
            place: item.holder
            for place, item in zip(places, found[len(known) :], strict=True)
            if item and (item.ttl is None or item.ttl > now)
        }
        return accounts, seats

    def holders(self, portal: str, grant: Grant, places: int) -> list[str]:
        """Return the numbers of those who hold a role in a scope, by their places."""
        keys = [seat_key(portal, grant.role, grant.scope, place) for place in range(1, places + 1)]
        return [seat.holder for seat in self._dynamo.fetch(*((self._seat, *key) for key in keys)) if seat]

    def rule(self, ruling: Ruling) -> bool:
        """Write a decision; tell whether all that it rests on was as it had been read."""
        writes = self._dynamo.transaction()
        self._applications.write_change(writes, ruling.before, ruling.after)
        for change in ruling.seats:
            self._change_seat(writes, ruling, change)
        for before, after in ruling.accounts:
            self._accounts.write_change(writes, before, after)
        if ruling.institution:
            self._institutions.write_activated(writes, ruling.institution)
        for item in ruling.owed:
            writes.create(f"owed {item.id}", self._outbox.row(item))
        try:
            writes.commit()
        except ConditionFailed:
            return False
        return True

    def _change_seat(self, writes: Writes, ruling: Ruling, change: SeatChange) -> None:
        seat = self._seat(*seat_key(ruling.before.portal, change.grant.role, change.grant.scope, change.place))
        label = f"seat {change.grant.role} {change.place}"
        held = SeatItem.holder == change.before
        # A place that somebody was given and never confirmed is free once its time is over.
        free = SeatItem.pk.does_not_exist() | (SeatItem.ttl <= ruling.at)
        if change.after is None:
            writes.delete(label, seat, held)
            return
        seat.holder = change.after
        if ruling.after.state == "confirm":
            seat.ttl = ruling.after.expires_at
        writes.put(label, seat, held if change.before else free)
