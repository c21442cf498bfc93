"""A mailbox's first page on the durable engine, with few notifications in it and with very many."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from ulid import ULID

from bench.acts import Acts, Person
from bench.events import request
from bench.meter import Meter
from bench.report import Section, Value
from bench.stage import Stage
from local.dynoxide import Dynoxide, find_dynoxide

SIZES = (10, 100_000)
"""Notifications in the mailboxes that are compared: a page, and a lifetime's."""
_ROUNDS = 200
_MOST = 1.2
_TABLE = "NotificationsTable"


def measure() -> Section:
    """Look into mailboxes of different size, in turns."""
    with TemporaryDirectory() as folder:
        database = Path(folder) / "bench.db"
        engine = Dynoxide(find_dynoxide(), database)
        try:
            with Stage(engine=engine.endpoint) as stage:
                return _measured(Acts(stage), database)
        finally:
            engine.stop()


def _measured(acts: Acts, database: Path) -> Section:
    citizens = {size: _with_mailbox(acts, size, database) for size in SIZES}
    rows: list[dict[str, Value]] = []
    for what, query in (("first page", {}), ("first page of what is unread", {"unread": "true"})):
        events = {size: _look(citizen, query) for size, citizen in citizens.items()}
        shown = {size: len(acts.do("InboxFunction", event)["items"]) for size, event in events.items()}
        times: dict[int, list[float]] = {size: [] for size in SIZES}
        for _ in range(_ROUNDS):
            for size, event in events.items():
                started = time.perf_counter()
                acts.do("InboxFunction", event)
                times[size].append(time.perf_counter() - started)
        units = {}
        for size, event in events.items():
            with Meter().usage() as usage:
                acts.do("InboxFunction", event)
            units[size] = usage.reads
        page = min(SIZES)
        for size in SIZES:
            seconds = median(times[size])
            rows.append(
                {
                    "call": what,
                    "in the mailbox": size,
                    "shown": shown[size],
                    "read units": units[size],
                    "ms": round(1000 * seconds, 2),
                    "units, to those of a page": round(units[size] / units[page], 2),
                    "time, to that of a page": round(seconds / median(times[page]), 2),
                    "within": units[size] <= _MOST * units[page] and seconds <= _MOST * median(times[page]),
                }
            )
    return Section(
        "The mailbox's first page, on dynoxide",
        rows,
        [
            f"in turns, medians of {_ROUNDS}; the session's check included; at most {_MOST} of a mailbox of one page",
        ],
    )


def _look(citizen: Person, query: dict[str, str]) -> dict[str, Any]:
    event = request("GET /v1/inbox", token=citizen.token)
    event["queryStringParameters"] = query
    event["rawQueryString"] = "&".join(f"{name}={value}" for name, value in query.items())
    return event


def _with_mailbox(acts: Acts, size: int, database: Path) -> Person:
    """Return somebody in whose mailbox so many copies of a notification lie unread, each with a key of its own."""
    citizen = acts.citizen()
    acts.do("NotifyFunction", acts.post(citizen))
    client, services = acts.stage.clients.dynamodb, acts.stage.services
    box = {"S": f"box#{citizen.portal}#{citizen.number}"}
    found = client.query(TableName=_TABLE, KeyConditionExpression="pk = :box", ExpressionAttributeValues={":box": box})
    key = next(item["key"]["S"] for item in found["Items"] if item["sk"]["S"] != "~")
    begun = services.clock.now() - timedelta(days=1)
    others = [str(ULID.from_datetime(begun + timedelta(milliseconds=number))) for number in range(size - 1)]
    for table in (_TABLE, f"{_TABLE}::lsi::unread"):
        _copy(database, table, key, others)
    client.update_item(
        TableName=_TABLE,
        Key={"pk": box, "sk": {"S": "~"}},
        UpdateExpression="SET unread_count = :all",
        ExpressionAttributeValues={":all": {"N": str(size)}},
    )
    return citizen


def _copy(database: Path, table: str, key: str, others: list[str]) -> None:
    """Copy an entry in the engine's own file: by its door, each write costs it a sum over the whole partition."""
    with closing(sqlite3.connect(database)) as file, file:
        [row] = file.execute(f'SELECT * FROM "{table}" WHERE sk = ?', (f"S:{key}",))  # noqa: S608  # our own name
        copies = ([one.replace(key, other) if isinstance(one, str) else one for one in row] for other in others)
        places = ", ".join("?" * len(row))
        file.executemany(f'INSERT INTO "{table}" VALUES ({places})', copies)  # noqa: S608  # as above
