"""dynoxide, a DynamoDB on SQLite: found, started and ended."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import time
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
