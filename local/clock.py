"""The domain's clock: the real time and an offset in a file that every process of the site reads."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

MAX_OFFSET = 10 * 365 * 86_400  # ten years, in seconds: beyond that only mistakes lie


class Clock:
    """Reads and moves the offset (in seconds) that CLOCK_OFFSET_FILE names."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def offset(self) -> float:
        """The seconds that the domain is ahead of the real time."""
        try:
            return float(self.path.read_text(encoding="ascii"))
        except FileNotFoundError:
            return 0.0

    def now(self) -> datetime:
        """Return the time that the functions see."""
        return datetime.now(UTC) + timedelta(seconds=self.offset)

    def advance(self, seconds: float) -> datetime:
        """Move the clock ahead and return its new time; ValueError where it would go back or out of bounds."""
        offset = self.offset + seconds
        if not (seconds >= 0 and offset <= MAX_OFFSET):  # so that NaN is refused too
            raise ValueError(f"advance by 0 seconds or more, and by {MAX_OFFSET} at most in all")
        self._write(offset)
        return self.now()

    def reset(self) -> None:
        """Go back to the real time."""
        self._write(0)

    def _write(self, offset: float) -> None:
        new = self.path.with_suffix(".new")
        new.write_text(str(int(offset) if float(offset).is_integer() else offset), encoding="ascii")
        new.replace(self.path)


def as_text(time: datetime) -> str:
    """Write a time as RFC 3339 with `Z`, in milliseconds."""
    return time.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
