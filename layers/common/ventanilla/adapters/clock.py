"""The hour."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path


class SystemClock:
    """The machine's clock; locally the domain's hour may be moved by the seconds that a file says."""

    def __init__(self, offset_file: Path | None = None) -> None:
        self._offset_file = offset_file

    def now(self) -> datetime:
        """Return the domain's hour: what expiry and terms go by."""
        return self.wall() + self._offset()

    def wall(self) -> datetime:
        """Return the real hour: what other machines' signatures go by."""
        return datetime.now(UTC)

    def _offset(self) -> timedelta:
        if self._offset_file is None or not self._offset_file.exists():
            return timedelta(0)
        return timedelta(seconds=float(self._offset_file.read_text() or 0))
