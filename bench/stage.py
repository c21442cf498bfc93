"""The template's functions and stores in this process, on moto; nothing runs that is not called."""

from __future__ import annotations

import io
import re
import sys
from contextlib import ExitStack, nullcontext, redirect_stdout
from datetime import timedelta
from email import message_from_string, policy
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Self

from moto import mock_aws
from moto.backends import get_backend

from local.cfn import ACCOUNT, REGION
from local.environment import in_place, union
from local.runtime import InProcess
from local.site import ROOT
from local.stack import create_stack
from local.stores import CREDENTIALS, Clients
from local.template import Template, read_template

BASE_URL = "https://ventanilla.example"
MAIL_FROM = "no-reply@ventanilla.example"
PORTALS = ("ipsot", "demo")
_TOKEN = re.compile(r"#token=(\S+)")


def template(folder: Path = ROOT) -> Template:
    """Read the template of the sources, or of a build."""
    parameters = {"BaseUrl": BASE_URL, "MailFrom": MAIL_FROM, "Portals": ",".join(PORTALS)}
    layers = [] if folder == ROOT else [path for path in folder.iterdir() if path.is_dir()]
    return read_template(folder / "template.yaml", parameters, opt=[*layers, ROOT])


class _Nobody(io.TextIOBase):
    """Takes the logs, which are written as in Lambda; for good, since powertools keeps what it finds as its output."""

    def write(self, text: str) -> int:
        """Forget a text."""
        return len(text)


_NOBODY = _Nobody()


class Stage:
    """Functions that are called one by one, by the names that the template gives them."""

    def __init__(self, *, ahead: timedelta = timedelta(0), engine: str | None = None) -> None:
        """Prepare a stage.

        Args:
            ahead: how far the domain's clock is; sessions that are made here are as young later, elsewhere.
            engine: the address of another engine for the tables than moto, which must be empty.
        """
        self._ahead, self._engine = ahead, engine

    def __enter__(self) -> Self:
        """Begin with empty stores."""
        self._stack = ExitStack()
        read = template()
        clock = Path(self._stack.enter_context(TemporaryDirectory())) / "clock"
        clock.write_text(str(self._ahead.total_seconds()), encoding="ascii")
        offset = {"CLOCK_OFFSET_FILE": str(clock)}
        engine = {"AWS_ENDPOINT_URL_DYNAMODB": self._engine} if self._engine else {}
        self._stack.enter_context(in_place(union(read.functions.values()) | CREDENTIALS | offset | engine))
        self._stack.enter_context(mock_aws())
        self.clients = Clients(self._engine)
        self._stack.callback(self.clients.close)
        create_stack(read, self.clients)
        self._runtime = InProcess(read.functions, nullcontext())
        self._stack.callback(self._runtime.close)
        self.restart()
        return self

    def __exit__(self, *_: object) -> None:
        """End."""
        self._stack.close()

    @property
    def services(self) -> Any:
        """What the functions work with; imported when their environment stands."""
        from ventanilla.wiring import services

        return services()

    @staticmethod
    def restart() -> None:
        """Forget what a process keeps: clients, keys, definitions."""
        if "ventanilla.wiring" in sys.modules:
            sys.modules["ventanilla.wiring"].services.cache_clear()

    def invoke(self, function: str, event: Any) -> Any:
        """Run a function."""
        with redirect_stdout(_NOBODY):
            return self._runtime.invoke(function, event)

    def items(self, table: str) -> list[Any]:
        """Return all that is in a table."""
        return self.clients.dynamodb.scan(TableName=table, ConsistentRead=True)["Items"]

    def empty(self, *tables: str) -> None:
        """Take all away that is in some tables."""
        for table in tables:
            for item in self.items(table):
                self.clients.dynamodb.delete_item(TableName=table, Key={"pk": item["pk"], "sk": item["sk"]})

    def owed(self, kind: str) -> list[str]:
        """Return the ids of what is owed, of one kind."""
        return [item["id"]["S"] for item in self.items("OutboxTable") if item["kind"]["S"] == kind]

    def mailed_token(self) -> str:
        """Return the token in the link of the last mail."""
        mail = get_backend("ses")[ACCOUNT][REGION].sent_messages[-1]
        body = message_from_string(mail.raw_data, policy=policy.default).get_body(("plain",))
        found = _TOKEN.search(body.get_content()) if body else None
        if found is None:
            raise LookupError("the last mail has no link")
        return found[1]
