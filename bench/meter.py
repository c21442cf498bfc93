"""Consumed read and write units by DynamoDB's published rules of size: no emulator counts them."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from botocore.exceptions import ClientError

from bench.calls import Send, caught

Item = Mapping[str, Mapping[str, Any]]
Nothing: Item = {}
WRITE, READ = 1024, 4096
"""Bytes of a unit; a part of one counts as a whole one."""
_TRANSACTED = 2
_ACTIONS = ("Put", "Update", "Delete", "ConditionCheck")
_REFUSED = ("ConditionalCheckFailedException", "TransactionCanceledException")


def size_of(item: Item) -> int:
    """Return the bytes of an item: names in UTF-8, and values."""
    return sum(len(name.encode()) + _value(value) for name, value in item.items())


def _value(value: Mapping[str, Any]) -> int:
    [(kind, content)] = value.items()
    match kind:
        case "S":
            return len(content.encode())
        case "N":
            return _number(content)
        case "B":
            return len(content)
        case "BOOL" | "NULL":
            return 1
        case "SS" | "NS" | "BS":
            return sum(_value({kind[0]: one}) for one in content)
        case "L":
            return 3 + sum(1 + _value(one) for one in content)
        case "M":
            return 3 + sum(1 + len(name.encode()) + _value(one) for name, one in content.items())
    raise ValueError(kind)


def _number(text: str) -> int:
    """Return a byte for two significant digits, one for the exponent, and one for a minus sign."""
    number = Decimal(text)
    digits = "".join(map(str, number.as_tuple().digits)).strip("0")
    return math.ceil(len(digits) / 2) + 1 + (number < 0)


def write_units(*sizes: int, transacted: bool = False) -> int:
    """Return the units of a write: by the larger of the item as it was and as it is, at least one."""
    return max(1, math.ceil(max(sizes) / WRITE)) * (_TRANSACTED if transacted else 1)


def read_units(size: int, *, consistent: bool, transacted: bool = False) -> float:
    """Return the units of a read, at least one, and half of them where it need not be consistent."""
    units = max(1, math.ceil(size / READ))
    return units * (_TRANSACTED if transacted else 1 if consistent else 0.5)


def index_units(key: str | tuple[str, ...], before: Item, after: Item) -> int:
    """Return the units of an index that holds whole items, those with all of its key: another key is two writes."""
    names = (key,) if isinstance(key, str) else key
    was, now = (item if all(name in item for name in names) else Nothing for item in (before, after))
    if was == now:
        return 0
    if was and now and any(was[name] != now[name] for name in names):
        return write_units(size_of(was)) + write_units(size_of(now))
    return write_units(size_of(was), size_of(now))


@dataclass(slots=True)
class Usage:
    """What some calls consumed; the writes of indexes stand apart, and do not double in transactions."""

    trips: int = 0
    reads: float = 0
    writes: int = 0
    index_writes: int = 0
    operations: list[str] = field(default_factory=list)
    keys: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Write units, with those of indexes, by table and partition key."""


class Meter:
    """Counts what the calls of this process consume, of DynamoDB and of others."""

    def __init__(self) -> None:
        self._index_keys: dict[str, list[tuple[str, ...]]] = {}

    @contextmanager
    def usage(self) -> Iterator[Usage]:
        """Count for a while."""
        usage = Usage()

        def count(send: Send, operation: str, parameters: dict[str, Any]) -> Any:
            usage.trips += 1
            usage.operations.append(operation)
            if operation in ("PutItem", "UpdateItem", "DeleteItem"):
                return self._written(send, operation, parameters, [parameters], usage, transacted=False)
            if operation == "TransactWriteItems":
                actions = [
                    action[kind] for action in parameters["TransactItems"] for kind in _ACTIONS if kind in action
                ]
                return self._written(send, operation, parameters, actions, usage, transacted=True)
            result = send(operation, parameters)
            usage.reads += _read(operation, parameters, result)
            return result

        with caught(count):
            yield usage

    def _written(
        self,
        send: Send,
        operation: str,
        parameters: dict[str, Any],
        actions: list[dict[str, Any]],
        usage: Usage,
        *,
        transacted: bool,
    ) -> Any:
        before = [_peek(send, action) for action in actions]
        try:
            return send(operation, parameters)
        except ClientError as error:
            if error.response["Error"]["Code"] not in _REFUSED:  # nothing is consumed
                before = []
            raise
        finally:
            for action, was in zip(actions[: len(before)], before, strict=True):
                now = _peek(send, action)
                units = write_units(size_of(was), size_of(now), transacted=transacted)
                of_indexes = sum(index_units(key, was, now) for key in self._keys(send, action["TableName"]))
                usage.writes += units
                usage.index_writes += of_indexes
                usage.keys[action["TableName"], _key(action)["pk"]["S"]] += units + of_indexes

    def _keys(self, send: Send, table: str) -> list[tuple[str, ...]]:
        if table not in self._index_keys:
            described = send("DescribeTable", {"TableName": table})["Table"]
            indexes = [*described.get("LocalSecondaryIndexes", []), *described.get("GlobalSecondaryIndexes", [])]
            for index in indexes:
                if index["Projection"]["ProjectionType"] != "ALL":
                    raise NotImplementedError(f"{index['IndexName']} holds parts of items")
            self._index_keys[table] = [tuple(key["AttributeName"] for key in index["KeySchema"]) for index in indexes]
        return self._index_keys[table]


def _peek(send: Send, action: dict[str, Any]) -> Item:
    result = send("GetItem", {"TableName": action["TableName"], "Key": _key(action), "ConsistentRead": True})
    found: Item = result.get("Item", {})
    return found


def _key(action: dict[str, Any]) -> dict[str, Any]:
    key: dict[str, Any] = action.get("Key") or {name: action["Item"][name] for name in ("pk", "sk")}
    return key


def _read(operation: str, parameters: dict[str, Any], result: dict[str, Any]) -> float:
    """Return the units of a read; of one that is none of DynamoDB's, nothing."""
    if operation == "GetItem":
        return read_units(size_of(result.get("Item", {})), consistent=bool(parameters.get("ConsistentRead")))
    if operation == "TransactGetItems":
        found = [one.get("Item", {}) for one in result["Responses"]]
        return sum(read_units(size_of(item), consistent=True, transacted=True) for item in found)
    if operation == "BatchGetItem":
        return sum(
            _batch(keys, result["Responses"].get(table, [])) for table, keys in parameters["RequestItems"].items()
        )
    if operation in ("Query", "Scan"):
        if "FilterExpression" in parameters or "ProjectionExpression" in parameters:
            raise NotImplementedError("what is filtered away is read too, and not seen here")
        size = sum(map(size_of, result["Items"]))
        return read_units(size, consistent=bool(parameters.get("ConsistentRead")))
    return 0


def _batch(request: dict[str, Any], found: list[Item]) -> float:
    """Return the units of one table's part of a batch: each item is rounded up, and one that is missing costs too."""
    missing = [Nothing] * (len(request["Keys"]) - len(found))
    consistent = bool(request.get("ConsistentRead"))
    return sum(read_units(size_of(item), consistent=consistent) for item in [*found, *missing])
