"""The whole site on one machine: gateway, functions, event sources and stores, started and stopped together."""

from __future__ import annotations

import errno
import fcntl
import os
import socket
import sys
import threading
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self
from wsgiref.types import StartResponse, WSGIEnvironment

from local.activity import Activity
from local.clock import Clock
from local.demo import Demo, make_demo
from local.doors import Doors
from local.dynoxide import Dynoxide, find_dynoxide
from local.environment import in_place, union, write_json
from local.files import PREFIX, Files
from local.gateway import Gateway, serve
from local.mail_events import MailEvents
from local.mappings import Mappings
from local.outbox import Outbox
from local.platform import Platform
from local.positions import Positions
from local.registry import Registry
from local.ric import Ric
from local.routes import Router
from local.runtime import InProcess, Runtime
from local.stack import create_stack
from local.stores import CREDENTIALS, Clients, Moto
from local.template import Template, read_template
from local.web import Web, headers_of

if TYPE_CHECKING:
    from local.sample import Sample

ROOT = Path(__file__).resolve().parent.parent
MAIL_FROM = "no-reply@ventanilla.example"
_SEEN, _UNSEEN = 60.0, 0.5  # seconds: moto's writes all pass through here, dynoxide's do not

Store = Literal["moto", "dynoxide"]
RuntimeName = Literal["inproc", "ric"]


class CannotStart(Exception):
    """The site cannot start here; the text says why, in one line."""


class Local:
    """A site for as long as it is entered; one at a time in a process, since moto and the environment are its own.

    Args:
        store: where DynamoDB's data live: `moto` (this process's memory) or `dynoxide` (a file in `data_dir`).
        runtime: `inproc` (handlers in this process) or `ric` (processes of their own).
        port: 0 takes a free one.
        data_dir: `.local` of the repository if not said.
        demo: whether the demo data are made.
        root: the repository.
        build: the folder of a `sam build`, whose layer the functions then use (with `ric`) instead of the sources.
        concurrency: processes of one function at the same time (with `ric`).
        sample_port: of the sample service that signs its users in at `demo`; 0 takes a free one, None goes without it.
    """

    base_url: str
    environment: dict[str, str]
    demo: Demo
    registry: Registry
    sample: Sample | None = None

    def __init__(
        self,
        *,
        store: Store = "moto",
        runtime: RuntimeName = "inproc",
        port: int = 0,
        data_dir: Path | None = None,
        demo: bool = True,
        root: Path = ROOT,
        build: Path | None = None,
        concurrency: int = 20,
        sample_port: int | None = None,
    ) -> None:
        self.store, self.runtime, self.root = store, runtime, root.resolve()
        self.build = build.resolve() if build else None
        self.data_dir = (data_dir or self.root / ".local").resolve()
        self._port, self._demo, self._concurrency = port, demo, concurrency
        self._sample_port = sample_port
        self.clock = Clock(self.data_dir / ("clock" if store == "moto" else "dynoxide.clock"))
        self._activity = Activity()
        self._stack = ExitStack()

    @property
    def roots(self) -> Path:
        """The folder of the roots that signatures must lead to: here, those of made-up authorities."""
        return self.data_dir / "roots"

    def __enter__(self) -> Self:
        """Start everything, and leave nothing behind if that fails."""
        try:
            self._start()
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        """Stop everything."""
        self._stack.close()

    @property
    def sample_url(self) -> str:
        """The address of the sample service; empty where there is none."""
        return self.sample.url if self.sample else ""

    def outbox(self, to: str | None = None) -> list[dict[str, str]]:
        """Return the mails to an address, newest first, as `GET /_local/outbox` does."""
        return [mail.as_item() for mail in self._outbox.mails(to)]

    def advance(self, seconds: float) -> None:
        """Move the clock ahead; what falls due by that is found by `settle`."""
        with self.lock:
            self.clock.advance(seconds)
        self._mappings.pass_time(seconds, self._moto.pass_time)
        self._activity.changed()

    def settle(self, timeout: float = 30.0) -> None:
        """Wait until streams and queues are drained of all that was written before, by whomever.

        What is to be retried only later is not waited for. Code that writes to moto in this process by itself holds
        `lock` while it does.
        """
        self._activity.changed()  # so that everybody looks once more
        self._activity.settle(timeout)

    def invoke(self, function: str, event: Any) -> Any:
        """Run a function; whatever it wrote and sent is then looked for."""
        with self._activity.invocation():
            try:
                return self._runtime.invoke(function, event)
            finally:
                with self.lock:
                    self._outbox.collect()

    def _start(self) -> None:
        listener = self._listen(self._port)
        self._take_folder()
        self.base_url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        if self.store == "moto":
            self.clock.reset()
        self.registry = Registry()
        self.registry.start()
        self._stack.callback(self.registry.stop)
        template = self._read_template()
        engine = self._start_dynoxide() if self.store == "dynoxide" else None
        dynamodb = engine.endpoint if engine else None
        outside = {**CREDENTIALS, "CLOCK_OFFSET_FILE": str(self.clock.path)}
        outside["SIGNATURE_ROOTS_DIR"] = str(self.roots)
        outside["WEBHOOKS_TO_LOOPBACK"] = "1"
        outside["ATTACHMENTS_URL"] = f"{self.base_url}{PREFIX}"
        if level := os.environ.get("POWERTOOLS_LOG_LEVEL"):
            outside["POWERTOOLS_LOG_LEVEL"] = level
        if dynamodb is not None:
            outside |= {"AWS_ENDPOINT_URL_DYNAMODB": dynamodb, "AWS_ENDPOINT_URL_DYNAMODB_STREAMS": dynamodb}
        variables = union(template.functions.values())
        if self._sample_port is not None:
            outside["PORTALS_DIR"] = str(self._start_sample(self._sample_port, Path(variables["PORTALS_DIR"])))
        self._stack.enter_context(in_place(variables | outside))
        _forget_services()
        self._stack.callback(_forget_services)
        self._moto = Moto(self._activity.changed)
        self.lock = self._moto.lock
        self._moto.start()
        self._stack.callback(self._moto.stop)
        clients = Clients(dynamodb)
        self._stack.callback(clients.close)
        self._outbox = Outbox(self._moto.sent_mails, self.clock)
        with self.lock:
            create_stack(template, clients, kept_secrets=self._kept("secret.json"))
        if engine is not None:
            engine.index()
        outside |= {"AWS_ENDPOINT_URL": self._moto.endpoint}
        self.environment = variables | outside
        self._start_functions(template, outside)
        self._start_workers(template, clients)
        write_json(self.data_dir / "env.json", self.environment)
        self._serve(
            listener, Router(template.routes), Files(clients, self.lock), Web(self.root / "web", headers_of(template))
        )
        self.demo = make_demo(self) if self._demo else {}

    def _kept(self, name: str) -> Path | None:
        return self.data_dir / name if self.store == "dynoxide" else None

    def _take_folder(self) -> None:
        self.data_dir.mkdir(parents=True, exist_ok=True)
        lock = self._stack.enter_context((self.data_dir / "lock").open("w"))
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise CannotStart(f"another local site uses {self.data_dir}: stop it first") from error

    def _listen(self, port: int) -> socket.socket:
        try:
            listener = socket.create_server(("127.0.0.1", port), backlog=128)
        except OSError as error:
            if error.errno in (errno.EADDRINUSE, errno.EACCES):
                raise CannotStart(f"port {port} is taken: choose another with PORT=") from error
            raise
        return self._stack.enter_context(listener)

    def _start_sample(self, port: int, portals: Path) -> Path:
        """Start the sample service; return the folder of the definitions that name it."""
        from local.sample import Sample  # Flask and its libraries are loaded by those alone who run it

        self.sample = Sample(self._listen(port))
        folder = self.sample.register(portals, self.data_dir / "portals")
        self._stack.callback(self.sample.start(self.base_url, lambda: self.clock.now().timestamp()))
        return folder

    def _read_template(self) -> Template:
        definitions = (path for path in (self.root / "portals").glob("*.toml") if path.stem != "calendar")
        portals = sorted(path.stem for path in definitions)
        parameters = {
            "BaseUrl": self.base_url,
            "MailFrom": MAIL_FROM,
            "Portals": ",".join(portals),
            "IdentityRegistryUrl": self.registry.url,
        }
        folder = self.build or self.root
        layers = [path for path in folder.iterdir() if path.is_dir()] if self.build else []
        return read_template(folder / "template.yaml", parameters, opt=[*layers, self.root])

    def _start_dynoxide(self) -> Dynoxide:
        dynoxide = Dynoxide(find_dynoxide(), self.data_dir / "dynoxide.db")
        self._stack.callback(dynoxide.stop)
        return dynoxide

    def _start_functions(self, template: Template, outside: dict[str, str]) -> None:
        runtime: Runtime
        if self.runtime == "ric":
            isolated = self.build is not None
            runtime = Ric(template.functions, outside, concurrency=self._concurrency, isolated=isolated)
        else:
            runtime = InProcess(template.functions, self.lock)
        self._runtime = runtime

    def _start_workers(self, template: Template, clients: Clients) -> None:
        positions = Positions(self._kept("streams.json"))
        patience = _UNSEEN if self.store == "dynoxide" else _SEEN
        platform = Platform(clients, self.lock, self._activity, self.clock, self.invoke)
        mail_events = MailEvents(template, platform, self._moto.sent_mails)
        self._mappings = Mappings(template, platform, positions, patience=patience, others=[mail_events])
        self._stack.callback(self._mappings.join)
        self._stack.callback(self._runtime.close)  # ends what the workers wait for
        self._stack.callback(self._activity.stop)

    def _serve(self, listener: socket.socket, router: Router, files: Files, web: Web) -> None:
        gateway, doors = Gateway(router, self.invoke), Doors(self._outbox, self.clock, self.advance, self.settle)

        def site(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
            path = environ["PATH_INFO"]
            if Files.has(path):
                return files(environ, start_response)
            if Doors.has(path):
                return doors(environ, start_response)
            return (web if web.has(path) else gateway)(environ, start_response)

        server = serve(listener, site)
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), name="gateway", daemon=True)
        thread.start()

        def stop() -> None:
            server.shutdown()
            thread.join()
            server.server_close()

        self._stack.callback(stop)


def _forget_services() -> None:
    """Make the product read its environment anew, as it does once in each process."""
    if "ventanilla.wiring" in sys.modules:
        sys.modules["ventanilla.wiring"].services.cache_clear()
