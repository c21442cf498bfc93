"""Round trips and units of each call, beside the budget of the design (docs: "Few round trips")."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from bench.acts import Acts
from bench.events import messages, request
from bench.meter import Meter, Usage
from bench.report import Section, Value


@dataclass(frozen=True, slots=True)
class Budget:
    """Round trips, write units with those of indexes, read units."""

    trips: int
    writes: int
    reads: float

    def __add__(self, other: Budget) -> Budget:
        """Return what both may consume."""
        return Budget(self.trips + other.trips, self.writes + other.writes, self.reads + other.reads)

    def __str__(self) -> str:
        """Return it as the design's table has it."""
        return f"{self.trips} / {self.writes} / {self.reads:g}"

    def holds(self, usage: Usage) -> bool:
        """Tell whether no more was consumed."""
        writes = usage.writes + usage.index_writes
        return usage.trips <= self.trips and writes <= self.writes and usage.reads <= self.reads


CHECK = Budget(1, 0, 2)
"""What recognising a session may consume; a call that is made within one has it on top of its own."""
OWED = Budget(0, 1, 0)
"""What the index by due time takes of each item that is owed, besides the item itself (ADR 0018)."""
BUDGETS: dict[str, Budget | None] = {
    "register": Budget(1, 4, 0) + OWED,
    "register, number taken": Budget(1, 4, 0) + OWED,
    "verify": Budget(2, 8, 1),
    "verify, opens a mailbox": Budget(2, 8, 1) + OWED,
    "sign in": Budget(2, 4, 3),
    "sign in, wrong password": Budget(2, 4, 3),
    "sign in, unknown": Budget(2, 4, 3),
    "session check": CHECK,
    "list of sessions": CHECK + Budget(1, 0, 1),
    "password change, ends all": CHECK + Budget(2, 6, 1),
    "reset: ask": Budget(1, 1, 0) + OWED,
    "reset: ask, unknown": Budget(1, 1, 0) + OWED,
    "reset: confirm": Budget(3, 8, 2) + OWED,
    "post, 2 KB": Budget(2, 15, 3) + OWED,
    "post, mailbox not open": Budget(2, 15, 3),
    "post again (replay)": Budget(2, 1, 3),
    "mailbox page of 10": Budget(2, 0, 5),
    "open": Budget(3, 7, 3),
    "release of one": Budget(4, 11, 2),
    "mail: confirmation": None,
    "mail: reset": None,
    "mail: alert": None,
}


def measure(acts: Acts) -> Section:
    """Let a citizen and an institution do everything once."""
    ledger = _Ledger(acts)
    _accounts(acts, ledger)
    _letters(acts, ledger)
    ledger.rows.sort(key=lambda row: list(BUDGETS).index(str(row["call"])))
    return Section(
        "Round trips and DynamoDB units",
        ledger.rows,
        [
            "budget: trips / writes with those of indexes / reads; by DynamoDB's rules of size, on moto",
            "writes of indexes are listed apart and counted once, in transactions too",
            "calls within a session include its check, and so does their budget; keys and definitions are in memory",
        ],
    )


class _Ledger:
    """What each call consumed."""

    def __init__(self, acts: Acts) -> None:
        self._acts, self._meter = acts, Meter()
        self.rows: list[dict[str, Value]] = []

    def do(self, call: str, function: str, event: dict[str, Any], *, refused: bool = False) -> Any:
        """Run a function that must succeed, or else must be refused, and write down what it consumes."""
        stage = self._acts.stage
        return self.note(call, lambda: (stage.invoke if refused else self._acts.do)(function, event))

    def note(self, call: str, action: Callable[[], Any]) -> Any:
        """Write down what something consumes."""
        with self._meter.usage() as usage:
            result = action()
        budget = BUDGETS[call]
        self.rows.append(
            {
                "call": call,
                "trips": usage.trips,
                "writes": usage.writes,
                "of indexes": usage.index_writes,
                "reads": usage.reads,
                "budget": str(budget or ""),
                "within": None if budget is None else budget.holds(usage),
                "operations": " ".join(usage.operations),
            }
        )
        return result


def _accounts(acts: Acts, ledger: _Ledger) -> None:
    from ventanilla.usecases.sessions import current_session

    acts.citizen()  # everything is loaded, and the keys of tokens are known
    official = acts.stranger("ipsot")
    ledger.do("register", "RegisterFunction", acts.registration(official))
    ledger.do("mail: confirmation", "MailFunction", acts.mail_event("registration"))
    confirmed = {"token": acts.stage.mailed_token(), "password": official.password}
    ledger.do("verify", "VerifyFunction", request("POST /v1/verifications", confirmed))
    ledger.do("register, number taken", "RegisterFunction", acts.registration(official))
    acts.stage.empty("OutboxTable")
    person = acts.stranger()
    acts.do("RegisterFunction", acts.registration(person))
    ledger.do("verify, opens a mailbox", "VerifyFunction", acts.verification(person))
    token = ledger.do("sign in", "SessionFunction", acts.sign_in(person))["token"]
    wrong = replace(person, password="no")  # noqa: S106  # nobody's
    ledger.do("sign in, wrong password", "SessionFunction", acts.sign_in(wrong), refused=True)
    ledger.do("sign in, unknown", "SessionFunction", acts.sign_in(acts.stranger()), refused=True)
    services = acts.stage.services
    ledger.note(
        "session check",
        lambda: current_session(token, sessions=services.sessions, portals=services.portals, clock=services.clock),
    )
    ledger.do("list of sessions", "SessionFunction", request("GET /v1/sessions", token=token))
    changed = {"current": person.password, "new": acts.stranger().password}
    ledger.do("password change, ends all", "AccountFunction", request("POST /v1/me/password", changed, token=token))
    ledger.do("reset: ask, unknown", "ResetFunction", acts.reset(acts.stranger()))
    acts.stage.empty("OutboxTable")
    ledger.do("reset: ask", "ResetFunction", acts.reset(person))
    ledger.do("mail: reset", "MailFunction", acts.mail_event("reset"))
    chosen = {"token": acts.stage.mailed_token(), "password": acts.stranger().password}
    ledger.do("reset: confirm", "ResetFunction", request("POST /v1/resets/confirm", chosen))


def _letters(acts: Acts, ledger: _Ledger) -> None:
    citizen, stranger = acts.citizen(), acts.stranger()
    for _ in range(20):
        acts.do("NotifyFunction", acts.post(citizen))
    acts.stage.empty("OutboxTable")
    posted = ledger.do("post, 2 KB", "NotifyFunction", acts.post(citizen, "EXP-1"))
    ledger.do("post again (replay)", "NotifyFunction", acts.post(citizen, "EXP-1"))
    ledger.do("mail: alert", "MailFunction", acts.mail_event("alert"))
    ledger.do("mailbox page of 10", "InboxFunction", request("GET /v1/inbox", token=citizen.token))
    opening = request("POST /v1/inbox/{id}/opening", token=citizen.token, id=posted["id"])
    ledger.do("open", "InboxFunction", opening)
    ledger.do("post, mailbox not open", "NotifyFunction", acts.post(stranger))
    acts.do("RegisterFunction", acts.registration(stranger))
    acts.do("VerifyFunction", acts.verification(stranger))
    [owed] = acts.stage.owed("release")
    ledger.do("release of one", "ReleaseFunction", messages("ReleaseQueue", {"id": owed}))
