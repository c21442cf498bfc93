"""How the domain's values stand in a table."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from pynamodb.attributes import Attribute
from pynamodb.constants import NUMBER, STRING

V = TypeVar("V")


class InstantAttribute(Attribute[datetime]):
    """An aware time as whole microseconds since 1970: exact, and ordered as numbers are."""

    attr_type = NUMBER

    def serialize(self, value: datetime) -> str:
        """Return microseconds."""
        return str((value - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1))

    def deserialize(self, value: str) -> datetime:
        """Return an aware time in UTC."""
        return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=int(value))


class ExpiryAttribute(Attribute[datetime]):
    """Seconds since 1970, rounded up: what DynamoDB's TTL tidies up by, late; expiry itself is checked on reading."""

    attr_type = NUMBER

    def serialize(self, value: datetime) -> str:
        """Return whole seconds."""
        return str(int(value.timestamp()) + 1)

    def deserialize(self, value: str) -> datetime:
        """Return an aware time in UTC."""
        return datetime.fromtimestamp(int(value), UTC)


class SecondsAttribute(Attribute[timedelta]):
    """A duration in whole seconds."""

    attr_type = NUMBER

    def serialize(self, value: timedelta) -> str:
        """Return whole seconds."""
        return str(int(value.total_seconds()))

    def deserialize(self, value: str) -> timedelta:
        """Return the duration."""
        return timedelta(seconds=int(value))


class JsonAttribute(Attribute[dict[str, Any]]):
    """An object without a fixed shape, such as a profile, as JSON text."""

    attr_type = STRING

    def serialize(self, value: dict[str, Any]) -> str:
        """Return compact JSON."""
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))

    def deserialize(self, value: str) -> dict[str, Any]:
        """Return the object."""
        loaded: dict[str, Any] = json.loads(value)
        return loaded


class ListAttribute(Attribute[list[Any]]):
    """A list of JSON values as JSON text."""

    attr_type = STRING

    def serialize(self, value: list[Any]) -> str:
        """Return compact JSON."""
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))

    def deserialize(self, value: str) -> list[Any]:
        """Return the list."""
        loaded: list[Any] = json.loads(value)
        return loaded


class WordsAttribute(Attribute[tuple[str, ...]]):
    """Some names, in their order, separated by spaces."""

    attr_type = STRING

    def serialize(self, value: tuple[str, ...]) -> str:
        """Return the names in one text."""
        return " ".join(value)

    def deserialize(self, value: str) -> tuple[str, ...]:
        """Return the names."""
        return tuple(value.split())


class RecordAttribute(Attribute[V]):
    """A small frozen dataclass as JSON text."""

    attr_type = STRING

    def __init__(self, record: type[V], **options: Any) -> None:
        super().__init__(**options)
        self._record = record

    def serialize(self, value: V) -> str:
        """Return compact JSON without what is absent."""
        present = {name: item for name, item in asdict(value).items() if item is not None}  # type: ignore[call-overload]  # V is a dataclass
        return json.dumps(present, ensure_ascii=False, separators=(",", ":"))

    def deserialize(self, value: str) -> V:
        """Return the record."""
        return self._record(**json.loads(value))
