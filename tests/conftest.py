"""What several kinds of tests share: made-up portals, and the stores of template.yaml behind the product's own wiring."""

from __future__ import annotations

import os
import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from botocore.client import BaseClient
from moto import mock_aws
from moto.backends import get_backend

from local.cfn import ACCOUNT, REGION
from local.dynoxide import Dynoxide, find_dynoxide
from local.environment import in_place, union
from local.stack import create_stack
from local.stores import CREDENTIALS, Clients
from local.template import TABLE, Template, read_template
from tests.fakes import BASE_URL, Clock
from ventanilla import wiring
from ventanilla.adapters.dynamo import Dynamo
from ventanilla.adapters.hasher import Argon2Hasher
from ventanilla.adapters.portal_files import load
from ventanilla.domain.portals import Portal
from ventanilla.wiring import Services

ROOT = Path(__file__).resolve().parents[1]
MAIL_FROM = "no-reply@ventanilla.example.ec"
OFFICE = """
id = "office"
name = "Oficina de pruebas"
institution = "Instituto Imaginario"
check_data = true

[contact]
email = "office@example.ec"

[mailbox]
assurance = "proven"

[lifetimes]
application = "P3D"
confirm = "PT24H"
reset = "PT2H"
session = "PT8H"
session_idle = "PT20M"

[[channels]] # what is mailed sets the password; nothing is proven but the address
id = "link"
identifiers = ["cedula", "ruc", "passport"]
steps = ["form", "confirm"]
credential = "link"

[[channels]]
id = "form"
identifiers = ["cedula"]
steps = ["form", "confirm"]
credential = "form"

[[channels]] # the applicant's own certificate proves who it is
id = "certificate"
identifiers = ["cedula"]
steps = ["form", "documents", "confirm"]
credential = "link"

[[channels]]
id = "desk"
by = "agent"
identifiers = ["cedula"]
steps = ["form", "confirm"]
credential = "link"

[[documents]]
id = "request"
title = "Solicitud"
signer = "applicant"
accept = ["electronic"]

[[terms]]
id = "use"
title = { es = "Acuerdo de uso", en = "Terms of use" }
version = "2"
file = "office/use.md"

[[terms]]
id = "privacy"
title = "Privacidad"
version = "1"
file = "office/privacy.md"

[messages.confirm]
sender = "Mesa de entradas"

[[sections]]
id = "applicant"
fields = [
  { name = "given_names", kind = "person_name", label = "Nombres" },
  { name = "surnames", kind = "person_name", label = "Apellidos" },
  { name = "email", kind = "email", label = "Correo" },
  { name = "mobile_phone", kind = "phone", label = "Teléfono", required = false },
  { name = "born_on", kind = "date", label = "Nacimiento", required = false, when = { identifier = ["passport"] } },
]

[[sections]]
id = "company"
optional = true
when = { identifier = ["ruc"] }
fields = [
  { name = "ruc", kind = "ruc", label = "RUC" },
  { name = "is_public", kind = "yes_no", label = "¿Es pública?" },
]
"""
"""A portal with what the real ones leave out: terms, data to check, links, several channels, a mailbox for the proven."""


@pytest.fixture(scope="session")
def portals_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The portals of the repository, and the made-up one beside them."""
    folder = shutil.copytree(ROOT / "portals", tmp_path_factory.mktemp("portals"), dirs_exist_ok=True)
    (folder / "office").mkdir()
    (folder / "office" / "use.md").write_text("# Uso\n", encoding="utf-8")
    (folder / "office" / "privacy.md").write_text("# Privacidad\n", encoding="utf-8")
    (folder / "office.toml").write_text(OFFICE, encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def demo(portals_dir: Path) -> Portal:
    return load(portals_dir / "demo.toml")


@pytest.fixture(scope="session")
def ipsot(portals_dir: Path) -> Portal:
    return load(portals_dir / "ipsot.toml")


@pytest.fixture(scope="session")
def office(portals_dir: Path) -> Portal:
    return load(portals_dir / "office.toml")


@pytest.fixture
def clock() -> Clock:
    """The frozen hour."""
    return Clock()


class Stage:
    """The template's stores, and the environment in which the functions find them."""

    def __init__(self, template: Template, environment: dict[str, str], dynamodb: str | None) -> None:
        self.environment = environment
        self.engine = dynamodb
        self.clients = Clients(dynamodb)
        self.tables = [table.name for table in template.of_type(TABLE)]
        create_stack(template, self.clients)

    @cached_property
    def dynamo(self) -> Dynamo:
        """The product's one connection, kept from test to test."""
        return Dynamo(REGION)

    def client(self, service: str) -> Any:
        """What `Services` asks for; made once."""
        made = self.clients
        return {"sqs": made.sqs, "sesv2": made.ses, "secretsmanager": made.secrets, "s3": made.s3, "kms": made.kms}[
            service
        ]

    def items(self, table: str) -> list[dict[str, Any]]:
        """All that a table holds, as it is stored."""
        return list(self.clients.dynamodb.scan(TableName=table, ConsistentRead=True)["Items"])

    def clear(self) -> None:
        """Empty tables, queues and what was mailed."""
        if self.engine is None:
            # moto copies all that a table and its stream hold for each transaction: what was deleted would go on costing
            for backend in get_backend("dynamodb")[ACCOUNT][REGION].tables.values():
                backend.items.clear()
                if backend.stream_shard:
                    backend.stream_shard.items.clear()
        else:
            for table in self.tables:
                for item in self.items(table):
                    key = {"pk": item["pk"], "sk": item["sk"]}
                    self.clients.dynamodb.delete_item(TableName=table, Key=key)
        for queue in get_backend("sqs")[ACCOUNT][REGION].queues.values():
            queue._messages.clear()
        self.mails.clear()
        self.dynamo.forget()

    @property
    def mails(self) -> list[Any]:
        """What reached SES, oldest first."""
        messages: list[Any] = get_backend("ses")[ACCOUNT][REGION].sent_messages
        return messages

    def queued(self, queue: str) -> list[Any]:
        """The messages in a queue, oldest first."""
        return list(get_backend("sqs")[ACCOUNT][REGION].queues[queue]._messages)


@contextmanager
def stage_of(portals_dir: Path, dynamodb: str | None) -> Iterator[Stage]:
    """Set the stage: moto for everything, or another engine for the tables."""
    parameters = {"BaseUrl": BASE_URL, "MailFrom": MAIL_FROM, "Portals": "ipsot,seps,ibarra,buzonec,staff,demo,office"}
    template = read_template(ROOT / "template.yaml", parameters, opt=[ROOT])
    variables = {**union(template.functions.values()), **CREDENTIALS, "PORTALS_DIR": str(portals_dir)}
    if dynamodb:
        variables["AWS_ENDPOINT_URL_DYNAMODB"] = dynamodb
    with ExitStack() as stack:
        stack.enter_context(in_place(variables))
        stack.enter_context(mock_aws())
        stage = Stage(template, variables, dynamodb)
        stack.callback(stage.clients.close)
        yield stage


@contextmanager
def services_on(stage: Stage, clock: Clock) -> Iterator[Services]:
    """The product's own wiring on empty stores, with a frozen clock and a hasher that takes no time."""
    stage.clear()
    wiring.services.cache_clear()
    services = wiring.services()
    services.__dict__.update(clock=clock, dynamo=stage.dynamo, hasher=Argon2Hasher(memory_kib=8))
    with patch.object(services, "_client", stage.client):
        yield services
    wiring.services.cache_clear()


@pytest.fixture(scope="session")
def dynoxide(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a durable engine with real transactions."""
    engine = Dynoxide(find_dynoxide(), tmp_path_factory.mktemp("dynoxide") / "dynoxide.db")
    yield engine.endpoint
    engine.stop()


@pytest.fixture(scope="module")
def stage(portals_dir: Path, request: pytest.FixtureRequest) -> Iterator[Stage]:
    """Moto, or with STORE=dynoxide the durable engine."""
    dynamodb = request.getfixturevalue("dynoxide") if os.environ.get("STORE") == "dynoxide" else None
    with stage_of(portals_dir, dynamodb) as stage:
        yield stage


@pytest.fixture
def services(stage: Stage, clock: Clock) -> Iterator[Services]:
    """The product's services on empty stores."""
    with services_on(stage, clock) as services:
        yield services


@pytest.fixture(scope="module")
def engine_stage(portals_dir: Path, dynoxide: str) -> Iterator[Stage]:
    """The durable engine, whatever STORE says: for tests marked `engine`, which need its transactions."""
    with stage_of(portals_dir, dynoxide) as stage:
        yield stage


@pytest.fixture
def engine_services(engine_stage: Stage, clock: Clock) -> Iterator[Services]:
    """The product's services on the durable engine."""
    with services_on(engine_stage, clock) as services:
        yield services


@contextmanager
def counted_calls() -> Iterator[Counter[str]]:
    """Count the calls to AWS that are made meanwhile, by operation."""
    calls: Counter[str] = Counter()
    call = BaseClient._make_api_call

    def count(client: BaseClient, operation: str, sent: dict[str, Any]) -> Any:
        calls[operation] += 1
        return call(client, operation, sent)

    with patch.object(BaseClient, "_make_api_call", count):
        yield calls
