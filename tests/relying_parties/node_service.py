"""The other service of `demo`: npm's `openid-client` in a process of its own, asked line by line."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any, Self

CLIENT, CALLBACK = "otro-servicio", "https://otro-servicio.example.ec/callback"
SCOPE = "openid profile grants offline_access"
_FOLDER = Path(__file__).with_name("node")


class Refused(Exception):
    """The platform refused something, or the library did not believe it."""

    def __init__(self, said: dict[str, Any]) -> None:
        super().__init__(said["message"])
        self.error, self.status = said["error"], said["status"]


class NodeService:
    """One service's process; `ahead` is what the platform's clock is ahead of the real one, in seconds."""

    def __init__(self, issuer: str, *, scope: str = SCOPE, ahead: float = 0, callback: str = CALLBACK) -> None:
        node = shutil.which("node")
        assert node, "this test runs a client on npm's openid-client: install nodejs and npm"
        assert (_FOLDER / "node_modules").is_dir(), f"this test needs `npm ci` in {_FOLDER}: make test does it"
        self._process = subprocess.Popen(
            [node, "client.mjs", issuer, CLIENT, callback, scope, str(int(ahead))],
            cwd=_FOLDER,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> Self:
        """Let it read what the platform says of itself."""
        try:
            self.metadata = self("discover")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        """End it."""
        self._process.communicate(timeout=30)

    def __call__(self, do: str, **given: Any) -> dict[str, Any]:
        """Let it do something, and return what came of it; Refused where nothing did."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps({"do": do, **given}) + "\n")
        self._process.stdin.flush()
        said = json.loads(self._process.stdout.readline() or '{"error": "gone", "status": null, "message": "it ended"}')
        if "error" in said:
            raise Refused(said)
        answer: dict[str, Any] = said["ok"]
        return answer
