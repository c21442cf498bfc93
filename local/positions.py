"""Where the reading of the streams stands, kept in a file with a durable store."""

from __future__ import annotations

import json
from pathlib import Path
from threading import Lock


class Positions:
    """The last sequence number that was delivered, by stream and shard.

    What lies in the queues is lost when the process ends. So the file is written only when the queues are empty: after
    a crash the records since then are delivered once more, which every function bears, and none is left out.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path, self._lock = path, Lock()
        self._numbers: dict[str, dict[str, str]] = {}
        if path is not None and path.exists():
            self._numbers = json.loads(path.read_text(encoding="utf-8"))
        self._written = json.dumps(self._numbers)

    def unwritten(self) -> bool:
        """Tell whether the file lags behind."""
        with self._lock:
            return self._path is not None and json.dumps(self._numbers) != self._written

    def new(self, stream: str) -> bool:
        """Tell whether nothing of this stream has been read yet."""
        with self._lock:
            return stream not in self._numbers

    def get(self, stream: str, shard: str) -> str | None:
        """Return the last number of a shard."""
        with self._lock:
            return self._numbers.get(stream, {}).get(shard)

    def set(self, stream: str, shard: str, number: str) -> None:
        """Note the last number of a shard."""
        with self._lock:
            self._numbers.setdefault(stream, {})[shard] = number

    def write(self) -> None:
        """Write the file."""
        with self._lock:
            if self._path is None:
                return
            self._written = json.dumps(self._numbers)
            new = self._path.with_suffix(".new")
            new.write_text(self._written, encoding="utf-8")
            new.replace(self._path)
