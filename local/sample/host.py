"""Runs the sample service beside the site, listening from the start: the portal's definition names its address."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from pathlib import Path

from joserfc.jwk import ECKey

from local.gateway import serve
from local.sample.app import create_app
from local.sample.client import Registration
from local.sample.definition import CLIENT, PORTAL, copy_portals


class Sample:
    """The service on a socket that listens already."""

    def __init__(self, listener: socket.socket) -> None:
        self._listener, self.key = listener, ECKey.generate_key("P-256")
        self.url = f"http://127.0.0.1:{listener.getsockname()[1]}"

    def register(self, portals: Path, to: Path) -> Path:
        """Write the portals' definitions anew, with this service as a client of `demo`; return their folder."""
        return copy_portals(portals, to, url=self.url, key=self.key)

    def start(self, base_url: str, now: Callable[[], float]) -> Callable[[], None]:
        """Serve; return what ends it."""
        issuer = f"{base_url}/v1/portals/{PORTAL}"
        server = serve(self._listener, create_app(Registration(issuer, self.url, CLIENT, self.key, now)))
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), name="sample", daemon=True)
        thread.start()

        def stop() -> None:
            server.shutdown()
            thread.join()
            server.server_close()

        return stop
