"""One connection for all models; batches over tables, transactions that say what stood in their way."""

from __future__ import annotations

import random
import time
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeVar, cast

from pynamodb.connection import Connection
from pynamodb.exceptions import DeleteError, PutError, PynamoDBException, TransactWriteError, UpdateError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from ventanilla.adapters.items import ALONE, Item
from ventanilla.domain.errors import Busy

M = TypeVar("M", bound=Item)
Key = tuple[type[Item], str, str]
"""A bound model, and the item's partition and sort key."""
_FAILED = "ConditionalCheckFailedException"
_CONFLICTS = ("TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded")
_ATTEMPTS = 5


class ConditionFailed(Exception):
    """A write was refused by the conditions of the items named, and nothing was written."""

    def __init__(self, *labels: str) -> None:
        super().__init__(", ".join(labels))
        self.labels = frozenset(labels)


class Dynamo:
    """The tables, reached through one client (a client per model would cost 50 ms each)."""

    def __init__(self, region: str) -> None:
        self.connection = Connection(
            region=region, connect_timeout_seconds=2, read_timeout_seconds=5, max_retry_attempts=3
        )
        self._warm: dict[Key, Item | None] = {}

    def bind(self, model: type[M], table: str) -> type[M]:
        """Return a model that reads and writes this table through the shared connection."""
        meta = type("Meta", (), {"table_name": table, "region": self.connection.region})
        bound = cast(type[M], type(model.__name__, (model,), {"Meta": meta, "__module__": model.__module__}))
        # pynamodb keeps a client and a description a model; no public way leads to one client for all.
        own, described = bound._get_connection(), self.connection._tables  # noqa: SLF001
        if table not in described or bound._indexes:  # noqa: SLF001  # that of a model with indexes says most
            described[table] = own.get_meta_table()
        own.connection = self.connection
        return bound

    def fetch(self, *keys: Key) -> list[Any]:
        """Read some items consistently in one round trip, of any tables; None where there is none."""
        tables: dict[str, dict[str, Any]] = {}
        for model, pk, sk in dict.fromkeys(keys):
            table = tables.setdefault(_table(model), {"Keys": [], "ConsistentRead": True})
            table["Keys"].append({"pk": {"S": pk}, "sk": {"S": sk}})
        found: dict[tuple[str, str, str], dict[str, Any]] = {}
        while tables:
            client: Any = self.connection.client
            answer = client.batch_get_item(RequestItems=tables)
            for table_name, items in answer["Responses"].items():
                found.update({(table_name, item["pk"]["S"], item["sk"]["S"]): item for item in items})
            tables = answer.get("UnprocessedKeys") or {}
        raw = [found.get((_table(model), pk, sk)) for model, pk, sk in keys]
        return [model.from_raw_data(item) if item else None for (model, _, _), item in zip(keys, raw, strict=True)]

    def get(self, model: type[M], pk: str, sk: str = ALONE) -> M | None:
        """Read one item consistently, unless this request has read it already."""
        return cast("M | None", self.several((model, pk, sk))[0])

    def several(self, *keys: Key) -> list[Any]:
        """Read some items consistently, in one trip at most: none for what this request has read already."""
        cold = [key for key in keys if key not in self._warm]
        read = dict(zip(cold, self.fetch(*cold), strict=True))
        return [read[key] if key in read else self._warm.pop(key) for key in keys]

    def anticipate(self, *keys: Key) -> None:
        """Read some items now, in one trip, for those who will `get` them in the course of this request.

        They may be a moment old by then. That is no harm where one write decides (architecture.md, rule 1):
        what was read before it only chooses the path and the words.
        """
        self._warm = dict(zip(keys, self.fetch(*keys), strict=True))

    def forget(self) -> None:
        """Forget what an earlier request has read."""
        self._warm = {}

    def query(self, model: type[M], pk: str, condition: Condition | None = None, **options: Any) -> Iterator[M]:
        """Read a partition consistently, in the order of the sort key."""
        return iter(model.query(pk, condition, consistent_read=True, **options))

    def partition(
        self, model: type[Item], pk: str, *, backwards: bool = False, limit: int | None = None
    ) -> Iterator[dict[str, Any]]:
        """Read a partition that holds several kinds of items consistently, as raw items, in the sort key's order."""
        start: dict[str, Any] | None = None
        left = limit
        while left is None or left > 0:
            page = self.connection.query(
                _table(model),
                pk,
                consistent_read=True,
                scan_index_forward=not backwards,
                limit=left,
                exclusive_start_key=start,
            )
            yield from page["Items"]
            left = None if left is None else left - len(page["Items"])
            start = page.get("LastEvaluatedKey")
            if not start:
                return

    def transaction(self) -> Writes:
        """Begin a transaction."""
        return Writes(self)


class Writes:
    """Some writes that happen together or not at all."""

    def __init__(self, dynamo: Dynamo) -> None:
        self._dynamo = dynamo
        self._checks: list[tuple[str, type[Item], str, str, Condition]] = []
        self._deletes: list[tuple[str, Item, Condition | None]] = []
        self._puts: list[tuple[str, Item, Condition | None]] = []
        self._updates: list[tuple[str, Item, Sequence[Action], Condition | None]] = []

    def check(self, label: str, model: type[Item], pk: str, sk: str, condition: Condition) -> None:
        """Demand that an item which is not changed is as it must be."""
        self._checks.append((label, model, pk, sk, condition))

    def delete(self, label: str, item: Item, condition: Condition | None = None) -> None:
        """Take an item away."""
        self._deletes.append((label, item, condition))

    def put(self, label: str, item: Item, condition: Condition | None = None) -> None:
        """Put an item, in place of what was there."""
        self._puts.append((label, item, condition))

    def create(self, label: str, item: Item) -> None:
        """Put an item where there is none."""
        self.put(label, item, type(item).pk.does_not_exist())

    def update(self, label: str, item: Item, actions: Sequence[Action], condition: Condition | None = None) -> None:
        """Change an item, or begin it."""
        self._updates.append((label, item, actions, condition))

    def commit(self) -> None:
        """Write it all.

        Raises:
            ConditionFailed: with the labels of the items whose condition did not hold.
            Busy: others kept changing the same items; nothing was written.
        """
        for attempt in range(_ATTEMPTS):
            try:
                return self._commit()
            except TransactWriteError as error:
                if _code(error) != "TransactionCanceledException":
                    if _code(error) == "TransactionInProgressException":
                        continue
                    raise
                reasons = [reason.code if reason else None for reason in error.cancellation_reasons]
                failed = [label for label, code in zip(self._labels(), reasons, strict=True) if _failed(code)]
                if failed:
                    raise ConditionFailed(*failed) from None
                if not any(code and any(conflict in code for conflict in _CONFLICTS) for code in reasons):
                    raise
            time.sleep(random.uniform(0, 0.02 * 2**attempt))  # noqa: S311  # jitter, no secret
        raise Busy

    def _commit(self) -> None:
        with TransactWrite(connection=self._dynamo.connection) as transaction:
            for _, model, pk, sk, demanded in self._checks:
                transaction.condition_check(model, pk, sk, condition=demanded)
            for _, item, condition in self._deletes:
                transaction.delete(item, condition=condition, add_version_condition=False)
            for _, item, condition in self._puts:
                transaction.save(item, condition=condition)
            for _, item, actions, condition in self._updates:
                transaction.update(item, actions=list(actions), condition=condition, add_version_condition=False)

    def _labels(self) -> Iterable[str]:
        # Reasons come in the order in which pynamodb sends the writes, not in that of the calls.
        return [
            *(label for label, *_ in self._checks),
            *(label for label, *_ in self._deletes),
            *(label for label, *_ in self._puts),
            *(label for label, *_ in self._updates),
        ]


def put_if_free(item: Item) -> bool:
    """Put an item where there is none; tell whether it was free."""
    try:
        item.save(condition=type(item).pk.does_not_exist(), add_version_condition=False)
    except PutError as error:
        return _expected(error)
    return True


def update_if(item: Item, actions: Sequence[Action], condition: Condition) -> bool:
    """Change an item if a condition holds, and read it anew; tell whether it held."""
    try:
        item.update(actions=list(actions), condition=condition, add_version_condition=False)
    except UpdateError as error:
        return _expected(error)
    return True


def delete_if(item: Item, condition: Condition) -> bool:
    """Take an item away if a condition holds; tell whether it held."""
    try:
        item.delete(condition=condition, add_version_condition=False)
    except DeleteError as error:
        return _expected(error)
    return True


def _expected(error: PutError | UpdateError | DeleteError) -> bool:
    if _code(error) != _FAILED:
        raise error
    return False


def _code(error: PynamoDBException) -> str | None:
    """Return what DynamoDB said; None if no answer came, over which pynamodb's own property stumbles."""
    return error.cause_response_code if getattr(error.cause, "response", None) else None


def _failed(code: str | None) -> bool:
    return code is not None and "ConditionalCheckFailed" in code


def _table(model: type[Item]) -> str:
    return str(model.Meta.table_name)
