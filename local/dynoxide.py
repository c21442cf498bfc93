"""dynoxide, a DynamoDB on SQLite: found, started and ended."""

from __future__ import annotations

import shutil
import socket
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

_GUARD = Path(__file__).with_name("guard.py")
_TOOLS = Path(__file__).resolve().parent.parent / ".tools" / "dynoxide" / "bin"
_PATIENCE = 20.0  # seconds until it must listen


class DynoxideMissing(Exception):
    """There is no dynoxide on this machine, or it does not start."""


def find_dynoxide() -> Path:
    """Return the binary: of PATH, or of the repository's tools."""
    found = shutil.which("dynoxide") or shutil.which("dynoxide", path=str(_TOOLS))
    if found is None:
        raise DynoxideMissing(
            "STORE=dynoxide needs the program dynoxide: `make dynoxide` builds it (Rust's cargo needed)"
        )
    return Path(found)


class Dynoxide:
    """A running dynoxide; its guard ends it if this process is killed."""

    def __init__(self, binary: Path, database: Path) -> None:
        self._database = database
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        self.endpoint = f"http://127.0.0.1:{port}"
        options = {"--log": "quiet", "--host": "127.0.0.1", "--port": str(port), "--db-path": str(database)}
        command = [str(binary), "serve", *(word for option in options.items() for word in option)]
        self._guard = subprocess.Popen(  # noqa: S603  # our own interpreter, and a program that the user put there
            [sys.executable, "-I", "-S", _GUARD, *command], stdin=subprocess.PIPE, start_new_session=True
        )
        try:
            self._wait(port)
        except BaseException:
            self.stop()
            raise

    def index(self) -> None:
        """Let it find at once what it reads a whole table for at each write: a stream's last record, an index's entry.

        To be called when the tables are made.
        """
        with closing(sqlite3.connect(self._database)) as file, file:
            tables = [name for (name,) in file.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            number = "CAST(sequence_number AS INTEGER)"
            file.execute(f"CREATE INDEX IF NOT EXISTS by_number ON _stream_records (table_name, {number})")
            for name in tables:
                if "::gsi::" in name:
                    file.execute(f'CREATE INDEX IF NOT EXISTS "by_item {name}" ON "{name}" (table_pk, table_sk)')

    def stop(self) -> None:
        """End it and wait until its database is closed."""
        if self._guard.stdin is not None:
            self._guard.stdin.close()
        self._guard.wait()

    def _wait(self, port: int) -> None:
        end = time.monotonic() + _PATIENCE
        while self._guard.poll() is None and time.monotonic() < end:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
            except OSError:
                time.sleep(0.01)
            else:
                return
        raise DynoxideMissing("dynoxide did not start; what it said stands above")
