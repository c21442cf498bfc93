"""How the domain's values stand in a table."""

from __future__ import annotations

import json
import zlib
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from pynamodb.attributes import Attribute
from pynamodb.constants import BINARY, NUMBER, STRING

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


class ListAttribute(Attribute[tuple[Any, ...]]):
    """Some JSON values, in their order, as JSON text."""

    attr_type = STRING

    def serialize(self, value: tuple[Any, ...]) -> str:
        """Return compact JSON."""
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))

    def deserialize(self, value: str) -> tuple[Any, ...]:
        """Return the values."""
        return tuple(json.loads(value))


class PackedAttribute(Attribute[tuple[Any, ...]]):
    """Many JSON values that are much alike, in their order, compressed; as plain JSON text it is read as well."""

    attr_type = BINARY

    def serialize(self, value: tuple[Any, ...]) -> bytes:
        """Return compressed JSON."""
        return zlib.compress(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode(), 9)

    def deserialize(self, value: bytes | str) -> tuple[Any, ...]:
        """Return the values."""
        return tuple(json.loads(value if isinstance(value, str) else zlib.decompress(value)))

    def get_value(self, value: dict[str, Any]) -> Any:
        """Return what is stored, compressed or not."""
        return value[STRING] if STRING in value else super().get_value(value)


class ValueAttribute(Attribute[str | int]):
    """A word or a number, as JSON text."""

    attr_type = STRING

    def serialize(self, value: str | int) -> str:
        """Return JSON."""
        return json.dumps(value)

    def deserialize(self, value: str) -> str | int:
        """Return the word or the number."""
        loaded: str | int = json.loads(value)
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


class RecordsAttribute(Attribute[tuple[V, ...]]):
    """Some small frozen dataclasses, in their order, as JSON text."""

    attr_type = STRING

    def __init__(self, record: type[V], **options: Any) -> None:
        super().__init__(**options)
        self._record = record

    def serialize(self, value: tuple[V, ...]) -> str:
        """Return compact JSON."""
        return json.dumps([asdict(item) for item in value], ensure_ascii=False, separators=(",", ":"))  # type: ignore[call-overload]  # V is a dataclass

    def deserialize(self, value: str) -> tuple[V, ...]:
        """Return the records."""
        return tuple(self._record(**item) for item in json.loads(value))
